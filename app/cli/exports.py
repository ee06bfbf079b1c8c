"""Commands that take the log out of the portal: audit export, audit archive.

They import the server themselves: other commands of the log run on machines that have none.
"""

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.audit import LogFilter
    from app.edge import Services


class Form(StrEnum):
    """What an export is."""

    OCSF = "ocsf"
    CSV = "csv"
    EVIDENCE = "evidence"
    TILES = "tiles"


def export(
    to: Annotated[Path, typer.Option(help="The file, for tiles the folder; not there yet.")],
    email: Annotated[str, typer.Option("--as", help="The e-mail address of the auditor.")],
    form: Annotated[Form, typer.Option("--format", help="What it is to be.")],
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            help="NAME=VALUE, as often as needed: from, to (UTC days), type, decision, person,"
            " organisation, record, marking, action, at (a signed size: 2.18204).",
        ),
    ] = None,
    log: Annotated[
        int | None, typer.Option("--log", help="For tiles: the number of a log; else the newest.")
    ] = None,
) -> None:
    """Export the log: a selection that concerns the auditor's party, or a whole log as tiles.

    Example: entente audit export --to evidence.zip --format evidence --as auditor@imda.example
    --filter record=ENT-2026-000123 --filter decision=deny
    """
    from app.cli.acting import console
    from app.core.settings import Settings
    from app.main import assemble

    if form is Form.TILES:
        if filters:
            raise typer.BadParameter("Tiles are of a whole log: leave --filter out.")
        size = _export_tiles(assemble(Settings()), email, log, to)
        console.print(f"{size:,} entries are in {to}, as a log that any web server can serve.")
        return
    asked = _asked(filters or [])
    count = _export_file(assemble(Settings()), email, asked, form, to)
    console.print(f"{count:,} entries are in {to}.")


def _asked(filters: list[str]) -> "LogFilter":
    from pydantic import ValidationError

    from app.audit import LogFilter

    given = dict(one.partition("=")[::2] for one in filters)
    try:
        return LogFilter.model_validate(given)
    except ValidationError as error:
        wrong = error.errors()[0]
        raise typer.BadParameter(f"{wrong['loc'][0]}: {wrong['msg']}") from error


def _export_file(services: "Services", email: str, asked: "LogFilter", form: Form, to: Path) -> int:
    """Write the file beside its place, and put it there once the export is on the log."""
    from app import audit
    from app.cli.acting import CLI, acting
    from app.core.errors import Conflict

    if to.exists():
        raise Conflict(f"There is a {to} already.")
    unfinished = to.with_name(f"{to.name}.unfinished")
    handle = os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600)
    try:
        with os.fdopen(handle, "wb") as out, services.units.begin(CLI) as work:
            actor, gate = acting(services, email)(work), services.gate
            match form:
                case Form.OCSF:
                    count = audit.export_ocsf(work, gate, actor, asked, out)
                case Form.CSV:
                    count = audit.export_csv(work, gate, actor, asked, out)
                case _:
                    published = audit.Published(services.log, services.settings.base_url)
                    count = audit.export_evidence(work, gate, actor, asked, out, published)
        unfinished.replace(to)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def _export_tiles(services: "Services", email: str, log: int | None, to: Path) -> int:
    from app import audit
    from app.cli.acting import CLI, acting, console
    from app.terminal import count_watch

    published = audit.Published(services.log, services.settings.base_url)
    with count_watch(console, "Writing") as watch, services.units.begin(CLI) as work:
        actor = acting(services, email)(work)
        written = audit.export_tiles(work, services.gate, actor, log, to, published, watch)
    return written.checkpoint.size


def archive(
    log: Annotated[int, typer.Option("--log", help="The number of a log that has ended.")],
    to: Annotated[Path, typer.Option(help="The folder; not there yet.")],
) -> None:
    """Move an ended log to cold storage once it is old enough; needs the owner's login.

    It is written, read back and verified before its entries leave the database.

    Example: ENTENTE_OWNER_DATABASE_URL=postgresql://owner@db/entente
    entente audit archive --log 1 --to /archive/2026
    """
    from app import audit
    from app.cli.acting import CLI, console
    from app.core.settings import Settings
    from app.core.work import Units
    from app.main import assemble
    from app.terminal import count_watch

    settings = Settings()
    services = assemble(settings)
    units = Units(services.database.owner_engine(), services.units.journal, services.clock)
    published = audit.Published(services.log, settings.base_url)
    with count_watch(console, "Writing") as watch, units.begin(CLI) as work:
        done = audit.archive(
            work, log, to, published, retention_years=settings.retention_years, watch=watch
        )
    console.print(
        f"{done.size:,} entries of {done.origin} are in {to}, and verified. They have left the"
        f" database. Keep the folder; its manifest's SHA-256 is {done.manifest_hash.hex()}."
    )
