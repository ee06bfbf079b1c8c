"""Changes the keys of the log: a new pair signs beside the old ones, which are retired later.

Between the two, whoever verifies has time to take up the new key: each checkpoint bears both.
"""

from sqlalchemy import insert, select, update

from app.core.errors import Conflict, Unavailable
from app.core.journal import Event
from app.core.work import Work
from app.log import places
from app.log.keys import KeyPair, LogKeys
from app.log.models import KeyRow
from app.log.places import Log


def rotate(work: Work, keys: LogKeys) -> list[str]:
    """Let a new pair of keys sign beside the old ones; gives its key lines.

    The pair is on disk before the database names it. One that a crash left behind is taken up.

    Raises:
        Unavailable: no log has begun yet.
    """
    log = _log(work)
    named = _named(work, log)
    waiting = [pair for pair in keys.pairs() if not _vkeys(pair, log) & named]
    pair = waiting[0] if waiting else keys.add()
    vkeys = [signer.vkey.text() for signer in pair.signers(log.origin)]
    work.session.execute(
        insert(KeyRow), [{"log": log.number, "vkey": vkey, "added_at": work.now} for vkey in vkeys]
    )
    work.record(Event("log.key-added", subject=f"log:{log.number}", details={"keys": vkeys}))
    return vkeys


def retire(work: Work, keys: LogKeys) -> list[str]:
    """Let only the newest pair sign from now on; gives the lines of the retired keys.

    The private halves are removed from the file after this has committed.

    Raises:
        Unavailable: no log has begun yet, or the newest key is not in the file.
        Conflict: there is only one pair.
    """
    log = _log(work)
    named = _named(work, log)
    pairs = [pair for pair in keys.pairs() if _vkeys(pair, log) <= named]
    if not pairs:
        raise Unavailable("No key that signs for the log is in the file of its keys.")
    newest = pairs[-1]
    retired = sorted(named - _vkeys(newest, log))
    if not retired:
        raise Conflict("There is only one pair of keys. Add another first: `rotate`.")
    work.session.execute(
        update(KeyRow)
        .where(KeyRow.log == log.number, KeyRow.vkey.in_(retired), KeyRow.retired_at.is_(None))
        .values(retired_at=work.now)
    )
    work.record(Event("log.key-retired", subject=f"log:{log.number}", details={"keys": retired}))
    work.after_commit.append(lambda: keys.forget_all_but(newest))
    return retired


def _log(work: Work) -> Log:
    log = places.current_log(work.session)
    if log is None:
        raise Unavailable("The log has not begun. Start the portal first.")
    return log


def _named(work: Work, log: Log) -> set[str]:
    """Give the keys that sign for a log, as the database says; held until the transaction ends."""
    ours = select(KeyRow.vkey).where(KeyRow.log == log.number, KeyRow.retired_at.is_(None))
    return set(work.session.scalars(ours))


def _vkeys(pair: KeyPair, log: Log) -> set[str]:
    return {signer.vkey.text() for signer in pair.signers(log.origin)}
