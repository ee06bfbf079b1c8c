"""What every decision begins with: the version in sight whole, a second person, a sure sign-in."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from app import parties, records
from app.access import Action, Actor, Gate, Permit, Scope, Subject, audiences
from app.core.ids import PersonId, VersionId
from app.core.journal import Detail, Event, Typed
from app.core.work import Work
from app.labels import Marking, combine, planned_lines
from app.records import Inspected, VersionFacts
from app.release import queries, rules
from app.release.decisions import person_of, whom
from app.release.errors import ApprovedAlready, OwnWork
from app.release.models import DecisionRow


@dataclass(frozen=True)
class Case:
    """A submitted version before somebody whom nothing keeps from deciding on it.

    `markings` are those of the whole now, `planned` what they are to become. `needed_count`
    approvals release it. `for_whom` is whom they stand in for as a deputy; None
    where they decide by themselves.
    """

    action: Action
    facts: VersionFacts
    scopes: tuple[Scope, ...]
    content_hash: bytes
    markings: tuple[Marking, ...]
    planned: tuple[str, ...]
    files: tuple[Inspected, ...]
    needed_count: int
    for_whom: PersonId | None = None


def open_case(work: Work, gate: Gate, actor: Actor, action: Action, version_id: VersionId) -> Case:
    """Take up a submitted version to decide on it.

    Raises:
        Refused: the actor may not do this to every part of it, or there is none.
        OwnWork: they submitted it or wrote a part of it, or stand in for somebody who did.
        ApprovedAlready: they approve, and did already.
    """
    case = take_up(work, gate, actor, action, version_id)
    with remembered(actor, action, case.facts):
        for_whom = check_person(work, actor, case, action)
    return replace(case, for_whom=for_whom)


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
    labels = [audience.label.at(work.now) for audience in known.values()]
    every = [marking for label in labels for marking in label.markings]
    schemes = gate.keeper.current.schemes
    whole = combine(schemes, [audience.label for audience in known.values()]).at(work.now)
    return Case(
        action=action,
        facts=facts,
        scopes=scopes,
        content_hash=content_hash,
        markings=whole.markings,
        planned=tuple(planned_lines(schemes, whole)),
        files=records.inspected(work, gate, version_id),
        needed_count=gate.keeper.approvals.needed(schemes, every),
    )


@contextmanager
def remembered(actor: Actor, action: Action, facts: VersionFacts) -> Iterator[None]:
    """Have a refusal by the procedure remembered in the journal, like one by the policies."""
    try:
        yield
    except (OwnWork, ApprovedAlready) as problem:
        problem.event = _denial(actor, action, facts, type(problem).__name__)
        raise


def check_consent(work: Work, case: Case) -> None:
    """Check that other originators' information goes out only as each of them agreed to.

    Raises:
        AwaitsConsent: exactly these parts have no consent of their originator; says whose.
    """
    missing = awaited(work, case)
    names = parties.organisation_names(work.session, missing) if missing else {}
    rules.check_consented([names.get(slug, slug) for slug in missing])


def awaited(work: Work, case: Case) -> tuple[str, ...]:
    """Name the foreign originators who have not consented to exactly their parts as they stand."""
    version_id = case.facts.version_id
    given = queries.consents(work.session, case.scopes, [version_id])
    asked = records.foreign_parts(work, version_id)
    return rules.awaited(asked, given.get(version_id, frozenset()))


def check_person(work: Work, actor: Actor, case: Case, action: Action) -> PersonId | None:
    """Check what is asked of the person beside their roles: four eyes; give for whom they decide.

    Raises:
        OwnWork: they submitted it or wrote a part of it, or stand in for somebody who did.
        ApprovedAlready: they approve, and did already.
    """
    facts = case.facts
    person = person_of(actor)
    submitters = submitters_of(work, case)
    rules.check_four_eyes(person, submitters=submitters, writers=facts.writers)
    approvers: set[PersonId] = set()
    if action is Action.APPROVE:
        approvers = approvers_of(standing_approvals(work, case))
        rules.check_not_approved(person, approvers)
    return rules.acting_for(delegators_of(actor), {*submitters, *facts.writers, *approvers})


def submitters_of(work: Work, case: Case) -> set[PersonId]:
    """Name everybody who ever submitted the version."""
    earlier = queries.of_version(work.session, case.scopes, case.facts.version_id)
    submitters = {PersonId(row.person_id) for row in earlier if row.kind == "submit"}
    return submitters | ({case.facts.submitted_by} if case.facts.submitted_by else set())


def barred_of(work: Work, case: Case) -> set[PersonId]:
    """Name who may not approve it any more: who submitted, wrote or approved it."""
    approvers = approvers_of(standing_approvals(work, case))
    return submitters_of(work, case) | set(case.facts.writers) | approvers


def standing_approvals(work: Work, case: Case) -> tuple[DecisionRow, ...]:
    """Give the approvals that count: of this exact content, given since it was last submitted."""
    ids = [case.facts.version_id]
    _, approvals = queries.submitted(work.session, case.scopes, ids)
    rows = approvals.get(case.facts.version_id, ())
    return tuple(row for row in rows if row.content_hash == case.content_hash)


def approvers_of(approvals: Iterable[DecisionRow]) -> set[PersonId]:
    """Name who approved, and for whom: each of these has had their say."""
    return {
        person
        for row in approvals
        for person in (PersonId(row.person_id), whom(row.statement))
        if person is not None
    }


def delegators_of(actor: Actor) -> frozenset[PersonId]:
    """Name whom somebody stands in for; nobody, where they hold release authority themselves."""
    return frozenset(PersonId(UUID(one.by)) for one in actor.profile.delegations)


def pass_gate(
    work: Work, gate: Gate, actor: Actor, case: Case, event: str, **details: Detail
) -> Permit:
    """Pass the gate with every part of the version, and have it written in the journal."""
    told: Mapping[str, Detail] = {
        "version": case.facts.number,
        "version_hash": case.content_hash.hex(),
        **({"for": str(case.for_whom)} if case.for_whom else {}),
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
