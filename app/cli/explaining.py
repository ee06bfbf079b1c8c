"""The command that explains: policy explain."""

from typing import Annotated

import typer
from rich.table import Table

from app import audit
from app.audit import ExplainAccess, Explained, Explanation
from app.cli.acting import CLI, acting, console
from app.core.settings import Settings
from app.main import assemble


def explain(
    person: Annotated[str, typer.Option(help="Who: an e-mail address, or “public”.")],
    record: Annotated[str, typer.Option(help="Which record: ENT-2026-000123.")],
    at: Annotated[
        str, typer.Option(help="At which moment, in UTC: 2026-03-01T12:00. Empty: now.")
    ] = "",
    action: Annotated[str, typer.Option(help="To do what: read or download.")] = "read",
    email: Annotated[
        str, typer.Option("--as", help="Explain as to this auditor, who learns only what they may.")
    ] = "",
) -> None:
    """Explain why a person could read a record, or not, and what would have to change.

    Example: entente policy explain --person uma@uni-eu.example --record ENT-2026-000123
    """
    services = assemble(Settings())
    given = {"person": person, "record": record, "moment": at, "action": action}
    asked = ExplainAccess.model_validate({name: value for name, value in given.items() if value})
    with services.units.begin(CLI) as work:
        explained = (
            audit.explain_access(work, services.gate, acting(services, email)(work), asked)
            if email
            else audit.explain_to_operator(work, services.gate, asked)
        )
    if explained.explanation is None:
        console.print(f"Nothing of {explained.person} and {explained.record} concerns this party.")
        raise typer.Exit(1)
    say(explained, explained.explanation)


def say(explained: Explained, found: Explanation) -> None:
    """Print the decision, the policies that decided, and each requirement."""
    could = "could" if found.judged.allowed else "could not"
    factor = ", signed in with a second factor" if found.needs_second_factor else ""
    of = f" of {found.organisation_name}" if found.organisation_name else ""
    console.print(
        f"{found.name}{of} {could} {explained.action} {found.reference} "
        f"at {found.at:%Y-%m-%d %H:%M:%S} UTC{factor}.",
        markup=False,
    )
    for note in found.notes:
        console.print(note, markup=False)
    for policy in found.judged.policies:
        console.print(f"[bold]{policy.id}[/bold]  {policy.explain}")
    table = Table(box=None, pad_edge=False)
    for column in ("Requirement", "Met", "Why", "What would have to change"):
        table.add_column(column, overflow="fold")
    for one in found.judged.requirements:
        table.add_row(one.text, "yes" if one.met else "no", one.detail, one.change)
    console.print(table)
