"""Commands for whoever keeps the log: audit keys, rotate-keys, retire-keys, recover.

They import the server themselves: other commands of the log run on machines that have none.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.log import LogParts


def keys(
    year: Annotated[
        int | None, typer.Option(help="Of the log of this year, which need not have begun.")
    ] = None,
) -> None:
    """Print the lines of the public keys that sign the log, for those who verify or witness it.

    Before a new year, give witnesses the lines of its log: the keys are the same, its name is not.

    Example: entente audit keys --year 2027
    """
    from app import log
    from app.cli.acting import CLI, console

    parts = _parts()
    if year is None:
        with parts.units.begin(CLI) as work:
            number = log.current(work.session)
            lines = [key.vkey for key in log.keys(work.session, number) if not key.retired_at]
    else:
        lines = [signer.vkey.text() for signer in parts.keys.signers(f"{parts.origin}/{year}")]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)


def rotate_keys() -> None:
    """Let a new pair of keys sign the log beside the old one; both sign until `retire-keys`.

    Example: entente audit rotate-keys
    """
    from app import log
    from app.cli.acting import CLI, console

    parts = _parts()
    with parts.units.begin(CLI) as work:
        lines = log.rotate(work, parts.keys)
    console.print("From now on these sign too. Give them to the witnesses and the auditors:")
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)


def retire_keys() -> None:
    """Let only the newest pair of keys sign the log; the private halves of the others are removed.

    Example: entente audit retire-keys
    """
    from app import log
    from app.cli.acting import CLI, console

    parts = _parts()
    with parts.units.begin(CLI) as work:
        lines = log.retire(work, parts.keys)
    console.print(f"{len(lines)} keys are retired. They stay published with the log.")


def recover(
    reason: Annotated[str, typer.Option(help="Why, for the log: what was lost, and how.")],
    kept: Annotated[
        Path | None,
        typer.Option(help="The newest checkpoint of the old log that anybody outside has kept."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether this is meant.")] = False,
) -> None:
    """Go on with a new log after the database was restored from a backup; see docs/log.md.

    Needs the owner's login, as `entente migrate` does.

    Example: entente audit recover --reason "Disk lost on 3 May; restored the backup of 2 May."
    --kept checkpoint-of-an-auditor
    """
    from app import log
    from app.cli.acting import CLI, console
    from app.core.settings import Settings
    from app.core.work import Units
    from app.main import assemble

    services = assemble(Settings())
    if not yes:
        typer.confirm("The log that is there ends, and a new one begins. Go on?", abort=True)
    engine = services.database.owner_engine()
    units = Units(engine, services.units.journal, services.clock)
    with units.begin(CLI) as work:
        note = kept.read_text() if kept else ""
        new = log.recover(work, services.log, reason=reason, kept=note)
    engine.dispose()
    console.print(f"The log {new.origin} has begun with {new.size:,} entries.")
    console.print("Give its keys to the witnesses and the auditors: entente audit keys")


def _parts() -> "LogParts":
    from app.core.settings import Settings
    from app.main import assemble

    return assemble(Settings()).log
