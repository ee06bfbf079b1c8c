"""Commands about parties, organisations, agreements and people: parties, people."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app import parties
from app.cli.acting import CLI, As, acting, console, person
from app.core.settings import Settings
from app.identity import erase_person, set_password
from app.main import assemble

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
