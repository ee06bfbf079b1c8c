"""Speaking: threads begin at a version or a portion, go on, are answered, resolved and reopened.

Whoever acts sees the thread and what it stands at; each act passes the gate, and writes last.
"""

from collections.abc import Collection

from app import parties
from app.access import Actor, Audience, Gate, audiences
from app.conversation import labelling, queries, rules
from app.conversation.commands import Circle, Say, StartThread
from app.conversation.errors import AlreadySettled, MarkedHigher
from app.conversation.models import ThreadRow
from app.conversation.sight import (
    Sight,
    organisations_seeing,
    people_named,
    see,
    see_thread,
    seeing,
)
from app.conversation.telling import tell_of_message
from app.conversation.views import Told
from app.core.errors import Forbidden, Invalid
from app.core.ids import AudienceId, MessageId, PersonId, PortionId, ThreadId, VersionId, new_id
from app.core.journal import Detail
from app.core.work import Work
from app.labels import Label

NOT_ASKED = "This organisation cannot be asked here. Choose one of those offered."


def start(
    work: Work, gate: Gate, actor: Actor, version_id: VersionId, command: StartThread
) -> ThreadId:
    """Begin a thread as a form or a program asks for it.

    Raises:
        Refused: the version is not in sight.
        Invalid: a marking too low, a quotation of what is marked higher, somebody mentioned or
            asked who does not see it, or a request for information without addressee or day.
    """
    rules.check_request(command, work.now.date())
    sight = see(work, gate, actor, version_id)
    circle = command.circle or labelling.default_circle(sight)
    ground = labelling.ground_of(sight, command.portion_id, circle)
    label = labelling.typed_label(sight, ground, command.markings)
    return _begin(sight, command, circle, label)


def open_thread(
    work: Work,
    gate: Gate,
    actor: Actor,
    *,
    version_id: VersionId,
    portion_id: PortionId | None = None,
    kind: str = "comment",
    body: str,
    label: Label | None = None,
    to: Collection[str] = (),
    internal: bool | None = None,
) -> ThreadId:
    """Begin a thread on behalf of another verb, as a return with comments at portions does.

    Args:
        label: raises the marking above that of the place; its releasability narrows.
        to: e-mail addresses of people to mention.
        internal: None: as by default in the state that the version is in.

    Raises:
        Refused, Invalid: as `start`.
    """
    sight = see(work, gate, actor, version_id)
    command = StartThread.model_validate(
        {"kind": kind, "portion_id": portion_id, "body": body, "mentions": list(to)}
    )
    rules.check_request(command, work.now.date())
    if internal is None:
        return _begin(sight, command, labelling.default_circle(sight), label)
    return _begin(sight, command, "internal" if internal else "audience", label)


def say(work: Work, gate: Gate, actor: Actor, thread_id: ThreadId, command: Say) -> MessageId:
    """Say something in a thread, which opens again if it was resolved.

    Raises:
        Refused: the thread is not in sight.
        Invalid: as `start`; or it answers what nobody asked this person's organisation.
        MarkedHigher: what the thread stands at was marked higher since it began.
    """
    sight, row = see_thread(work, gate, actor, thread_id)
    audience_id = AudienceId(row.audience_id)
    portion_id = PortionId(row.portion_id) if row.portion_id else None
    if labelling.is_too_low(sight, audience_id, portion_id):
        raise MarkedHigher("Begin a new conversation there.")
    labelling.check_quotations(sight, command.body, audience_id)
    if command.answers and not may_answer(actor, row):
        raise Invalid(fields={"answers": "Only the organisation that was asked answers this."})
    ids = sight.standing(portion_id) | {audience_id}
    (audience,) = audiences(work.session, [audience_id]).values()
    beside = queries.takes_part(work.session, thread_id)
    mentioned = people_named(sight, command.mentions, audience, ids, beside)
    others = seeing(sight, beside - {sight.person}, ids)
    event = "conversation.answered" if command.answers else "conversation.continued"
    sight.pass_gate(ids, event, thread=str(thread_id))
    values: dict[str, object] = {"resolved_at": None, "resolved_by": None}
    if command.answers:
        values |= {"answered_at": work.now, "answered_by": sight.person}
    queries.change(work.session, thread_id, **values)
    told = Told(mentioned, others - mentioned)
    return _say(sight, thread_id, command.body, told, audience_id)


def resolve(work: Work, gate: Gate, actor: Actor, thread_id: ThreadId) -> None:
    """Settle a thread, for whoever began it and for the owner's and originator's people.

    Raises:
        Refused: it is not in sight.
        Forbidden: it is not theirs to settle.
        AlreadySettled: it was resolved meanwhile.
    """
    sight, row = _to_settle(work, gate, actor, thread_id)
    sight.pass_gate(audience_ids(sight, row), "conversation.resolved", thread=str(thread_id))
    expected = ThreadRow.resolved_at.is_(None)
    values = {"resolved_at": work.now, "resolved_by": sight.person}
    if not queries.change(work.session, thread_id, expected, **values):
        raise AlreadySettled("It was resolved meanwhile.")


def reopen(work: Work, gate: Gate, actor: Actor, thread_id: ThreadId) -> None:
    """Open a resolved thread again, for those who may settle it.

    Raises:
        Refused, Forbidden: as `resolve`.
        AlreadySettled: it is open.
    """
    sight, row = _to_settle(work, gate, actor, thread_id)
    sight.pass_gate(audience_ids(sight, row), "conversation.reopened", thread=str(thread_id))
    expected = ThreadRow.resolved_at.is_not(None)
    if not queries.change(work.session, thread_id, expected, resolved_at=None, resolved_by=None):
        raise AlreadySettled("It is open.")


def withdraw_message(
    work: Work, gate: Gate, actor: Actor, thread_id: ThreadId, message_id: MessageId
) -> None:
    """Take back what one said; that it was said, by whom and when, stays.

    Raises:
        Refused: the thread is not in sight.
        AlreadySettled: there is no such message of theirs that still says something.
    """
    sight, row = see_thread(work, gate, actor, thread_id)
    details: dict[str, Detail] = {"thread": str(thread_id), "message": str(message_id)}
    sight.pass_gate(audience_ids(sight, row), "conversation.message-withdrawn", 0, **details)
    if not queries.take_back(work.session, thread_id, message_id, sight.person, work.now):
        raise AlreadySettled("Only what you said yourself, and still stands, can be withdrawn.")


def may_answer(actor: Actor, row: ThreadRow) -> bool:
    """Tell whether a thread asks this person's organisation, which has not answered yet."""
    return row.addressee == actor.profile.organisation and row.answered_at is None


def may_settle(sight: Sight, row: ThreadRow, audience: Audience) -> bool:
    """Tell whether somebody may resolve a thread and open it again."""
    return row.begun_by == sight.person or sight.is_insider(audience)


def _begin(sight: Sight, command: StartThread, circle: Circle, label: Label | None) -> ThreadId:
    work = sight.work
    ground = labelling.ground_of(sight, command.portion_id, circle)
    audience_id = labelling.intern_for(sight, ground, circle, label)
    labelling.check_quotations(sight, command.body, audience_id)
    ids = sight.standing(command.portion_id) | {audience_id}
    mentioned = people_named(sight, command.mentions, ground.audience, ids)
    asked = _asked(sight, command, ground.audience, ids)
    thread_id = ThreadId(new_id())
    sight.pass_gate(
        ids,
        "conversation.begun",
        thread=str(thread_id),
        kind=command.kind,
        circle=circle,
        addressee=command.addressee,
    )
    queries.begin(
        work.session,
        id=thread_id,
        record_id=sight.places.record_id,
        version_id=sight.places.version_id,
        portion_id=command.portion_id,
        audience_id=audience_id,
        kind=command.kind,
        internal=circle == "internal",
        begun_by=sight.person,
        begun_at=work.now,
        addressee=command.addressee or None,
        due_on=command.due_on,
    )
    told = Told(mentioned, frozenset(asked) - mentioned)
    _say(sight, thread_id, command.body, told, audience_id)
    return thread_id


def _say(
    sight: Sight, thread_id: ThreadId, body: str, told: Told, audience_id: AudienceId
) -> MessageId:
    message_id = MessageId(new_id())
    queries.say(
        sight.work.session,
        told.mentioned,
        id=message_id,
        thread_id=thread_id,
        person_id=sight.person,
        said_at=sight.work.now,
        body=body,
    )
    tell_of_message(sight, thread_id, message_id, told, audience_id)
    return message_id


def _asked(
    sight: Sight, command: StartThread, audience: Audience, ids: Collection[AudienceId]
) -> list[PersonId]:
    """Give the people of the organisation that is asked for information, who all see it.

    Who has no part in the record's preparation asks only its owner and its originator: whether
    another organisation sees it is not theirs to learn.

    Raises:
        Invalid: nobody of that organisation sees it, or it is not theirs to ask.
    """
    if not command.addressee:
        return []
    near = {audience.owner, audience.originator, sight.actor.profile.organisation}
    if command.addressee in near or sight.is_insider(audience):
        people = organisations_seeing(sight.work, sight.gate, ids).get(command.addressee, [])
        if people:
            return [one for one in people if one != sight.person]
    raise Invalid("Nobody was asked yet.", fields={"addressee": NOT_ASKED})


def _to_settle(
    work: Work, gate: Gate, actor: Actor, thread_id: ThreadId
) -> tuple[Sight, ThreadRow]:
    sight, row = see_thread(work, gate, actor, thread_id)
    (audience,) = audiences(work.session, [AudienceId(row.audience_id)]).values()
    if not may_settle(sight, row, audience):
        raise Forbidden(
            "A conversation is resolved by whoever began it, and by the owner’s and originator’s"
            " contributors and release authorities."
        )
    return sight, row


def audience_ids(sight: Sight, row: ThreadRow) -> frozenset[AudienceId]:
    """Give the audiences of a thread, of its place and of the title above it."""
    portion_id = row.portion_id
    standing = sight.standing(PortionId(portion_id) if portion_id else None)
    return standing | {AudienceId(row.audience_id)}


def offered(sight: Sight, portion_id: PortionId | None) -> tuple[tuple[str, str], ...]:
    """Give the organisations that the actor may ask for information at a place, by name."""
    ground = labelling.ground_of(sight, portion_id, labelling.default_circle(sight))
    standing = sight.standing(portion_id)
    seen = set(organisations_seeing(sight.work, sight.gate, standing))
    if not sight.is_insider(ground.audience):
        seen &= {ground.audience.owner, ground.audience.originator}
    names = parties.organisation_names(sight.work.session, seen)
    return tuple(sorted(names.items(), key=lambda one: one[1]))
