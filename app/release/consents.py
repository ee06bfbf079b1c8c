"""Consent of originators: each decides on exactly its own parts of another's submission.

Where a whole version is somebody else's information, its parts are all of them: there is one way.
A consent is signed over the hash of these parts and who they are for. Any edit of them voids it,
and no other edit does.
"""

from collections.abc import Mapping
from dataclasses import replace

from app import notices, parties, records
from app.access import Action, Actor, Gate, Role, audiences
from app.core.ids import PersonId, VersionId
from app.core.work import Work
from app.identity import IdentityKeys
from app.labels import combine, planned_lines
from app.notices import Kind
from app.parties import PersonName
from app.records import AskedParts
from app.release import decisions, queries, rules
from app.release.audience import exact_audience_of_parts
from app.release.decisions import Draft
from app.release.errors import OwnWork
from app.release.procedure import Case, awaited, check_person, pass_gate, remembered
from app.release.telling import settle_decided
from app.release.views import (
    AudiencePreview,
    ConsentLine,
    ConsentView,
    DecisionKind,
    DecisionView,
)


def consent(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    *,
    seen_hash: str,
    comment: str = "",
    keys: IdentityKeys,
) -> DecisionView:
    """Let the owner release the originator's parts, to exactly the audience that was shown, signed.

    Raises:
        Refused: the actor may not consent to every part of their organisation's, or there is none.
        OwnWork: not they.
        ChangedMeanwhile: it is not what they looked at.
    """
    case, asked = _open(work, gate, actor, version_id)
    rules.check_seen(seen_hash, asked.hash)
    audience = _audience(work, gate, asked)
    lowered = _lowered(work, gate, actor, asked)
    pass_gate(
        work,
        gate,
        actor,
        case,
        "record.consented",
        parts=len(asked.names),
        audience_people=audience.total,
        audience_hash=audience.people_hash_hex,
    )
    schemes = gate.keeper.current.schemes
    signed = decisions.sign(
        work,
        actor,
        _draft(case, comment, "consent"),
        keys,
        markings=[*map(schemes.text, case.markings), *case.planned],
        audience=audience,
        parts={"names": [name for name, _ in asked.names], "lowered": list(lowered)},
    )
    ours = parties.people_in(work.session, actor.profile.organisation, Role.RELEASE_AUTHORITY)
    notices.settle(work, f"/desk/{version_id}/consent", ours)
    _answered(work, actor, case)
    return signed


def decline(
    work: Work, gate: Gate, actor: Actor, version_id: VersionId, *, comment: str
) -> DecisionView:
    """Decline that the originator's parts go on, with a reason; the version is a draft again.

    Raises:
        Refused: the actor may not decide on every part of their organisation's, or there is none.
        OwnWork: not they.
        Invalid: the reason is missing.
    """
    case, _ = _open(work, gate, actor, version_id)
    reason = rules.check_reason(comment)
    permit = pass_gate(work, gate, actor, case, "record.declined")
    about = {"declined_by": actor.profile.organisation}
    written = decisions.write(work, actor, _draft(case, reason, "return"), about=about)
    settle_decided(work, case)
    _answered(work, actor, case)
    records.reopen(work, gate, permit, version_id)
    return written


def consent_view(work: Work, gate: Gate, actor: Actor, version_id: VersionId) -> ConsentView:
    """Show an originator its parts, who they are for, and what of them is marked lower.

    Raises:
        Refused: the actor may not decide on every part of their organisation's, or there is none.
    """
    asked = records.asked_parts(work, gate, actor, version_id)
    case = _case(work, gate, actor, asked)
    given = queries.consents(work.session, case.scopes, [version_id]).get(version_id, frozenset())
    by = asked.facts.submitted_by
    names = parties.names(work.session, [by] if by else [])
    return ConsentView(
        version_id=version_id,
        record_id=asked.facts.record_id,
        reference=asked.facts.reference,
        number=asked.facts.number,
        title=asked.facts.title,
        owner=asked.facts.owner,
        originator=actor.profile.organisation,
        parts=records.read_asked(work, gate, actor, asked),
        preview=_audience(work, gate, asked),
        lowered=_lowered(work, gate, actor, asked),
        seen_hash=asked.hash.hex(),
        submitted_by=names.get(by) if by else None,
        submitted_at=asked.facts.submitted_at,
        consented=asked.hash in given,
        why_not=_why_not(work, actor, case),
    )


def consents_asked(work: Work, gate: Gate, actor: Actor) -> tuple[ConsentLine, ...]:
    """List what waits for the consent of the actor's organisation, longest first."""
    open_ones = _open_ones(work, gate, actor)
    lines = records.show_asked(work, gate, actor, open_ones)
    people = {one.facts.submitted_by for one in open_ones if one.facts.submitted_by}
    names = parties.names(work.session, people)
    return tuple(
        ConsentLine(
            version_id=line.asked.facts.version_id,
            record_id=line.asked.facts.record_id,
            reference=line.asked.facts.reference,
            number=line.asked.facts.number,
            title=line.asked.facts.title,
            owner=line.asked.facts.owner,
            parts=rules.name_parts([name for name, _ in line.asked.names]),
            banner=line.banner,
            submitted_by=_named(names, line.asked.facts.submitted_by),
            submitted_at=line.asked.facts.submitted_at,
            why_not=_why_not(work, actor, _case(work, gate, actor, line.asked)),
        )
        for line in lines
    )


def consents_count(work: Work, gate: Gate, actor: Actor) -> int:
    """Count what waits for the consent of the actor's organisation; nothing of it is shown."""
    if Role.RELEASE_AUTHORITY not in actor.profile.roles:
        return 0
    asked = _open_ones(work, gate, actor)
    return sum(not _why_not(work, actor, _case(work, gate, actor, one)) for one in asked)


def ask_originators(work: Work, case: Case) -> None:
    """Tell the release authorities of each foreign originator that their consent is asked for.

    One who consented to exactly these parts already, before the version was returned, is not.
    """
    version_id = case.facts.version_id
    hashes = records.foreign_parts(work, version_id)
    for originator in awaited(work, case):
        people = parties.people_in(work.session, originator, Role.RELEASE_AUTHORITY)
        notices.tell(
            work,
            Kind.CONSENT_ASKED,
            people,
            path=f"/desk/{version_id}/consent",
            audience_id=case.facts.audience_id,
            key=f"consent:{version_id}:{hashes[originator].hex()}",
        )


def _open(work: Work, gate: Gate, actor: Actor, version_id: VersionId) -> tuple[Case, AskedParts]:
    """Take up the originator's parts to decide on them, and hold the version still."""
    queries.hold(work.session, version_id)
    asked = records.asked_parts(work, gate, actor, version_id)
    case = _case(work, gate, actor, asked)
    with remembered(actor, case.action, case.facts):
        for_whom = check_person(work, actor, case, case.action)
    return replace(case, for_whom=for_whom), asked


def _case(work: Work, gate: Gate, actor: Actor, asked: AskedParts) -> Case:
    """Make a case of the originator's parts alone: they are all that it sees and decides on."""
    known = audiences(work.session, asked.facts.audience_ids).values()
    schemes = gate.keeper.current.schemes
    whole = combine(schemes, [one.label for one in known]).at(work.now)
    return Case(
        action=Action.CONSENT,
        facts=asked.facts,
        scopes=(gate.scope(work, actor, Action.CONSENT), gate.scope(work, actor, Action.READ)),
        content_hash=asked.hash,
        markings=whole.markings,
        planned=tuple(planned_lines(schemes, whole)),
        files=(),
        needed_count=1,
    )


def _open_ones(work: Work, gate: Gate, actor: Actor) -> list[AskedParts]:
    asked = records.all_asked(work, gate, actor)
    scopes = (gate.scope(work, actor, Action.CONSENT),)
    given = queries.consents(work.session, scopes, [one.facts.version_id for one in asked])
    return [one for one in asked if one.hash not in given.get(one.facts.version_id, frozenset())]


def _audience(work: Work, gate: Gate, asked: AskedParts) -> AudiencePreview:
    known = audiences(work.session, {asked.title_id, *asked.facts.audience_ids})
    title, parts = known[asked.title_id], asked.audiences(known)
    return exact_audience_of_parts(work, gate, asked.facts.version_id, parts, title)


def _lowered(work: Work, gate: Gate, actor: Actor, asked: AskedParts) -> tuple[str, ...]:
    return records.lowerings(work, gate, actor, asked.facts.record_id, asked.parts)


def _why_not(work: Work, actor: Actor, case: Case) -> str:
    try:
        check_person(work, actor, case, Action.CONSENT)
    except OwnWork as problem:
        return problem.detail
    return ""


def _draft(case: Case, comment: str, kind: DecisionKind) -> Draft:
    audience_id = case.facts.audience_id
    return Draft(case.facts, kind, case.content_hash, comment, audience_id, case.for_whom)


def _answered(work: Work, actor: Actor, case: Case) -> None:
    """Tell whoever submitted the version that an originator has answered."""
    people = {case.facts.submitted_by} - {None, actor.person}
    notices.tell(
        work,
        Kind.CONSENT_ANSWERED,
        [one for one in people if one is not None],
        path=f"/desk/{case.facts.version_id}",
        record_id=case.facts.record_id,
    )


def _named(names: Mapping[PersonId, PersonName], person: PersonId | None) -> PersonName | None:
    return names.get(person) if person else None
