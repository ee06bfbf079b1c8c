"""The commands about policies that are not in force yet: policy impact, policy propose."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app import impact, proposals
from app.access import PolicyKeeper, PolicySet
from app.cli.acting import CLI, acting, console
from app.core.journal import Detail, Event
from app.core.settings import Settings
from app.core.work import Work
from app.edge import Services
from app.impact import Example, Impact, PersonImpact
from app.main import assemble
from app.terminal import count_watch

SHOWN_EXAMPLES = 10
progress = Console(stderr=True)  # what is told of the way is no part of what is found
CHANGES = {"gained": "gained", "lost": "lost", "more": "more of it", "less": "less of it"}

Folder = Annotated[Path, typer.Argument(help="A folder of policies.", exists=True, file_okay=False)]


def show_impact(
    folder: Folder,
    as_json: Annotated[bool, typer.Option("--json", help="Give it as JSON.")] = False,
) -> None:
    """Work out who would gain and who would lose which records under other policies.

    It looks at the whole store and changes nothing.

    Example: entente policy impact new-policies
    """
    services = assemble(Settings())
    found = PolicyKeeper(folder).current
    with services.units.begin(CLI) as work:
        worked = _work_out(services, work, found)
        told: dict[str, Detail] = {"gaining": worked.gaining_count, "losing": worked.losing_count}
        work.record(Event("policies.weighed", subject=f"policy-set:{found.version}", details=told))
    if as_json:
        console.print_json(json.dumps(worked.to_json()))
    else:
        tell_impact(worked)


def propose(
    folder: Folder,
    by: Annotated[str, typer.Option("--by", help="The e-mail address of who proposes it.")],
    why: Annotated[str, typer.Option(help="Why; whoever confirms it reads this.")] = "",
) -> None:
    """Propose other policies: they wait for a second person if anybody gains by them.

    Example: entente policy propose new-policies --by operator@imda.example
    """
    services = assemble(Settings())
    found = PolicyKeeper(folder).current
    with services.units.begin(CLI) as work:
        actor = acting(services, by)(work)
        worked = _work_out(services, work, found)
        waits = worked.anybody_gains
        if waits:
            made = proposals.propose_policies(
                work, services.gate, actor, found, worked, why=why.strip()
            )
    tell_impact(worked)
    if waits:
        base = services.settings.base_url.rstrip("/")
        console.print(f"It waits for a second person, at {base}/proposals/{made}")
    else:
        console.print(
            "Nobody gains by it, so nobody need confirm it: it binds as soon as these files are"
            " where ENTENTE_POLICIES_DIR points and the server was sent SIGHUP."
        )


def _work_out(services: Services, work: Work, found: PolicySet) -> Impact:
    with count_watch(progress, "Working it out") as watch:
        return impact.of_policies(work, services.gate, found, progress=watch)


def tell_impact(found: Impact) -> None:
    """Tell on the console what was worked out: people, totals, examples."""
    if found.people:
        console.print(_table(found.people))
    for act in found.acts:
        console.print(f"{act.act}: {act.gaining_count} gain it, {act.losing_count} lose it.")
    for line in [*_totals(found), *_examples(found)]:
        console.print(line, markup=False, soft_wrap=True)


def _table(people: tuple[PersonImpact, ...]) -> Table:
    table = Table("Person", "Organisation")
    for column in ("Gained", "Lost", "More of", "Less of", "Later"):
        table.add_column(column, justify="right")
    table.add_column("Other acts")
    for one in people:
        counts = (one.gained_count, one.lost_count, one.more_count, one.less_count)
        acts = [f"+{act}" for act in one.acts_gained] + [f"-{act}" for act in one.acts_lost]
        table.add_row(
            one.name,
            one.organisation,
            *(f"{count:,}" if count else "" for count in (*counts, one.later_count)),
            " ".join(acts),
        )
    return table


def _totals(found: Impact) -> list[str]:
    if not found.changes_anything:
        return ["Nobody gains or loses anything."]
    lines = [
        f"{found.gaining_count:,} people gain, {found.losing_count:,} lose.",
        f"{found.records_gained_count:,} records are gained by somebody, in whole or in part;"
        f" {found.records_lost_count:,} are lost.",
    ]
    if found.public_gained_count or found.public_later_count:
        later = found.public_later_count
        lines.append(f"The public gains {found.public_gained_count:,} records, {later:,} later.")
    if found.public_lost_count:
        lines.append(f"The public loses {found.public_lost_count:,} records.")
    lines += [f"Opened, whatever records there are: {name}" for name in found.opened]
    return lines


def _examples(found: Impact) -> list[str]:
    """Give some records of those that are gained and lost, each once."""
    told = dict.fromkeys(
        example for one in found.people for example in (*one.examples, *found.public_examples)
    )
    return [_line(one) for one in list(told)[:SHOWN_EXAMPLES]]


def _line(one: Example) -> str:
    return (
        f"{CHANGES[one.change]:>10}  {one.reference}  {one.kind}, {one.originator}, {one.marking}"
    )
