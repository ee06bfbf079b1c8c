"""What was imported together, submitted and released together: each version with the same care."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app import records
from app.access import Action, Actor, Gate, State
from app.core.errors import Problem, Unavailable
from app.core.ids import BatchId, VersionId
from app.core.work import Origin, Units, Work
from app.identity import IdentityKeys
from app.release.deciding import approve_checked
from app.release.errors import ChangedMeanwhile
from app.release.procedure import Case
from app.release.submission import submit, was_submitted
from app.release.views import BatchReport, NotDone

MakeActor = Callable[[Work], Actor]
Progress = Callable[[int, int], None]  # versions done with, versions in all
Step = Callable[[Work, Actor, VersionId], object]


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
    """Release what waits of a batch, each version in a unit of work of its own.

    A version that this person may not release, or not now, is listed with the reason; the others
    are released.

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

    def step(work: Work, actor: Actor, version_id: VersionId) -> object:
        return approve_checked(work, gate, actor, version_id, comment="", keys=keys, check=seen)

    batch = _Batch(units, gate, make_actor, batch_id, origin)
    return batch.run(step, State.SUBMITTED, progress)


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
    """Submit the drafts of a batch, each in a unit of work of its own.

    Args:
        only_new: leave out those that were submitted before, and given back.

    Raises:
        Unavailable: the database does not answer; what was submitted until then stays submitted.
    """

    def step(work: Work, actor: Actor, version_id: VersionId) -> object:
        if only_new and was_submitted(work, gate, actor, version_id):
            return None
        return submit(work, gate, actor, version_id)

    batch = _Batch(units, gate, make_actor, batch_id, origin)
    return batch.run(step, State.DRAFT, progress)


@dataclass(frozen=True)
class _Batch:
    units: Units
    gate: Gate
    make_actor: MakeActor
    batch_id: BatchId
    origin: Origin

    def run(self, step: Step, state: State, progress: Progress) -> BatchReport:
        """Take the step with every version that is in this state."""
        done: list[VersionId] = []
        refused: list[NotDone] = []
        versions = self._versions()
        for count, version_id in enumerate(versions, start=1):
            reason = self._one(step, state, version_id)
            if reason is None:
                done.append(version_id)
            elif reason:
                refused.append(NotDone(version_id, reason))
            progress(count, len(versions))
        skipped_count = len(versions) - len(done) - len(refused)
        return BatchReport(self.batch_id, tuple(done), tuple(refused), skipped_count)

    def _versions(self) -> list[VersionId]:
        with self.units.begin(self.origin) as work:
            actor = self.make_actor(work)
            return records.versions_of_batch(work, self.gate, actor, self.batch_id)

    def _one(self, step: Step, state: State, version_id: VersionId) -> str | None:
        """Take the step with one version; give None when done, else why not, "" for no need."""
        reference = ""
        try:
            with self.units.begin(self.origin) as work:
                actor = self.make_actor(work)
                facts = records.version_facts(work, self.gate, actor, Action.READ, version_id)
                reference = facts.reference
                if facts.state is not state:
                    return ""
                step(work, actor, version_id)
        except Unavailable:
            raise
        except Problem as problem:
            return f"{reference}: {_told(problem)}" if reference else _told(problem)
        return None


def _told(problem: Problem) -> str:
    fields = getattr(problem, "fields", {})
    return " ".join([problem.detail or problem.title, *fields.values()])
