"""Commands about the keys that protect attachments: keys status, rotate, destroy."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

import typer

from app import parties
from app.access import Actor, OfficeAction
from app.cli.acting import CLI, acting, console
from app.core.settings import Settings
from app.core.work import Work
from app.edge import Services
from app.main import assemble
from app.records import keys
from app.terminal import count_watch

LISTED = 20  # records named in one sentence
MORE_WORDS = {"current": "green", "came back": "bold red", "being destroyed": "yellow"}

commands = typer.Typer()
keys_commands = typer.Typer(
    help="The keys that protect attachments: what they wrap, changing them, destroying them."
)
commands.add_typer(keys_commands, name="keys", no_args_is_help=True)

By = Annotated[str, typer.Option("--by", help="The e-mail address of the person who does this.")]


@keys_commands.command("status")
def show_status() -> None:
    """Show every key: what it wraps, what waits for rotation, what is asked for, what is destroyed.

    Example: entente keys status
    """
    services = assemble(Settings())
    with services.units.begin(CLI) as work:
        view = keys.status(work, services.gate, services.keys)
    for one in view.organisations:
        _show_organisation(one)
    for request in view.requests:
        _show_request(request)
    if not view.organisations:
        console.print("There are no keys yet. An organisation's first upload makes its first.")
    for key in view.came_back:
        console.print(
            f"[bold red]DESTROYED, AND THERE AGAIN[/bold red]: {key.id} of {key.organisation}."
            " The key provider was restored from an old backup. What the key protected stays"
            " closed here; agree again to the request that destroyed it.",
            soft_wrap=True,
        )
    raise typer.Exit(1 if view.came_back else 0)


@keys_commands.command("rotate")
def rotate(
    organisation: Annotated[str, typer.Argument(help="Whose; its slug.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Those of every organisation.")] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Make a new key though a rotation is unfinished.")
    ] = False,
) -> None:
    """Make an organisation a new key, and wrap the key of each of its attachments anew with it.

    No file is read. Run again, it goes on where it broke off. The older key stays, for backups,
    until it is destroyed.

    Example: entente keys rotate imda
    """
    if every == bool(organisation):
        raise typer.BadParameter("Name an organisation, or give --all.")
    services = assemble(Settings())
    with services.units.begin(CLI) as work:
        slugs = [one.slug for one in parties.organisations(work.session)] if every else []
        having = {key.organisation for key in services.keys.list_keys()} if every else set()
    damaged = 0
    for slug in [one for one in slugs if one in having] or [organisation]:
        damaged += _rotate(services, slug, anew=anew)
    raise typer.Exit(1 if damaged else 0)


@keys_commands.command("destroy")
def destroy(
    by: By,
    key: Annotated[str, typer.Argument(help="One key, by its identifier.")] = "",
    attachment: Annotated[
        str, typer.Option(help="Every key that ever wrapped this attachment.")
    ] = "",
    organisation: Annotated[str, typer.Option(help="Every key of this organisation.")] = "",
    agree: Annotated[
        str, typer.Option(metavar="REQUEST", help="Agree to a request, and carry it out.")
    ] = "",
    withdraw: Annotated[
        str, typer.Option(metavar="REQUEST", help="Let a request not be carried out.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why; without naming a person.")] = "",
    rotate_others: Annotated[
        bool,
        typer.Option(
            "--rotate-others",
            help="With --attachment: move everything else that its keys wrap to a new key first."
            " Backups made before then open nothing of the organisation any more.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether this is meant.")] = False,
) -> None:
    """Destroy keys, and with them for ever what they protect, backups included. Two people do it.

    A system administrator asks; a release authority of the organisation agrees within seven days,
    which carries it out. The log keeps the proof.

    Example: entente keys destroy --attachment 0190... --reason "Sent to us by mistake"
    --by system.administrator@imda.example

    Example: entente keys destroy --agree 0191... --by release.authority@imda.example
    """
    if [bool(one) for one in (key, attachment, organisation, agree, withdraw)].count(True) != 1:
        raise typer.BadParameter(
            "Give one of: a key, --attachment, --organisation, --agree, --withdraw."
        )
    services = assemble(Settings())
    who = acting(services, by)
    if agree:
        _agree(services, _uuid(agree), who, yes=yes)
    elif withdraw:
        with services.units.begin(CLI) as work:
            keys.withdraw(work, services.gate, who(work), _uuid(withdraw))
        console.print("The request is withdrawn.")
    else:
        _ask(services, key, attachment, organisation, reason, who, rotate_others, yes=yes)


def _rotate(services: Services, slug: str, *, anew: bool) -> int:
    with count_watch(console, f"Wrapping anew: {slug}") as watch:
        rotated = keys.Rotation(
            services.units,
            services.gate,
            services.keys,
            slug,
            services.settings.arrangement,
            CLI,
        ).run(watch, anew=anew)
    began = "Made the key" if rotated.made else "Went on with the key"
    console.print(f"{began} {rotated.key_id}: {rotated.rewrapped} attachments wrapped anew.")
    for one in rotated.damaged:
        console.print(
            f"Left as it is, since its wrapped key is damaged: {one.attachment} of {one.reference}"
        )
    return len(rotated.damaged)


def _ask(
    services: Services,
    key: str,
    attachment: str,
    organisation: str,
    reason: str,
    who: Callable[[Work], Actor],
    rotate_others: bool,
    *,
    yes: bool,
) -> None:
    gate = services.gate
    with services.units.begin(CLI) as work:
        # Whoever may not ask learns nothing of what a key wraps.
        actor = who(work)
        whose = keys.office(work, organisation or actor.profile.organisation)
        gate.decide_office(work, actor, OfficeAction.ASK_DESTRUCTION, whose)
        if attachment:
            plan = keys.plan_attachment(
                work, services.keys, _uuid(attachment), rotate_others=rotate_others
            )
        elif organisation:
            plan = keys.plan_organisation(work, services.keys, organisation)
        else:
            plan = keys.plan_key(work, services.keys, key)
    _confirm(plan, yes=yes)
    with services.units.begin(CLI) as work:
        request_id = keys.ask(work, gate, who(work), plan, reason)
    console.print(
        f"Asked for. A release authority of {plan.name} agrees within seven days by:\n"
        f"entente keys destroy --agree {request_id} --by THEIR-ADDRESS",
        soft_wrap=True,
    )


def _agree(
    services: Services, request_id: UUID, who: Callable[[Work], Actor], *, yes: bool
) -> None:
    destruction = keys.Destruction(
        services.units,
        services.gate,
        services.keys,
        services.blobs,
        services.settings.arrangement,
        CLI,
    )
    _confirm(destruction.plan(request_id, who), yes=yes)
    with count_watch(console, "Moving others to a new key") as watch:
        done = destruction.agree(request_id, who, watch)
    console.print(
        f"Destroyed: {done.keys_count} keys, and with them {done.attachments_count} attachments."
        " The log holds the proof: entente keys status"
    )


def _confirm(plan: keys.Plan, *, yes: bool) -> None:
    """Say what would be gone, and have the organisation's name typed before it is."""
    console.print(f"{len(plan.keys)} keys of {plan.name}; {plan.count} attachments", end="")
    console.print(f" of {_few(plan.references)}." if plan.references else ".", soft_wrap=True)
    if plan.others_count:
        console.print(
            f"{plan.others_count} others move to a new key first. Backups of the database made"
            " before open nothing of what these keys wrapped any more.",
            soft_wrap=True,
        )
    if plan.elsewhere:
        console.print(
            f"NOT FOR GOOD by this alone: {_few(plan.elsewhere)} once wrapped some of them too,"
            " and with an old backup would open them.",
            soft_wrap=True,
        )
    if not yes:
        console.print("Nothing brings it back, no backup either.")
        if typer.prompt(f"To go on, type the organisation's name ({plan.name})") != plan.name:
            raise typer.Abort


def _show_organisation(one: keys.OrganisationLine) -> None:
    console.print(f"[bold]{one.name} ({one.slug})[/bold]", soft_wrap=True)
    for key in one.keys:
        colour = MORE_WORDS.get(key.state, "")
        gone = f" {key.destroyed_at:%Y-%m-%d %H:%M} UTC" if key.destroyed_at else ""
        told = [
            f"[{colour}]{key.state}[/{colour}]{gone}" if colour else f"{key.state}{gone}",
            f"made {key.created_at:%Y-%m-%d}",
            f"{key.count:,} attachments",
            *([f"for attachment {key.attachment} alone"] if key.attachment else []),
            *([f"proof: entry {key.proof}"] if key.proof else []),
        ]
        console.print(f"  {key.id}  {', '.join(told)}", soft_wrap=True)
    if one.waiting:
        console.print(f"{one.waiting:,} wait to be wrapped anew: entente keys rotate {one.slug}")


def _show_request(one: keys.RequestLine) -> None:
    what = f"attachment {one.attachment}" if one.attachment else f"{one.keys_count} keys"
    state = (
        "agreed to and unfinished: agree again"
        if one.agreed
        else f"waits for a release authority until {one.expires_at:%Y-%m-%d %H:%M} UTC"
    )
    console.print(
        f"Request {one.id}: destroy {what} of {one.organisation}; asked by {one.asked_by} on"
        f" {one.asked_at:%Y-%m-%d}; {state}. Reason: {one.reason}",
        markup=False,
        soft_wrap=True,
    )


def _few(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more


def _uuid(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError as error:
        raise typer.BadParameter(f"{given} is not an identifier.") from error
