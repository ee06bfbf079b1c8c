"""How logs follow each other, so that none which an auditor has seen is left behind unnoticed.

Somebody with every key of the portal could begin another log, which follows nothing. Its name has
no kept checkpoint to contradict; but a log that was seen under the same key is gone from the chain.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from app.tlog import Checkpoint
from app.verifier.kept import Kept
from app.verifier.verdict import Kind, Proved, Wrong


def require_succession(kept: Kept, proved: Sequence[Proved], carried: Checkpoint | None) -> None:
    """Require that every kept log of the same keys leads to what was proved, or comes after it.

    Args:
        proved: the logs that were read, oldest first.
        carried: the last checkpoint of the log before them, as their first entry tells it.

    Raises:
        Wrong: a kept log is left behind, or is longer than the one that was carried on.
    """
    if carried is not None:
        _require_whole(kept, proved[0].origin, carried)
    links = {log.origin: before.origin for before, log in pairwise(proved)}
    if carried is not None:
        links[proved[0].origin] = carried.origin
    newest, known = proved[-1].origin, kept.follows() | links
    ours, line = kept.publics(newest), _line(newest, known)
    for origin in kept.origins():
        if (
            origin not in line
            and newest not in _line(origin, known)
            and kept.publics(origin) & ours
        ):
            raise Wrong(Kind.LEFT_BEHIND, origin=origin, next=newest)
    for origin, before in links.items():
        kept.keep_follows(origin, before)


def _require_whole(kept: Kept, after: str, carried: Checkpoint) -> None:
    note = kept.checkpoint(carried.origin)
    seen = Checkpoint.parse(note.text) if note else carried
    if seen.size > carried.size or (seen.size == carried.size and seen.root != carried.root):
        facts = {"earlier": carried.origin, "next": after, "carried": carried.size}
        raise Wrong(Kind.CHAIN, first=min(seen.size, carried.size), **facts)


def _line(origin: str, follows: Mapping[str, str]) -> set[str]:
    line: set[str] = set()
    while origin and origin not in line:
        line.add(origin)
        origin = follows.get(origin, "")
    return line
