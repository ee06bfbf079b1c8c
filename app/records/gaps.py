"""Gaps: where a reader learns that something is left out, because whoever wrote it allows that.

A portion that its reader may not see leaves no trace, unless its `gap` was chosen: then one stands
at its place, without heading, marking or length. Gaps with nothing in sight between them are one.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import uuid5

from app.core.ids import PortionId, VersionId
from app.records.kinds import Kind
from app.records.markdown import Html
from app.records.models import PortionRow, VersionRow
from app.records.rules import Place, order_of
from app.records.showing import Showing
from app.records.views import MarkingView, PortionView

UNMARKED: Final = MarkingView("", "", "", (), (), "", None)


def with_gaps(
    version_id: VersionId, shown: Sequence[tuple[Place, PortionView]], hidden: Iterable[Place]
) -> tuple[PortionView, ...]:
    """Give what is shown, with one gap wherever hidden parts that may be known of stand.

    Args:
        shown: the portions in sight with their places, in their order; the first is the title.
        hidden: the places of portions out of sight whose gap may be seen, in any order.
    """
    waiting = sorted(map(order_of, hidden))
    whole: list[PortionView] = []
    count = 0
    for place, view in [*shown, (None, None)]:
        before = [one for one in waiting if place is None or one < order_of(place)]
        if before:
            count += 1
            whole.append(_gap(version_id, count))
            del waiting[: len(before)]
        if view is not None:
            whole.append(view)
    return tuple(whole)


def shown_with_gaps(
    showing: Showing, row: VersionRow, portions: Iterable[PortionRow], hidden: Iterable[Place]
) -> tuple[PortionView, ...]:
    """Show the portions of a version among these, all in sight, and the gaps between them."""
    shown = [
        ((part.role, part.position), showing.portion(part, Kind(row.kind)))
        for part in portions
        if part.version_id == row.id
    ]
    return with_gaps(VersionId(row.id), shown, hidden)


def _gap(version_id: VersionId, count: int) -> PortionView:
    """Make a gap; its id is that of the n-th gap in sight, and says nothing of what it hides."""
    return PortionView(
        id=PortionId(uuid5(version_id, f"gap {count}")),
        role="gap",
        heading="",
        html=Html(""),
        body="",
        fields=(),
        marking=UNMARKED,
    )
