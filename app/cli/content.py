"""Commands that bring records in and release them: import, release."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from app import interop, release
from app.cli.acting import CLI, As, acting, console
from app.core.ids import BatchId
from app.core.settings import Settings
from app.main import assemble
from app.terminal import count_watch, import_watch, say_bad_rows

commands = typer.Typer()


@commands.command("import")
def import_records(
    manifest: Annotated[Path, typer.Argument(help="A CSV file; its columns: docs/import.md.")],
    email: As,
    originator: Annotated[str, typer.Option(help="Whose information it is; an organisation.")] = "",
    marking: Annotated[
        str | None, typer.Option(help='For rows without one: "SENSITIVE; TLP:AMBER".')
    ] = None,
    release_to: Annotated[
        str | None, typer.Option(help='For rows without one: "party:SG; org:imda".')
    ] = None,
    submit: Annotated[bool, typer.Option("--submit", help="Submit each for release.")] = False,
) -> None:
    """Import records from files. Run again, it goes on where it stopped and doubles nothing.

    Example: entente import corpus/manifest.csv --as contributor@imda.example --marking TLP:GREEN
    --release-to community --submit
    """
    services = assemble(Settings())
    settings = services.settings
    with import_watch(console) as watch:
        report = interop.import_manifest(
            services.units,
            services.gate,
            acting(services, email),
            interop.AttachmentStore(
                services.keys,
                services.blobs,
                settings.arrangement,
                services.limits,
                services.inspector,
            ),
            manifest,
            interop.ImportOptions(originator, marking, release_to, submit),
            origin=CLI,
            watch=watch,
        )
    say_bad_rows(console, report)
    for reason in report.held:
        console.print(f"Not submitted: {reason}", markup=False)
    console.print(
        f"{report.imported} imported, {report.unchanged} were there already, "
        f"{len(report.bad)} could not be. Batch {report.batch_id}"
    )
    raise typer.Exit(1 if report.bad or report.held else 0)


@commands.command("release")
def release_batch(
    batch: Annotated[str, typer.Option(help="The batch that the import named.")], email: As
) -> None:
    """Release what an import submitted, as a second person.

    Example: entente release --batch 0190... --as release.authority@imda.example
    """
    services = assemble(Settings())
    with count_watch(console, "Releasing") as watch:
        report = release.release_batch(
            services.units,
            services.gate,
            acting(services, email),
            _batch_id(batch),
            watch,
            keys=services.identity.keys,
            origin=CLI,
        )
    for refused in report.refused:
        console.print(f"Not released: {refused.reason}")
    console.print(f"{len(report.done)} released, {len(report.refused)} not.")
    raise typer.Exit(1 if report.refused else 0)


def _batch_id(text: str) -> BatchId:
    try:
        return BatchId(UUID(text))
    except ValueError as error:
        raise typer.BadParameter("This is not the identifier of a batch.") from error
