"""Makes views of rows for one reader, by whose scope the caller has chosen the rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.access import Action, Actor, Audience, Gate
from app.core.ids import AttachmentId, AudienceId, PortionId
from app.core.work import Work
from app.labels import Label, Marking, SchemeId, Schemes, combine, print_label, print_releasability
from app.records.forms import TAKING, FileKind, file_kinds, forms_for, why_not
from app.records.inspection_views import OpenedReports, inspection_views
from app.records.keys.telling import destroyed_words
from app.records.kinds import KIND_FIELDS, Field, FieldType, Kind
from app.records.markdown import render
from app.records.models import AttachmentRow, PortionRow
from app.records.sealing import stored_leaving
from app.records.sight import Eyes
from app.records.views import (
    AttachmentView,
    FieldView,
    MarkingTag,
    MarkingView,
    PortionView,
)

MOST_LABELS = 4_000


@dataclass(frozen=True)
class Showing:
    """The schemes, the reader's own scheme, and the facts of the audiences that are shown.

    `eyes` are those of others, where a version is shown as they would see it.
    """

    gate: Gate
    work: Work
    actor: Actor
    audiences: Mapping[AudienceId, Audience]
    eyes: Eyes | None = None

    @property
    def schemes(self) -> Schemes:
        """Give the schemes in force."""
        return self.gate.keeper.current.schemes

    @property
    def own_scheme(self) -> SchemeId | None:
        """Give the scheme in which the reader thinks: that of their clearance."""
        looking = self.eyes.profiles if self.eyes else (self.actor.profile,)
        clearance = next((one.clearance for one in looking if one.clearance), None)
        return clearance.scheme if clearance else None

    def label(self, audience_id: int) -> Label:
        """Give the label that an audience has now."""
        return self.written(audience_id).at(self.eyes.now if self.eyes else self.work.now)

    def written(self, audience_id: int) -> Label:
        """Give the label as it was written, with its first markings: what is edited and sealed."""
        return self.audiences[AudienceId(audience_id)].label

    def marking(self, audience_id: int) -> MarkingView:
        """Show the label of an audience."""
        return self.marking_of(self.label(audience_id))

    def marking_of(self, label: Label) -> MarkingView:
        """Show a label."""
        return _marking_view(self.schemes, self.own_scheme, label)

    def banner(self, audience_ids: Iterable[int]) -> MarkingView:
        """Show the high-water mark of these audiences, and of nothing else."""
        labels = tuple(dict.fromkeys(map(self.label, audience_ids)))
        return self.marking_of(_combined(self.schemes, labels))

    def portion(self, row: PortionRow, kind: Kind) -> PortionView:
        """Show a portion."""
        return PortionView(
            id=PortionId(row.id),
            role=row.role,  # type: ignore[arg-type]
            heading=row.heading,
            html=render(row.body, prefix=f"p{row.id.hex[-8:]}-"),
            body=row.body,
            fields=tuple(field_views(kind, row.fields)),
            marking=self.marking(row.audience_id),
            originator=self.audiences[AudienceId(row.audience_id)].originator,
        )

    def attachments(
        self, rows: Sequence[AttachmentRow], kinds: Mapping[UUID, FileKind] | None = None
    ) -> tuple[AttachmentView, ...]:
        """Show attachments, and what of them the reader may have, as the policies say."""
        ids = {row.audience_id for row in rows}
        allowed = {action: self.may(action, ids) for action in TAKING}
        if kinds is None:
            kinds = file_kinds(self.work.session, [row.id for row in rows])
        return tuple(
            self._attachment(
                row,
                kinds.get(row.id, FileKind()),
                frozenset(action for action in TAKING if row.audience_id in allowed[action]),
            )
            for row in rows
        )

    def _attachment(
        self, row: AttachmentRow, kind: FileKind, allowed: frozenset[Action]
    ) -> AttachmentView:
        label = self.label(row.audience_id)
        forms = forms_for(kind, allowed, public=all(map(self.schemes.is_public, label.markings)))
        destroyed = destroyed_words(self.work.session, stored_leaving(row))
        if destroyed:
            kind, forms = FileKind(), ()
        return AttachmentView(
            id=AttachmentId(row.id),
            name=row.name,
            media_type=row.media_type,
            size_bytes=stored_leaving(row)["sealed"]["size_bytes"],
            marking=self.marking(row.audience_id),
            added_at=row.added_at,
            downloadable=bool(forms),
            pages_count=0 if kind.waiting else kind.page_count,
            forms=forms,
            why_not=destroyed
            or ("" if forms else why_not(kind, allowed, view_only=label.view_only)),
        )

    def prepared(
        self, rows: Sequence[AttachmentRow], opened: OpenedReports | None = None
    ) -> tuple[AttachmentView, ...]:
        """Show attachments with what was found in them, to one who prepares or decides."""
        found = inspection_views(
            self.work.session,
            rows,
            {row.audience_id: self.written(row.audience_id) for row in rows},
            self.schemes,
            opened or {},
        )
        return tuple(replace(one, inspection=found[one.id]) for one in self.attachments(rows))

    def may(self, action: Action, audience_ids: Collection[int]) -> frozenset[int]:
        """Give those of the audiences to which the reader may do this now."""
        if self.eyes is not None:
            return self._others_may(self.eyes, action, audience_ids)
        return self.gate.may(self.work, self.actor, action, audience_ids)

    def may_all(self, action: Action, audiences: Sequence[Audience]) -> bool:
        """Tell whether the reader may do this now to every one of these audiences."""
        return bool(audiences) and all(self._decide(action, audiences))

    def _others_may(
        self, eyes: Eyes, action: Action, audience_ids: Collection[int]
    ) -> frozenset[int]:
        """Give those of the audiences to which each of the others who see it may do this."""
        facts = {id_: self.audiences[AudienceId(id_)] for id_ in audience_ids}
        return frozenset(
            id_
            for id_, one in facts.items()
            if eyes.who_may(Action.READ, one).all_may(action, [one])
        )

    def _decide(self, action: Action, audiences: Sequence[Audience]) -> list[bool]:
        if not audiences:
            return []
        current, profile = self.gate.keeper.current, self.actor.profile
        decisions = current.decide(profile, action, audiences, self.work.now)
        return [decision.allowed for decision in decisions]


# Labels are few and never change: how one is shown, or several make one, is worked out once.
@lru_cache(MOST_LABELS)
def _combined(schemes: Schemes, labels: tuple[Label, ...]) -> Label:
    return combine(schemes, labels)


@lru_cache(MOST_LABELS)
def _marking_view(schemes: Schemes, own: SchemeId | None, label: Label) -> MarkingView:
    tags = tuple(_tag(schemes, own, marking) for marking in label.markings)
    is_own = own in {marking.scheme for marking in label.markings}
    telling = [tag for tag in tags if tag.css.startswith("tlp-")] or list(tags)
    given = print_label(schemes, label).split("; ")
    return MarkingView(
        text=" // ".join(tag.text for tag in tags),
        equivalent="" if is_own else next((tag.equivalent for tag in tags if tag.equivalent), ""),
        css=telling[0].css,
        tags=tags,
        caveats=tuple(given[len(tags) :]),
        release_to=print_releasability(label.releasability),
        not_before=label.not_before,
    )


def _tag(schemes: Schemes, own: SchemeId | None, marking: Marking) -> MarkingTag:
    equivalent = schemes.equivalent(marking, own) if own else None
    foreign = equivalent is not None and marking.scheme != own
    return MarkingTag(
        text=schemes.text(marking),
        css=f"{marking.scheme}-{marking.level}",
        equivalent=schemes.text(equivalent) if equivalent and foreign else "",
    )


def audience_ids_in(
    portions: Sequence[PortionRow], attachments: Sequence[AttachmentRow]
) -> frozenset[AudienceId]:
    """Give the audiences of these parts."""
    ids = [part.audience_id for part in portions] + [part.audience_id for part in attachments]
    return frozenset(map(AudienceId, ids))


def field_views(kind: Kind, values: Mapping[str, Any]) -> Iterable[FieldView]:
    """Show the fields of a kind that have a value, in the kind's order."""
    for field in KIND_FIELDS[kind]:
        value = values.get(field.name)
        if not value:
            continue
        if field.type is FieldType.TABLE:
            yield FieldView(field.name, field.label, field.type, "", tuple(map(tuple, value)))
        else:
            yield FieldView(field.name, field.label, field.type, _spoken(field, value))


def _spoken(field: Field, value: str) -> str:
    return dict(field.choices).get(value, value)
