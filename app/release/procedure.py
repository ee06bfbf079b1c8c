"""What every decision begins with: the version in sight whole, a second person, a sure sign-in."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from app import records
from app.access import Action, Actor, Gate, Permit, Scope, Subject, audiences
from app.core.ids import PersonId, VersionId
from app.core.journal import Detail, Event, Typed
from app.core.work import Work
from app.labels import Marking
from app.records import Inspected, VersionFacts
from app.release import queries, rules
from app.release.decisions import person_of
from app.release.errors import OwnWork


@dataclass(frozen=True)
class Case:
    """A submitted version before somebody whom nothing keeps from deciding on it."""

    action: Action
    facts: VersionFacts
    scopes: tuple[Scope, ...]
    content_hash: bytes
    markings: tuple[Marking, ...]
    files: tuple[Inspected, ...]


def open_case(work: Work, gate: Gate, actor: Actor, action: Action, version_id: VersionId) -> Case:
    """Take up a submitted version to decide on it.

    Raises:
        Refused: the actor may not do this to every part of it, or there is none.
        OwnWork: they submitted it or wrote a part of it.
    """
    case = take_up(work, gate, actor, action, version_id)
    with remembered(actor, action, case.facts):
        check_person(work, actor, case)
    return case


def take_up(work: Work, gate: Gate, actor: Actor, action: Action, version_id: VersionId) -> Case:
    """Find a version with everything that a decision on it rests on, and hold it still.

    Every decision on the version waits until this transaction ends: between the look at the
    content and the release of it, nobody can return it, change it and submit it anew.

    Raises:
        Refused: the actor may not do this to every part of it, or there is none.
    """
    queries.hold(work.session, version_id)
    facts = records.version_facts(work, gate, actor, action, version_id)
    content_hash = records.content_hash(work, version_id)
    scopes = gate.scope(work, actor, action), gate.scope(work, actor, Action.READ)
    known = audiences(work.session, facts.audience_ids)
    every = (marking for audience in known.values() for marking in audience.label.markings)
    markings = gate.keeper.current.schemes.high_water(every)
    files = records.inspected(work, gate, version_id)
    return Case(action, facts, scopes, content_hash, markings, files)


@contextmanager
def remembered(actor: Actor, action: Action, facts: VersionFacts) -> Iterator[None]:
    """Have a refusal by the procedure remembered in the journal, like one by the policies."""
    try:
        yield
    except OwnWork as problem:
        problem.event = _denial(actor, action, facts, type(problem).__name__)
        raise


def check_consent(work: Work, case: Case) -> None:
    """Check that another originator's information goes out only as that originator agreed to.

    Raises:
        AwaitsConsent: this exact content has no consent.
    """
    facts = case.facts
    given = queries.consents(work.session, case.scopes, [facts.version_id])
    rules.check_consented(
        owner=facts.owner,
        originator=facts.originator,
        consented=given.get(facts.version_id, frozenset()),
        content_hash=case.content_hash,
    )


def check_person(work: Work, actor: Actor, case: Case) -> None:
    """Check what is asked of the person beside their roles: four eyes.

    Raises:
        OwnWork: they submitted it or wrote a part of it.
    """
    facts = case.facts
    earlier = queries.of_version(work.session, case.scopes, facts.version_id)
    submitters = {PersonId(row.person_id) for row in earlier if row.kind == "submit"}
    if facts.submitted_by is not None:
        submitters.add(facts.submitted_by)
    rules.check_four_eyes(
        person_of(actor),
        submitters=submitters,
        writers=facts.writers,
    )


def pass_gate(
    work: Work, gate: Gate, actor: Actor, case: Case, event: str, **details: Detail
) -> Permit:
    """Pass the gate with every part of the version, and have it written in the journal."""
    told: Mapping[str, Detail] = {
        "version": case.facts.number,
        "version_hash": case.content_hash.hex(),
        **details,
    }
    return gate.pass_through(
        work,
        actor,
        case.action,
        case.facts.audience_ids,
        subject=Subject("version", case.facts.version_id, case.facts.record_id),
        event=event,
        details=told,
    )


def override_of(work: Work, case: Case) -> str:
    """Give the reason that the submitter wrote for what was found in the files, "" for none."""
    ids = [case.facts.version_id]
    submitted = queries.last_submissions(work.session, case.scopes, ids).get(case.facts.version_id)
    return str(submitted.statement.get("override", "")) if submitted else ""


def record_override(work: Work, gate: Gate, actor: Actor, case: Case, reason: str) -> None:
    """Have it written in the journal that a person goes on in spite of what was found, and why."""
    if reason:
        kinds = {one.kind for file in case.files for one in file.findings if one.blocking}
        kinds |= {"not-inspected" for file in case.files if file.state == "failed"}
        told: dict[str, Detail] = {"kinds": sorted(kinds), "reason": Typed(reason)}
        pass_gate(work, gate, actor, case, "findings.overridden", **told)


def _denial(actor: Actor, action: Action, facts: VersionFacts, reason: str) -> Event:
    return Event(
        type=f"{action}.refused",
        subject=str(Subject("version", facts.version_id)),
        record=facts.record_id,
        actor=str(actor.person or ""),
        organisation=actor.profile.organisation,
        agreement=actor.agreement,
        organisations=actor.organisations | {facts.owner, facts.originator},
        decision="deny",
        audience=facts.audience_id,
        details={"exists": True, "reason": reason},
    )
