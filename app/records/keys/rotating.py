"""Wraps every data key of an organisation anew, under its newest key; no body is ever read.

What the rows say is the progress: an attachment is left to do exactly while an older key wraps it.
So rotation goes on wherever it broke off, two at once help each other, and whatever changed between
reading and writing is left for the next pass.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app import parties
from app.access import Audience, Gate, audiences
from app.core.errors import NotFound
from app.core.ids import AudienceId
from app.core.journal import Event
from app.core.work import Origin, Units, Work
from app.labels import Label
from app.records.keys import queries
from app.records.keys.queries import Wrapped
from app.records.sealing import COLUMNS, SealedRow, sealed_files
from app.vault import ORGANISATION, KeyProvider, NotAuthentic, OrgKey

AT_ONCE = 20  # attachments in a unit of work: a provider across a network takes seconds for them
Watch = Callable[[int, int], None]


def unwatched(done_count: int, count: int) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class Damaged:
    """An attachment whose wrapping is not what was written; it stays as it is."""

    reference: str
    attachment: UUID


@dataclass
class Rotated:
    """What a rotation did; `made` tells whether it began with a new key or went on with one."""

    key_id: str
    made: bool
    rewrapped: int = 0
    damaged: list[Damaged] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """What is to be wrapped by another key: what these keys wrap, of these audiences or of all."""

    keys: tuple[str, ...]
    audience_ids: tuple[AudienceId, ...] | None = None


@dataclass(frozen=True)
class Rotation:
    """The parts that a rotation needs, and whose attachments it is about."""

    units: Units
    gate: Gate
    keys: KeyProvider
    organisation: str
    arrangement: str
    origin: Origin

    def run(
        self,
        watch: Watch = unwatched,
        *,
        anew: bool = False,
        away_from: Collection[str] = (),
        stay: Collection[UUID] | None = None,
    ) -> Rotated:
        """Wrap what older keys wrap under the newest: made now, unless a rotation is unfinished.

        Args:
            anew: make a new key in any case.
            away_from: keys that the attachments must leave, so none of them may be the newest.
            stay: files whose wrapping stays; left out, those that open requests to destroy name.

        Raises:
            NotFound: there is no such organisation.
            KeyUnavailable: the provider does not answer; what was done stays done.
        """
        rotated, waiting = self._begin(anew, away_from, stay)
        before = -1
        while before != rotated.rewrapped:  # the last pass finds that nothing is left to do
            before = rotated.rewrapped
            rotated.damaged.clear()
            for _ in self._pass(rotated, stay):
                watch(rotated.rewrapped, max(waiting, rotated.rewrapped))
        return rotated

    def _begin(
        self, anew: bool, away_from: Collection[str], stay: Collection[UUID] | None
    ) -> tuple[Rotated, int]:
        slug = self.organisation
        with self.units.begin(self.origin) as work:
            if not parties.organisation_names(work.session, [slug]):
                raise NotFound(f"There is no organisation {slug}.")
            queries.one_rotation_at_a_time(work.session, slug)
            living = living_keys(work, self.keys, slug)
            anew = anew or not living or living[-1].id in away_from
            if anew or not self._is_unfinished(work, living, stay):
                anew = True
                living = [*living, self.keys.create_key(slug)]
            key_id = living[-1].id
            waiting = count_waiting(work, self.gate, living)
            work.record(
                Event(
                    type="key.rotated",
                    subject=f"organisation:{slug}",
                    organisations=frozenset({slug}),
                    details={"key": key_id, "made": anew, "waiting": waiting},
                )
            )
        return Rotated(key_id, anew), waiting

    def _is_unfinished(
        self, work: Work, living: Sequence[OrgKey], stay: Collection[UUID] | None
    ) -> bool:
        staying = self._staying(work, stay)
        return any(
            item.file not in staying
            for source in sources(work, self.gate, living)
            for item in queries.every_wrapped_by(work.session, source.keys, source.audience_ids)
        )

    def _staying(self, work: Work, stay: Collection[UUID] | None) -> Collection[UUID]:
        return queries.targets(work.session, work.now) if stay is None else stay

    def _pass(self, rotated: Rotated, stay: Collection[UUID] | None) -> Iterator[None]:
        with self.units.begin(self.origin) as work:
            living = living_keys(work, self.keys, self.organisation)
            found = sources(work, self.gate, living)
        for source in found:
            after = UUID(int=0)
            while True:
                with self.units.begin(self.origin) as work:
                    batch = queries.wrapped_by(
                        work.session, source.keys, source.audience_ids, after=after, most=AT_ONCE
                    )
                    staying = self._staying(work, stay)
                    moving = [item for item in batch if item.file not in staying]
                    self._rewrap(work, moving, source, rotated)
                if not batch:
                    break
                after = batch[-1].row.id
                yield

    def _rewrap(
        self, work: Work, batch: Sequence[Wrapped], source: Source, rotated: Rotated
    ) -> None:
        """Wrap all first, since providers may be slow; what is written comes last, and is short."""
        facts = audiences(work.session, {AudienceId(item.row.audience_id) for item in batch})
        wrapped = []
        for item in batch:
            audience = facts[AudienceId(item.row.audience_id)]
            try:
                wrapped.append((item, audience, self._wrap(item, audience.label, source.keys)))
            except NotAuthentic:
                rotated.damaged.append(Damaged(item.reference, item.row.id))
        for item, audience, files in wrapped:
            values = {COLUMNS[after.form]: after.to_json() for _, after in files}
            done = queries.rewrap(work.session, item.row, values)
            rotated.rewrapped += done
            for before, after in files:
                self._tell_of(work, item, audience, before, after, done=done)

    def _wrap(
        self, item: Wrapped, label: Label, keys: Collection[str]
    ) -> list[tuple[SealedRow, SealedRow]]:
        """Give the files that one of these keys wraps, before and after.

        Raises:
            NotAuthentic: a wrapping is not what was written.
        """
        schemes = self.gate.keeper.current.schemes
        found = []
        for file in sealed_files(item.row):
            if file.envelope.key_id in keys and not file.envelope.destroyed:
                binding = file.binding(item.row, item.originator, self.arrangement)
                new = file.seal_label(label, schemes)
                found.append((file, file.relabelled(binding, label, new, self.keys)))
        return found

    def _tell_of(
        self,
        work: Work,
        item: Wrapped,
        audience: Audience,
        before: SealedRow,
        after: SealedRow,
        *,
        done: bool,
    ) -> None:
        """Write in the journal that a data key was unwrapped, also where it changed meanwhile."""
        schemes = self.gate.keeper.current.schemes
        work.record(
            Event(
                type="attachment.rewrapped",
                subject=f"attachment:{item.row.id}",
                record=item.row.record_id,
                organisations=frozenset({item.owner, item.originator}),
                audience=AudienceId(item.row.audience_id),
                markings=tuple(map(schemes.text, audience.label.at(work.now).markings)),
                details={
                    "key": before.envelope.key_id,
                    "new_key": after.envelope.key_id,
                    "form": before.form,
                    "done": done,
                },
            )
        )


def living_keys(work: Work, keys: KeyProvider, organisation: str) -> list[OrgKey]:
    """Give the keys of an organisation that may wrap anything of it, its newest last."""
    doomed = queries.doomed_keys(work.session)
    return [
        key
        for key in keys.list_keys()
        if (key.organisation, key.purpose) == (organisation, ORGANISATION)
        and key.destroyed_at is None
        and key.id not in doomed
    ]


def sources(work: Work, gate: Gate, living: Sequence[OrgKey]) -> list[Source]:
    """Give what is to be wrapped by another key: by the newest, or each by one of its own."""
    if not living:
        return []
    *older, newest = (key.id for key in living)
    schemes = gate.keeper.current.schemes
    ids = {use.audience_id for use in queries.uses(work.session) if use.key_id == newest}
    alone = tuple(
        one
        for one, facts in audiences(work.session, ids).items()
        if schemes.needs_own_key(facts.label)
    )
    found = [Source(tuple(older))] if older else []
    return [*found, Source((newest,), alone)] if alone else found


def count_waiting(work: Work, gate: Gate, living: Sequence[OrgKey]) -> int:
    """Say how many attachments of an organisation wait to be wrapped by another key."""
    found = sources(work, gate, living)
    return sum(
        use.count
        for use in queries.uses(work.session)
        for source in found
        if use.key_id in source.keys
        and (source.audience_ids is None or use.audience_id in source.audience_ids)
    )
