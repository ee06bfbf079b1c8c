"""Whom the procedure tells of what: notices, in the transaction of the decision."""

from collections.abc import Collection

from app import notices, parties
from app.access import Gate
from app.core.ids import PersonId
from app.core.work import Work
from app.notices import Kind
from app.release.procedure import Case


def tell_deciding(work: Work, gate: Gate, case: Case, nobody: Collection[PersonId]) -> None:
    """Tell who may decide that a submission waits for them, but for those who had their say."""
    schemes = gate.keeper.current.schemes
    people = {one.person for one in parties.authorities(work, schemes, case.facts.owner)}
    _tell(work, case, Kind.SUBMISSION_WAITS, people - set(nobody) - case.facts.writers)


def settle_decided(work: Work, case: Case, *, consent: bool = True) -> None:
    """Let a version stand as new to nobody whose decision, or `consent`, it waited for."""
    notices.settle(work, _page(case))
    if consent:
        notices.settle(work, f"{_page(case)}/consent")


def tell_submitter(work: Work, case: Case, kind: Kind, actor: PersonId) -> None:
    """Tell whoever submitted a version what became of it."""
    submitted_by = case.facts.submitted_by
    if submitted_by is not None and submitted_by != actor:
        _tell(work, case, kind, {submitted_by})


def _tell(work: Work, case: Case, kind: Kind, people: Collection[PersonId]) -> None:
    facts = case.facts
    notices.tell(
        work,
        kind,
        people,
        path=_page(case),
        record_id=facts.record_id,
        said={"reference": facts.reference},
    )


def _page(case: Case) -> str:
    return f"/desk/{case.facts.version_id}"
