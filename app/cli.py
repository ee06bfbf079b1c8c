"""The command `entente`.

Exit codes: 0 done, 1 refused or failed with one clear line, 2 wrong usage.
"""

import logging
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
import uvicorn
from rich.console import Console

from app import demo as demonstration
from app import interop, parties, release, worker
from app.access import Actor, Assurance, PolicyKeeper
from app.core.database import locate_database
from app.core.errors import NotFound, Problem
from app.core.ids import BatchId, PersonId
from app.core.migrate import migrate as migrate_database
from app.core.settings import Settings
from app.core.work import Origin, Work
from app.edge import Services
from app.identity import set_password
from app.main import assemble, create_app, reload_policies
from app.terminal import import_watch, release_watch, say_bad_rows

CLI = Origin(door="cli")
console = Console(highlight=False)
app = typer.Typer(
    help="Entente: exchange of marked records between the parties to an arrangement.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
parties_app = typer.Typer(help="Parties, organisations, agreements, people, groups.")
people_app = typer.Typer(help="People and how they sign in.")
policy_app = typer.Typer(help="The policies and marking schemes.")
app.add_typer(parties_app, name="parties", no_args_is_help=True)
app.add_typer(people_app, name="people", no_args_is_help=True)
app.add_typer(policy_app, name="policy", no_args_is_help=True)

As = Annotated[str, typer.Option("--as", help="The e-mail address of the person who does this.")]


@app.command()
def demo() -> None:
    """Start the portal with its demonstration data, on this machine only.

    Example: entente demo
    """
    settings = Settings()
    services = _ready(settings)
    accounts = demonstration.load_demo(services, console)
    console.print(f"Accounts to sign in with: {accounts}")
    _serve(services)


@app.command()
def serve() -> None:
    """Serve the portal; with the embedded database, do the worker's work too.

    Example: ENTENTE_BASE_URL=https://entente.example entente serve
    """
    settings = Settings()
    _serve(_ready(settings) if settings.database_url is None else assemble(settings))


@app.command("worker")
def work_in_background() -> None:
    """Do what no request waits for: sweep what was left behind. Any number may run.

    Example: entente worker
    """
    worker.run(assemble(Settings()), threading.Event())


@app.command()
def migrate() -> None:
    """Bring the database's tables to their newest form; needs the owner's login.

    Example: ENTENTE_OWNER_DATABASE_URL=postgresql://owner@db/entente entente migrate
    """
    migrate_database(locate_database(Settings()))
    console.print("The tables are in their newest form.")


@app.command("import")
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
            _acting(services, email),
            interop.AttachmentStore(
                services.keys, services.blobs, settings.arrangement, settings.max_attachment_bytes
            ),
            manifest,
            interop.ImportOptions(originator, marking, release_to, submit),
            origin=CLI,
            watch=watch,
        )
    say_bad_rows(console, report)
    console.print(
        f"{report.imported} imported, {report.unchanged} were there already, "
        f"{len(report.bad)} could not be. Batch {report.batch_id}"
    )
    raise typer.Exit(1 if report.bad else 0)


@app.command("release")
def release_batch(
    batch: Annotated[str, typer.Option(help="The batch that the import named.")], email: As
) -> None:
    """Release what an import submitted, as a second person.

    Example: entente release --batch 0190... --as release.authority@imda.example
    """
    services = assemble(Settings())
    with release_watch(console) as watch:
        report = release.release_batch(
            services.units,
            services.gate,
            _acting(services, email),
            _batch_id(batch),
            watch,
            keys=services.identity.keys,
            origin=CLI,
        )
    for refused in report.refused:
        console.print(f"Not released: {refused.reason}")
    console.print(f"{len(report.done)} released, {len(report.refused)} not.")
    raise typer.Exit(1 if report.refused else 0)


@parties_app.command("apply")
def apply_parties(
    file: Annotated[Path, typer.Argument(help="A TOML file; its form: docs/parties.md.")],
    prune: Annotated[
        bool, typer.Option("--prune", help="Suspend whoever is not in the file any more.")
    ] = False,
) -> None:
    """Bring parties, organisations, agreements, people and groups to what a file declares.

    Example: entente parties apply parties.toml
    """
    services = assemble(Settings())
    with services.units.begin(CLI) as work:
        schemes = services.gate.keeper.current.schemes
        changes = parties.apply_file(work, schemes, file, prune=prune)
    for change in changes:
        console.print(change.text)
    if not changes:
        console.print("Everything is as the file says.")


@people_app.command("set-password")
def set_persons_password(email: Annotated[str, typer.Argument()]) -> None:
    """Set somebody's password; asks for it, or reads it from standard input.

    Example: entente people set-password contributor@imda.example
    """
    services = assemble(Settings())
    interactive = sys.stdin.isatty()
    password = (
        typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        if interactive
        else sys.stdin.readline().rstrip("\n")
    )
    with services.units.begin(CLI) as work:
        set_password(work, services.identity, _person(work, email), password)
    console.print("The password is set.")


@policy_app.command("check")
def check_policies() -> None:
    """Load the policies and schemes with every check that serving makes, and say what they are.

    Example: ENTENTE_POLICIES_DIR=new-policies entente policy check
    """
    policies = PolicyKeeper(Settings().policies_dir).current
    for policy in policies.policies.values():
        console.print(f"[bold]{policy.id}[/bold]  {policy.explain}")
    console.print(f"{len(policies.policies)} policies, sound. Version {policies.version}")


def _ready(settings: Settings) -> Services:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = locate_database(settings)
    migrate_database(database)
    return assemble(settings, database)


def _serve(services: Services) -> None:
    settings = services.settings
    if settings.database_url is None:
        _beside(worker.run, services, threading.Event())
    signal.signal(signal.SIGHUP, lambda *_: _beside(reload_policies, services))
    console.print(f"Entente is at {settings.base_url}")
    uvicorn.run(
        create_app(services),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
    )


def _beside(what: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=what, args=arguments, daemon=True).start()


def _acting(services: Services, email: str) -> Callable[[Work], Actor]:
    """Make somebody who acts at this machine: who holds it has shown more than a password."""
    schemes = services.gate.keeper.current.schemes

    def make(work: Work) -> Actor:
        return parties.actor_for(work, schemes, _person(work, email), Assurance.MULTI_FACTOR)

    return make


def _person(work: Work, email: str) -> PersonId:
    person = parties.person_by_email(work.session, email)
    if person is None:
        raise NotFound(f"There is nobody with the e-mail address {email}.")
    return person


def _batch_id(text: str) -> BatchId:
    try:
        return BatchId(UUID(text))
    except ValueError as error:
        raise typer.BadParameter("This is not the identifier of a batch.") from error


def main() -> None:
    """Run the command; a problem is one clear line."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except Problem as problem:
        Console(stderr=True, highlight=False).print(f"entente: {problem.detail or problem.title}")
        for place, detail in getattr(problem, "fields", {}).items():
            Console(stderr=True, highlight=False).print(f"  {place}: {detail}")
        sys.exit(1)
