"""How the log stands, in sentences: for the workbench's home and the page of the proof."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from app.audit import Standing
from app.log import LogState, WitnessState
from app.web.presenting import moment

SIGNED_IN: Final = timedelta(minutes=3)  # a checkpoint is signed each minute, idle or not
UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def sentence_of(state: LogState, now: datetime, party: str) -> str:
    """Say how the log stands: `18,204 entries, signed on ..., witnessed by SG 4 seconds ago.`"""
    if state.signed_at is None:
        return "Nothing of the log is signed yet."
    signed = f"{state.signed_size:,} {'entry' if state.signed_size == 1 else 'entries'}"
    said = f"{signed}, signed on {moment(state.signed_at, party, seconds=True).text}"
    seen = [one for one in state.witnesses if one.at is not None and not one.late]
    if not seen:
        return f"{said}."
    names = " and ".join(one.name for one in seen)
    oldest = max(now - one.at for one in seen if one.at is not None)
    return f"{said}, witnessed by {names} {ago(oldest)}."


def warnings_of(state: LogState, now: datetime) -> Iterator[str]:
    """Say what is wrong with the log's keeping, and what it means."""
    if state.signed_at is not None and now - state.signed_at > SIGNED_IN:
        yield f"The log was last signed {ago(now - state.signed_at)}. Tell who runs the portal."
    if state.oldest_unsequenced_at is not None:
        waited = now - state.oldest_unsequenced_at
        if waited > timedelta(minutes=1):
            waiting = f"{state.unsequenced:,} entries wait for their place in the log"
            yield f"{waiting}, for {_span(waited)}."
    for one in state.witnesses:
        if one.late:
            yield _late(one, now)
    if state.witnesses and state.published_size < state.signed_size and not state.policy_met:
        yield from _behind(state)


def ago(span: timedelta) -> str:
    """Say how long ago something was."""
    return "just now" if span < timedelta(seconds=2) else f"{_span(span)} ago"


def _late(witness: WitnessState, now: datetime) -> str:
    if witness.at is None or witness.size is None:
        return f"The witness {witness.name} has not signed this log yet."
    return (
        f"The witness {witness.name} is late: it last signed {ago(now - witness.at)},"
        f" up to {witness.size:,} entries."
    )


def _behind(state: LogState) -> Iterator[str]:
    newer = state.signed_size - state.published_size
    if any(one.late for one in state.witnesses):
        yield (
            f"The newest {newer:,} {'entry is' if newer == 1 else 'entries are'} signed by the"
            " portal, but not yet by the witnesses that must sign."
        )


def _span(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    size, name = next((one for one in UNITS if seconds >= one[0]), UNITS[-1])
    count = seconds // size
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def commands(standing: Standing) -> list[tuple[str, str]]:
    """Give the commands that check the log without trusting the portal."""
    verify = f"entente audit verify --url {standing.url} --key log.vkey --token-file token"
    return [
        ("The whole log, with an auditor's token and the key that you keep", verify),
        ("Against a checkpoint that you kept", f"{verify} --from-checkpoint kept-checkpoint"),
        ("What is published, for other tools", f"curl -O {standing.url}/checkpoint"),
    ]
