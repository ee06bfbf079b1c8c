"""What notices are about, for one reader as they stand now: through their scope, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.access import Actor, Gate, Scope, audiences
from app.core.ids import AudienceId, RecordId
from app.core.work import Work
from app.labels import Label
from app.notices.ceiling import Ceiling
from app.notices.kinds import OWN_AFFAIRS, Kind, sentence
from app.notices.models import NoticeRow
from app.records import TitleInSight, text_size, titles_in_sight

KNOWN = frozenset(kind.value for kind in Kind)
GONE = "Something that you were told of is no longer here for you."


@dataclass(frozen=True)
class Told:
    """A notice, with the title that its reader sees; `beside` is the label of what else it is of.

    `hidden`: it names a record that its reader does not see, or no longer. `party`: in whose clock
    its reader reads.
    """

    row: NoticeRow
    title: TitleInSight | None
    beside: Label | None
    hidden: bool
    party: str = ""

    @property
    def gone(self) -> bool:
        """Tell whether nothing of it is left for its reader."""
        return self.hidden and self.kind not in OWN_AFFAIRS

    @property
    def kind(self) -> Kind:
        """Give what it tells of."""
        return Kind(self.row.kind)

    @property
    def sentence(self) -> str:
        """Say it; of what is gone, only that."""
        return GONE if self.gone else sentence(self.kind, self.row.said, self.party)

    def may_leave(self, gate: Gate, ceiling: Ceiling, now: datetime) -> bool:
        """Tell whether a mail may say what this is about; what is hidden has an unknown marking."""
        labels = [one for one in (self.title.label if self.title else None, self.beside) if one]
        schemes = gate.keeper.current.schemes
        return not self.hidden and all(ceiling.carries(schemes, one, now) for one in labels)


def look_up(
    work: Work, gate: Gate, actor: Actor, rows: Sequence[NoticeRow]
) -> tuple[Scope, list[Told]]:
    """Find what notices are about in the reader's scope; whoever shows it calls `shown` first.

    A notice of a kind that there is no more is left out.
    """
    rows = [row for row in rows if row.kind in KNOWN]
    scope = gate.scope(work, actor)
    wanted = {RecordId(row.record_id) for row in rows if row.record_id}
    titles = titles_in_sight(work, gate, actor, scope, wanted)
    known = audiences(
        work.session, {AudienceId(row.audience_id) for row in rows if row.audience_id}
    )
    told = []
    for row in rows:
        title = titles.get(RecordId(row.record_id)) if row.record_id else None
        beside = known[AudienceId(row.audience_id)].label if row.audience_id else None
        hidden = bool(row.record_id) and title is None
        told.append(Told(row, title, beside, hidden, actor.profile.party))
    return scope, told


def shown(
    work: Work, gate: Gate, actor: Actor, scope: Scope, told: Sequence[Told], *, event: str
) -> None:
    """Have written in the log which titles a person is about to be shown or sent."""
    titles = {one.title.record_id: one.title for one in told if one.title}.values()
    gate.show(
        work,
        actor,
        scope,
        {one.audience_id for one in titles},
        event=event,
        served_bytes=text_size(*(f"{one.title}{one.reference}" for one in titles)),
        details={"versions": [str(one.version_id) for one in titles]},
    )
