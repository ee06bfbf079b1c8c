"""Several versions at once, each with the same care, and in a unit of work of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app import records
from app.access import Action, Actor, Gate, State
from app.core.errors import Invalid, Problem, Unavailable
from app.core.ids import BatchId, VersionId
from app.core.work import Origin, Units, Work
from app.identity import IdentityKeys
from app.release import rules
from app.release.deciding import approve_checked
from app.release.errors import ChangedMeanwhile
from app.release.procedure import Case
from app.release.review import NOT_WAITING, review
from app.release.submission import submit, was_submitted
from app.release.views import BatchReport, DecisionView, NotDone, TogetherLine

MakeActor = Callable[[Work], Actor]
Progress = Callable[[int, int], None]  # versions done with, versions in all
Outcome = Literal["done", "approved", "refused", "skipped"]
Step = Callable[[Work, Actor, VersionId], Outcome]
MOST_AT_ONCE = 20
FOUND = "Something was found in its files. Decide on it on its own page."


def look_together(
    work: Work, gate: Gate, actor: Actor, version_ids: Sequence[VersionId]
) -> tuple[TogetherLine, ...]:
    """Show several submissions on one page: each with its audience, difference and findings.

    Raises:
        Invalid: none was chosen, or too many for one look.
        Refused: the actor may neither read every part of one nor consent to it, or there is none.
    """
    chosen = list(dict.fromkeys(version_ids))
    if not chosen:
        raise Invalid("Choose the submissions to look at.")
    if len(chosen) > MOST_AT_ONCE:
        raise Invalid(f"Choose at most {MOST_AT_ONCE} submissions at once.")
    seen = [review(work, gate, actor, version_id) for version_id in chosen]
    return tuple(
        TogetherLine(
            version_id=one.record.version_id,
            review=one,
            why_not=FOUND if one.needs_override else one.steps[0].why_not,
        )
        for one in seen
    )


def release_chosen(
    units: Units,
    gate: Gate,
    make_actor: MakeActor,
    chosen: Mapping[VersionId, str],
    *,
    keys: IdentityKeys,
    origin: Origin,
) -> BatchReport:
    """Approve each version that was ticked as seen; what changed meanwhile is told, and waits.

    What was found in files and holds a release back needs a reason of its own, so it is not
    approved here.

    Args:
        chosen: of each version the content hash of what the person looked at, in hexadecimal.

    Raises:
        Invalid: none was ticked, or too many.
        Unavailable: the database does not answer; what was approved until then stays approved.
    """
    if not chosen or len(chosen) > MOST_AT_ONCE:
        raise Invalid("Tick what you have seen, at most twenty at once.")

    def step(work: Work, actor: Actor, version_id: VersionId) -> Outcome:
        def seen(case: Case) -> None:
            rules.check_seen(chosen[version_id], case.content_hash)

        return _approved(
            approve_checked(work, gate, actor, version_id, comment="", keys=keys, check=seen)
        )

    several = _Several(units, gate, make_actor, origin, skip=False)
    return several.run(None, list(chosen), step, State.SUBMITTED, _untold)


def release_batch(
    units: Units,
    gate: Gate,
    make_actor: MakeActor,
    batch_id: BatchId,
    progress: Progress,
    *,
    keys: IdentityKeys,
    origin: Origin,
    seen_at: datetime | None = None,
) -> BatchReport:
    """Approve what waits of what was imported together.

    A version that this person may not release, or not now, is listed with the reason; the others
    are released, or wait for the next approval that their markings need.

    Args:
        seen_at: when the person looked at the batch, None for now. What was submitted later is
            not what they saw, and waits.

    Raises:
        Unavailable: the database does not answer; what was released until then stays released.
    """
    looked_at = seen_at or units.clock()

    def seen(case: Case) -> None:
        if case.facts.submitted_at is None or case.facts.submitted_at > looked_at:
            raise ChangedMeanwhile("It was submitted anew after you looked at the batch.")

    def step(work: Work, actor: Actor, version_id: VersionId) -> Outcome:
        return _approved(
            approve_checked(work, gate, actor, version_id, comment="", keys=keys, check=seen)
        )

    several = _Several(units, gate, make_actor, origin)
    return several.run(batch_id, several.of_batch(batch_id), step, State.SUBMITTED, progress)


def submit_batch(
    units: Units,
    gate: Gate,
    make_actor: MakeActor,
    batch_id: BatchId,
    progress: Progress,
    *,
    origin: Origin,
    only_new: bool = False,
) -> BatchReport:
    """Submit the drafts of what was imported together.

    Args:
        only_new: leave out those that were submitted before, and given back.

    Raises:
        Unavailable: the database does not answer; what was submitted until then stays submitted.
    """

    def step(work: Work, actor: Actor, version_id: VersionId) -> Outcome:
        if not (only_new and was_submitted(work, gate, actor, version_id)):
            submit(work, gate, actor, version_id)
        return "done"

    several = _Several(units, gate, make_actor, origin)
    return several.run(batch_id, several.of_batch(batch_id), step, State.DRAFT, progress)


@dataclass(frozen=True)
class _Several:
    """Takes a step with each; `skip` leaves out silently what is not in the state for it."""

    units: Units
    gate: Gate
    make_actor: MakeActor
    origin: Origin
    skip: bool = True

    def of_batch(self, batch_id: BatchId) -> list[VersionId]:
        """Name the versions of a batch that the person sees."""
        with self.units.begin(self.origin) as work:
            actor = self.make_actor(work)
            return records.versions_of_batch(work, self.gate, actor, batch_id)

    def run(
        self,
        batch_id: BatchId | None,
        versions: Sequence[VersionId],
        step: Step,
        state: State,
        progress: Progress,
    ) -> BatchReport:
        """Take the step with every version that is in this state."""
        by: dict[Outcome, list[VersionId]] = {}
        refused: list[NotDone] = []
        for count, version_id in enumerate(versions, start=1):
            outcome, reason = self._one(step, state, version_id)
            by.setdefault(outcome, []).append(version_id)
            if outcome == "refused":
                refused.append(NotDone(version_id, reason))
            progress(count, len(versions))
        return BatchReport(
            batch_id=batch_id,
            done=tuple(by.get("done", ())),
            refused=tuple(refused),
            skipped_count=len(by.get("skipped", ())),
            approved=tuple(by.get("approved", ())),
        )

    def _one(self, step: Step, state: State, version_id: VersionId) -> tuple[Outcome, str]:
        """Take the step with one version; where it is refused, say why."""
        reference = ""
        try:
            with self.units.begin(self.origin) as work:
                actor = self.make_actor(work)
                facts = records.version_facts(work, self.gate, actor, Action.READ, version_id)
                reference = f"{facts.reference}: "
                if facts.state is not state:
                    return ("skipped" if self.skip else "refused", f"{reference}{NOT_WAITING}")
                return step(work, actor, version_id), ""
        except Unavailable:
            raise
        except Problem as problem:
            return "refused", f"{reference}{_told(problem)}"


def _approved(decision: DecisionView) -> Outcome:
    return "done" if decision.releases else "approved"


def _told(problem: Problem) -> str:
    fields = getattr(problem, "fields", {})
    return " ".join([problem.detail or problem.title, *fields.values()])


def _untold(done_count: int, count: int) -> None:
    """Tell nobody how far it is: the page comes when all of it is done."""
