"""Commands about parties, organisations, agreements and people: parties, people."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app import impact, parties
from app.cli.acting import CLI, As, acting, console, person
from app.cli.policy_impact import tell_impact
from app.core.journal import Detail, Event
from app.core.settings import Settings
from app.edge import Services
from app.identity import erase_person, set_password
from app.main import assemble
from app.terminal import count_watch

commands = typer.Typer()
parties_commands = typer.Typer(help="Parties, organisations, agreements, people, groups.")
people_commands = typer.Typer(help="People and how they sign in.")
commands.add_typer(parties_commands, name="parties", no_args_is_help=True)
commands.add_typer(people_commands, name="people", no_args_is_help=True)


@parties_commands.command("apply")
def apply_parties(
    file: Annotated[Path, typer.Argument(help="A TOML file; its form: docs/parties.md.")],
    prune: Annotated[
        bool, typer.Option("--prune", help="Suspend whoever is not in the file any more.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Only tell what it would change, and who would gain.")
    ] = False,
) -> None:
    """Bring parties, organisations, agreements, people and groups to what a file declares.

    Example: entente parties apply parties.toml --plan
    """
    services = assemble(Settings())
    schemes = services.gate.keeper.current.schemes
    if plan:
        _plan(services, file, prune=prune)
        return
    with services.units.begin(CLI) as work:
        changes = parties.apply_file(work, schemes, file, prune=prune)
    for change in changes:
        console.print(change.text)
    if not changes:
        console.print("Everything is as the file says.")


def _plan(services: Services, file: Path, *, prune: bool) -> None:
    """Tell what a file would change and what that would do, over the whole store."""
    gate = services.gate
    schemes = gate.keeper.current.schemes
    with services.units.begin(CLI) as work, count_watch(console, "Working it out") as watch:
        changes = parties.plan_file(work.session, schemes, file, prune=prune)
        made = [change for change in changes if change.verb != "missing"]
        supposed = parties.suppose(work.session, schemes, made)
        after, names = supposed.after, supposed.names
        found = impact.of_people(work, gate, after, names=names, progress=watch)
        told: dict[str, Detail] = {"gaining": found.gaining_count, "losing": found.losing_count}
        work.record(Event("impact.shown", details={"change": "parties", **told}))
    for change in changes:
        console.print(change.text)
    tell_impact(found)


@people_commands.command("set-password")
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
        set_password(work, services.identity, person(work, email), password)
    console.print("The password is set.")


@people_commands.command("erase")
def erase_somebody(
    email: Annotated[str, typer.Argument(help="Whom to erase.")],
    acting_for: As,
    reason: Annotated[str, typer.Option(help="Why; without naming the person.")],
) -> None:
    """Erase a person's name, address and credentials for good. What they did stays proved.

    Example: entente people erase reader@imda.example --as administrator@imda.example
    --reason "Asked for it after leaving"
    """
    services = assemble(Settings())
    with services.units.begin(CLI) as work:
        actor = acting(services, acting_for)(work)
        erase_person(work, services.gate, actor, person(work, email), reason)
    console.print("The person is erased. The log shows an erased person from now on.")
