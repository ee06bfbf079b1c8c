"""The audience of what is said: that of its place, or narrower, under a marking no lower."""

from dataclasses import dataclass, replace
from uuid import UUID

from app import parties
from app.access import Audience, State, audiences, explain, intern_audience
from app.conversation import rules
from app.conversation.commands import Circle
from app.conversation.sight import Sight
from app.core.errors import Invalid
from app.core.ids import AudienceId, PersonId, PortionId
from app.labels import Label, combine, parse_label

_NOT_RELEASED = frozenset({State.DRAFT, State.SUBMITTED})


@dataclass(frozen=True)
class Ground:
    """What a thread stands on: the audience of its place, with the label of all that it covers."""

    audience: Audience
    label: Label


def ground_of(sight: Sight, portion_id: PortionId | None, circle: Circle) -> Ground:
    """Give what a thread at a portion stands on, or at all of the version that its writer sees.

    The whole is marked as the highest of its parts, and released only as far as all of them; parts
    of another originator than the title's do not belong to it, and are spoken of where they stand.
    Where its parts are released so differently that its writer is not among who would see a thread
    about all of them, it stands on the title alone: what a part says is quoted at that part.

    Raises:
        Invalid: the portion is not there.
    """
    known = audiences(sight.work.session, [one.audience_id for one in sight.places.portions])
    if portion_id is not None:
        place = sight.place(portion_id)
        if place is None:
            raise Invalid("This part is not there any more. Go back to the record.")
        audience = known[place.audience_id]
        return Ground(audience, audience.label)
    (title,) = audiences(sight.work.session, [sight.places.audience_id]).values()
    alike = [one for one in known.values() if one.originator == title.originator]
    schemes = sight.gate.keeper.current.schemes
    whole = combine(schemes, [title.label, *(one.label for one in alike)])
    seen = circle != "audience" or _sees(sight, replace(title, label=whole))
    return Ground(title, whole if seen else title.label)


def default_circle(sight: Sight) -> Circle:
    """Give who sees a thread when nobody says: what is not released yet is spoken of inside."""
    return "internal" if sight.places.state in _NOT_RELEASED else "audience"


def intern_for(sight: Sight, ground: Ground, circle: Circle, asked: Label | None) -> AudienceId:
    """Give the audience of a thread, which its writer must see themself.

    Raises:
        Invalid: the marking asked for is too low, or its writer would not see it.
    """
    work, current = sight.work, sight.gate.keeper.current
    label = rules.label_of_thread(
        current.schemes,
        ground.label,
        asked,
        circle,
        writer=str(sight.person),
        insiders=_insiders(sight, ground.audience, ground.label),
        now=work.now,
    )
    grants = ground.audience.grants if circle == "audience" else frozenset()
    audience = replace(ground.audience, label=label, grants=grants)
    if not _sees(sight, audience):
        profile, action = sight.actor.profile, sight.scope.action
        told = explain(current, profile, action, audience, work.now)
        unmet = " ".join(one.detail for one in told.requirements if not one.met)
        beside = "markings" if asked is not None else "circle"
        raise Invalid(
            "You would not see this yourself.",
            fields={beside: f"You would not see this yourself. {unmet}".strip()},
        )
    return intern_audience(work.session, current.schemes, audience, work.now)


def typed_label(sight: Sight, ground: Ground, markings: str) -> Label | None:
    """Read a marking that a writer typed, None where they typed none.

    Raises:
        Invalid: it means nothing here, or is above what this portal may hold.
    """
    if not markings.strip():
        return None
    schemes = sight.gate.keeper.current.schemes
    try:
        label = parse_label(schemes, markings, releasability=ground.label.releasability)
        schemes.check_ceiling(label)
    except Invalid as error:
        raise Invalid(error.detail, fields={"markings": error.detail}) from error
    return label


def check_quotations(sight: Sight, said: str, audience_id: AudienceId) -> None:
    """Check that nothing is quoted from a part that is marked higher, or released to fewer.

    Raises:
        Invalid: something is; it is said at that part instead.
    """
    schemes = sight.gate.keeper.current.schemes
    ids = {audience_id} | {one.audience_id for one in sight.places.portions}
    known = audiences(sight.work.session, ids)
    own, now, writer = known[audience_id], sight.work.now, str(sight.person)
    for place in sight.places.portions:
        part = known[place.audience_id]
        fits = (
            part.originator == own.originator
            and rules.dominates(schemes, own.label, part.label, now)
            and rules.covers(part.label, own.label.releasability, writer)
        )
        if not fits and rules.quotes(said, place.words):
            marked = " // ".join(map(schemes.text, part.label.at(now).markings))
            raise Invalid(
                "This quotes what is marked higher or released to fewer.",
                fields={
                    "body": f"You quote “{place.name}”, marked {marked}, which not everybody here"
                    " may see. Say it at that part, or leave the quotation out."
                },
            )


def is_too_low(sight: Sight, audience_id: AudienceId, portion_id: PortionId | None) -> bool:
    """Tell whether a place was marked higher since a thread at it began."""
    place = sight.place(portion_id)
    standing = place.audience_id if place else sight.places.audience_id
    known = audiences(sight.work.session, {audience_id, standing})
    own, part = known[audience_id].label, known[standing].label
    return not rules.dominates(sight.gate.keeper.current.schemes, own, part, sight.work.now)


def _sees(sight: Sight, audience: Audience) -> bool:
    """Tell whether the writer would see what has this audience."""
    policies = sight.gate.keeper.current
    profile, action = sight.actor.profile, sight.scope.action
    (decision,) = policies.decide(profile, action, [audience], sight.work.now)
    return decision.allowed


def _insiders(sight: Sight, audience: Audience, label: Label) -> list[str]:
    """Give those of the persons named in a label who are the owner's or the originator's."""
    named = [one.value for one in label.releasability if one.kind == "person"]
    if not named or not label.eyes_only:
        return []
    ids = [PersonId(one) for one in map(_id, named) if one is not None]
    ours = (audience.owner, audience.originator)
    whose = parties.names(sight.work.session, ids)
    return [str(person) for person, name in whose.items() if name.slug in ours]


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
