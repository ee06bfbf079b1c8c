"""What an originator is asked to consent to: exactly its own parts of another's submission.

Whoever is asked sees those parts and whose submission they stand in, by its reference and its
owner, and nothing else of it; where all parts are theirs, that is the whole version.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, text

from app.access import (
    Action,
    Actor,
    Area,
    Audience,
    Gate,
    Scope,
    State,
    Subject,
    audiences,
)
from app.core.errors import NotFound
from app.core.ids import AudienceId, BatchId, PersonId, RecordId, VersionId
from app.core.work import Work
from app.records import content, queries
from app.records.deciding import PartAudience, VersionFacts, part_name
from app.records.facts import in_state
from app.records.kinds import Kind
from app.records.models import AttachmentRow, PortionRow
from app.records.showing import Showing, audience_ids_in
from app.records.views import AttachmentView, MarkingView, PortionView


@dataclass(frozen=True)
class AskedParts:
    """The parts of one originator in a submission; `hash` is what a consent is over, 32 bytes.

    `facts` are those of the version as far as its originator may know them: `audience_ids` are of
    these parts, and `title` is empty where the title is not one of them. `title_id` says who may
    read the title, without which nobody reads a part.
    """

    facts: VersionFacts
    title_id: AudienceId
    hash: bytes
    portions: Sequence[PortionRow] = field(repr=False)
    attachments: Sequence[AttachmentRow] = field(repr=False)

    @property
    def parts(self) -> list[PortionRow | AttachmentRow]:
        """Give all of them, portions first."""
        return [*self.portions, *self.attachments]

    @property
    def names(self) -> list[tuple[str, AudienceId]]:
        """Name the parts, each with who it is for."""
        named = [(part_name(one), AudienceId(one.audience_id)) for one in self.portions]
        return named + [(one.name, AudienceId(one.audience_id)) for one in self.attachments]

    def audiences(self, known: Mapping[AudienceId, Audience]) -> list[PartAudience]:
        """Give who these parts will be for once they are released, by the name of each."""
        return [
            PartAudience(name, in_state(known[one], State.RELEASED)) for name, one in self.names
        ]


@dataclass(frozen=True)
class AskedView:
    """The parts that an originator is asked about, as its people see them."""

    portions: tuple[PortionView, ...]
    attachments: tuple[AttachmentView, ...]
    banner: MarkingView


@dataclass(frozen=True)
class AskedLine:
    """A submission that holds parts of the actor's organisation; `banner` is of those parts."""

    asked: AskedParts
    banner: MarkingView


def asked_parts(work: Work, gate: Gate, actor: Actor, version_id: VersionId) -> AskedParts:
    """Give the parts of a submission that the actor may consent to, for their organisation.

    Raises:
        Refused: there are none, or the actor may not decide on every one of them.
    """
    scope = gate.scope(work, actor, Action.CONSENT)
    carrier = next((one for one in _carriers(work, scope) if one.version_id == version_id), None)
    found = carrier and _asked(work, scope, actor.profile.organisation, carrier)
    if not found:
        raise gate.refusal(work, actor, Action.CONSENT, Subject("version", version_id))
    return found


def all_asked(work: Work, gate: Gate, actor: Actor) -> list[AskedParts]:
    """Give what the actor's organisation is asked to consent to, longest waiting first.

    For counting too: nothing of it is shown, so that the log has no entry for it.
    """
    scope = gate.scope(work, actor, Action.CONSENT)
    own = actor.profile.organisation
    found = (_asked(work, scope, own, carrier) for carrier in _carriers(work, scope))
    return [one for one in found if one is not None]


def show_asked(
    work: Work, gate: Gate, actor: Actor, asked: Sequence[AskedParts]
) -> list[AskedLine]:
    """Show what is asked as lines of a list, having written in the log which are shown."""
    scope = gate.scope(work, actor, Action.CONSENT)
    ids = frozenset().union(*(one.facts.audience_ids for one in asked))
    facts = audiences(work.session, ids)
    showing = Showing(gate, work, actor, facts)
    gate.show(
        work,
        actor,
        scope,
        ids,
        event="desk.listed",
        served_bytes=sum(content.text_size(one.facts.title) for one in asked),
        details={
            "versions": [str(one.facts.version_id) for one in asked],
            "action": str(Action.CONSENT),
        },
    )
    return [AskedLine(one, showing.banner(one.facts.audience_ids)) for one in asked]


def read_asked(work: Work, gate: Gate, actor: Actor, asked: AskedParts) -> AskedView:
    """Show the parts that are asked about, having first written in the log that they were read."""
    facts = asked.facts
    known = audiences(work.session, facts.audience_ids)
    gate.pass_through(
        work,
        actor,
        Action.CONSENT,
        facts.audience_ids,
        subject=Subject("version", facts.version_id, facts.record_id),
        event="record.reviewed",
        served_bytes=content.size_of(asked.portions),
        details={"version": facts.number, "version_hash": asked.hash.hex()},
    )
    showing = Showing(gate, work, actor, known)
    return AskedView(
        portions=tuple(showing.portion(one, facts.kind) for one in asked.portions),
        attachments=showing.attachments(asked.attachments),
        banner=showing.banner(facts.audience_ids),
    )


def foreign_parts(work: Work, version_id: VersionId) -> dict[str, bytes]:
    """Give what each foreign originator has to consent to: the hash of its parts, by its name.

    The gate must have opened every part of the version to this transaction.

    Raises:
        NotFound: it has not; a hash of less would pass for that of the whole.
    """
    opened = queries.opened(work.session, version_id)
    if opened is None:
        raise NotFound
    version, portions, attachments = opened
    known = audiences(work.session, audience_ids_in(portions, attachments))
    counts = _counts(work, version_id, RecordId(version.row.record_id))
    if sum(counts.values()) != len(portions) + len(attachments):
        raise NotFound
    whole = content.hash_of(version, portions, attachments, known)
    about = _about(version.row, version.reference)

    def hash_of(originator: str) -> bytes:
        if len(counts) == 1:
            return whole
        ids = {one for one, facts in known.items() if facts.originator == originator}
        said = [one for one in portions if one.audience_id in ids]
        carried = [one for one in attachments if one.audience_id in ids]
        return content.hash_of_parts(about | {"originator": originator}, said, carried, known)

    return {one: hash_of(one) for one in sorted(counts.keys() - {version.row.owner})}


def _carriers(work: Work, scope: Scope) -> Sequence[Row[Any]]:
    found = text("SELECT * FROM entente_carriers(:ids)")
    return work.session.execute(found, {"ids": list(scope.audience_ids)}).all()


def _asked(work: Work, scope: Scope, own: str, carrier: Row[Any]) -> AskedParts | None:
    """Give an organisation's own parts; None where one of them is out of its person's sight."""
    version_id, record_id = VersionId(carrier.version_id), RecordId(carrier.record_id)
    portions = queries.portions(work.session, scope, [version_id])
    attachments = queries.attachments(work.session, scope, [version_id])
    counts = _counts(work, version_id, record_id)
    if len(portions) + len(attachments) != counts[own]:
        return None
    ids = audience_ids_in(portions, attachments)
    known = audiences(work.session, ids)
    title = next((one.heading for one in portions if one.role == "title"), "")
    about = _about(carrier, carrier.reference) | {"originator": own}
    digest = content.hash_of_parts(about, portions, attachments, known)
    if len(counts) == 1:
        version = queries.version(work.session, scope, version_id)
        if version is None:
            return None
        digest = content.hash_of(version, portions, attachments, known)
    facts = _facts(carrier, title, ids)
    return AskedParts(facts, AudienceId(carrier.title_id), digest, portions, attachments)


def _counts(work: Work, version_id: VersionId, record_id: RecordId) -> Counter[str]:
    """Count the parts of each originator in a version, in sight or not."""
    parts = [
        one for one in queries.every_part(work.session, record_id) if one.version_id == version_id
    ]
    known = audiences(work.session, {one.audience_id for one in parts})
    counts: Counter[str] = Counter()
    for one in parts:
        counts[known[one.audience_id].originator] += one.parts_count
    return counts


def _about(version: Any, reference: str) -> dict[str, Any]:
    """Give what a consent says of the version beside its own parts: who asks, and of what."""
    return {
        "record": str(version.record_id),
        "reference": reference,
        "number": version.number,
        "owner": version.owner,
        "area": version.area,
    }


def _facts(carrier: Row[Any], title: str, ids: frozenset[AudienceId]) -> VersionFacts:
    title_id = AudienceId(carrier.title_id)
    return VersionFacts(
        version_id=VersionId(carrier.version_id),
        record_id=RecordId(carrier.record_id),
        reference=carrier.reference,
        number=carrier.number,
        state=State.SUBMITTED,
        edition=carrier.edition,
        owner=carrier.owner,
        originator=carrier.originator,
        kind=Kind(carrier.kind),
        area=Area(carrier.area),
        title=title,
        audience_id=title_id if title_id in ids else min(ids),
        audience_ids=ids,
        writers=frozenset(map(PersonId, carrier.writers)),
        submitted_by=PersonId(carrier.submitted_by) if carrier.submitted_by else None,
        submitted_at=carrier.submitted_at,
        batch_id=BatchId(carrier.batch_id) if carrier.batch_id else None,
    )
