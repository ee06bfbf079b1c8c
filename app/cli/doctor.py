"""The command that says what is wrong with a deployment: doctor."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from app.cli.acting import CLI, console
from app.core.migrate import is_newest
from app.core.settings import Settings
from app.edge import Check, Services, health
from app.inspection import inspect
from app.main import assemble
from app.records import checking
from app.sandbox import Input
from app.terminal import count_watch

LISTED = 20  # faults written out
OWN_FOLDERS = ("blobs", "keys", "log", "postgres", "secrets")
OWN_FILE = b"Nothing is hidden here.\n"

commands = typer.Typer()


@commands.command()
def doctor(
    open_: Annotated[
        bool, typer.Option("--open", help="Open the end of every file: an event for each.")
    ] = False,
    whole: Annotated[
        bool, typer.Option("--whole", help="Read every file to its end, against its hash.")
    ] = False,
) -> None:
    """Say what is wrong with this deployment, and what to do; exit code 1 if anything is.

    Without an option nothing is unsealed: the names and lengths in the store are compared with
    what the records say.

    Example: entente doctor --open
    """
    services = assemble(Settings())
    checks = [*health(services), *_parts(services)]
    for check in checks:
        _show(check)
    well = all(check.ready for check in checks)
    if all(check.ready for check in checks if check.part in ("database", "store", "log")):
        found = checking.check_store(services.units, services.blobs, CLI, services.clock())
        well = _show_store(found) and well
        if open_ or whole:
            well = _open(services, found.files_count, whole=whole) and well
    raise typer.Exit(0 if well else 1)


def _parts(services: Services) -> Iterable[Check]:
    """Look at what serving does without, and what is done beside it does not."""
    newest = is_newest(services.database)
    told = "" if newest else "They are not in their newest form: run entente migrate."
    yield Check("tables", ready=newest, problem=told)
    yield _inspection(services)
    yield _folders(services.settings.data_dir)


def _folders(data: Path) -> Check:
    """Look at who may look into what must stay the portal's own.

    The data folder itself is open where the embedded database runs as a user of its own.
    """
    own = (data / name for name in OWN_FOLDERS)
    loose = [str(one) for one in own if one.exists() and one.stat().st_mode & 0o077]
    told = f"Others on this machine may look into {', '.join(loose)}: chmod 700." if loose else ""
    return Check("data folder", ready=not loose, problem=told)


def _inspection(services: Services) -> Check:
    """Inspect a file of our own: whether the sandbox confines, and the scanner answers."""
    schemes = services.gate.keeper.current.schemes
    with Input.of([OWN_FILE], len(OWN_FILE)) as file:
        report, _ = inspect(file, "doctor.txt", schemes=schemes, scan=services.scan, clean=False)
    told = "; ".join(one.excerpt or one.about.title for one in report.findings)
    return Check("inspection", ready=not report.blocking, problem=told)


def _show(check: Check) -> None:
    colour, word = ("green", "well") if check.ready else ("bold red", "WRONG")
    console.print(f"[{colour}]{word:>5}[/{colour}]  {check.part}", end="")
    console.print(f": {check.problem}" if check.problem else "", markup=False, soft_wrap=True)


def _show_store(found: checking.StoreCheck) -> bool:
    console.print(f"       {found.files_count:,} files are named by records or kept beside them.")
    if found.orphans_count:
        console.print(
            f"       {found.orphans_count:,} blobs ({found.orphans_bytes:,} bytes) belong to"
            " nothing; the worker removes them."
        )
    return _show_faults(found.faults)


def _open(services: Services, files_count: int, *, whole: bool) -> bool:
    opening = checking.Opening(
        services.gate, services.keys, services.blobs, services.settings.arrangement, whole
    )
    with count_watch(console, "Opening files") as watch:
        faults = list(
            checking.open_files(
                services.units, opening, CLI, lambda done_count: watch(done_count, files_count)
            )
        )
    return _show_faults(faults)


def _show_faults(faults: Iterable[checking.Fault]) -> bool:
    all_of_them = list(faults)
    for fault in all_of_them[:LISTED]:
        console.print(
            f"[bold red]WRONG[/bold red]  a file of {fault.reference} {fault.what}"
            f" (blob {fault.blob}). Restore it from a backup of the store.",
            soft_wrap=True,
        )
    if len(all_of_them) > LISTED:
        console.print(f"       and {len(all_of_them) - LISTED:,} more")
    return not all_of_them
