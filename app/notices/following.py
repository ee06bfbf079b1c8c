"""What a person follows: records, organisations, areas, and what a search finds."""

from urllib.parse import parse_qsl
from uuid import UUID

from pydantic import ValidationError

from app import parties
from app.access import Actor, Area, Gate
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import RecordId, new_id
from app.core.work import Work
from app.notices import queries
from app.notices.commands import Follow
from app.notices.inbox import person_of
from app.notices.models import SubscriptionRow
from app.notices.views import SubscriptionView
from app.records import Search, TitleInSight, titles_in_sight

MOST = 100
PLACES = frozenset({"cursor", "page", "order"})


def follow(work: Work, gate: Gate, actor: Actor, command: Follow) -> UUID:
    """Have the actor told of what is released of this from now on; once is enough.

    Raises:
        Invalid: there is nothing like this to follow.
        Conflict: they follow as much as anybody may.
    """
    person = person_of(actor)
    if queries.subscription_count(work.session, person) >= MOST:
        raise Conflict(f"You follow {MOST} things. Leave one before you follow another.")
    value = _checked(work, gate, actor, command)
    return queries.keep_subscription(
        work.session,
        id=new_id(),
        person_id=person,
        subject=command.subject,
        value=value,
        name=command.name,
        begun_at=work.now,
    )


def leave(work: Work, actor: Actor, subscription_id: UUID) -> None:
    """Follow this no longer.

    Raises:
        NotFound: the actor does not follow it.
    """
    if not queries.drop_subscription(work.session, person_of(actor), subscription_id):
        raise NotFound


def subscriptions_of(work: Work, gate: Gate, actor: Actor) -> list[SubscriptionView]:
    """Show what the actor follows, each as they may know of it now; no title is named."""
    rows = queries.subscriptions(work.session, person_of(actor))
    scope = gate.scope(work, actor)
    wanted = {RecordId(UUID(row.value)) for row in rows if row.subject == "record"}
    seen = titles_in_sight(work, gate, actor, scope, wanted)
    names = parties.organisation_names(work.session, [row.value for row in rows])
    return [_view(row, {str(one): title for one, title in seen.items()}, names) for row in rows]


def search_of(value: str) -> Search:
    """Read back the search that a subscription keeps, as the query of its address.

    Raises:
        Invalid: it asks for something that no search knows.
    """
    try:
        asked = {name: text for name, text in parse_qsl(value) if name not in PLACES}
        return Search.model_validate(asked)
    except ValidationError as error:
        raise Invalid("This search cannot be followed. Search again, then follow it.") from error


def _checked(work: Work, gate: Gate, actor: Actor, command: Follow) -> str:
    value = command.value
    if command.subject == "search":
        value = value.removeprefix("?")
        search_of(value)
    elif command.subject == "area" and value not in set(Area):
        raise Invalid(fields={"value": "Choose an area."})
    elif command.subject == "organisation":
        if not parties.organisation_names(work.session, [value]):
            raise Invalid(fields={"value": "Choose an organisation."})
    elif command.subject == "record":
        value = str(_in_sight(work, gate, actor, value))
    return value


def _in_sight(work: Work, gate: Gate, actor: Actor, value: str) -> RecordId:
    """Read a record's id; one that is out of sight is like one that is not there."""
    try:
        record_id = RecordId(UUID(value))
    except ValueError as error:
        raise NotFound from error
    if not titles_in_sight(work, gate, actor, gate.scope(work, actor), [record_id]):
        raise NotFound
    return record_id


def _view(
    row: SubscriptionRow, seen: dict[str, TitleInSight], names: dict[str, str]
) -> SubscriptionView:
    by_itself = {
        "record": seen[row.value].reference if row.value in seen else "A record that has gone",
        "organisation": names.get(row.value, row.value),
        "search": row.value,
    }
    return SubscriptionView(
        id=row.id,
        subject=row.subject,
        value=row.value,
        name=row.name or by_itself.get(row.subject, row.value),
        gone=row.subject == "record" and row.value not in seen,
        begun_at=row.begun_at,
    )
