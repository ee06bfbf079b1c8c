"""What is shown of records: the JSON answer and the template's context are the same object.

A view holds only what its reader may see. There is no trace of anything else in it: no count, no
banner raised by a part that was left out, and a gap only where its writer chose that it be seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from app.access import Area, Permit, State
from app.copies import Mark
from app.core.ids import AttachmentId, PortionId, RecordId, VersionId
from app.core.paging import Page
from app.records.commands import DraftInput
from app.records.forms import TakenForm
from app.records.inspection_views import InspectionView
from app.records.kinds import FieldType, Kind
from app.records.markdown import Html
from app.vault import Binding, Envelope
from app.vault import Label as SealLabel

Role = Literal["title", "summary", "fields", "section", "gap"]


@dataclass(frozen=True)
class MarkingTag:
    """One marking of a label; `css` joins its scheme and level: "tlp-amber", "eu-sensitive"."""

    text: str
    css: str
    equivalent: str


@dataclass(frozen=True)
class MarkingView:
    """A label as it was given, and what it is in the reader's own scheme.

    `text` is "SENSITIVE // TLP:AMBER", `tags` the same marking by marking; `equivalent` is empty
    when the reader's scheme has none or is one of those used; `css` is that of the TLP marking
    where there is one; `caveats` are "ORCON", "EYES ONLY", "VIEW ONLY", "NOT BEFORE ..." and
    handling notes.
    """

    text: str
    equivalent: str
    css: str
    tags: tuple[MarkingTag, ...]
    caveats: tuple[str, ...]
    release_to: str
    not_before: datetime | None


@dataclass(frozen=True)
class FieldView:
    """A field of the kind; `rows` is filled for a table, `value` for all others."""

    name: str
    label: str
    type: FieldType
    value: str
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class PortionView:
    """A part that the reader may see; `html` is safe, `body` is the Markdown it was made from.

    Of a gap there is nothing but its place: "A part is not shown to you".
    """

    id: PortionId
    role: Role
    heading: str
    html: Html
    body: str
    fields: tuple[FieldView, ...]
    marking: MarkingView
    originator: str = ""


@dataclass(frozen=True)
class AttachmentView:
    """A file that the reader may know of; `downloadable` when they may also have its bytes.

    `inspection` is for those who prepare the version or decide on it, and None for everybody else.
    """

    id: AttachmentId
    name: str
    media_type: str
    size_bytes: int
    marking: MarkingView
    added_at: datetime
    downloadable: bool
    pages_count: int = 0
    forms: tuple[TakenForm, ...] = ()
    why_not: str = ""
    inspection: InspectionView | None = None


@dataclass(frozen=True)
class PagesView:
    """How many pages an attachment can be shown as; none where its kind has none to show."""

    attachment: AttachmentView
    media_type: str
    pages_count: int


@dataclass(frozen=True)
class VersionLine:
    """A version whose title the reader may see; `title` is the title that it has."""

    number: int
    state: State
    released_at: datetime | None
    change_note: str
    title: str


@dataclass(frozen=True)
class SuccessorView:
    """A released record that took the place of what was withdrawn, and that the reader may see.

    `same` when it is another version of the same record.
    """

    record_id: RecordId
    reference: str
    same: bool


@dataclass(frozen=True)
class TombstoneView:
    """What remains of a withdrawn version for those who could read it, and what took its place."""

    reference: str
    reason: str
    withdrawn_at: datetime
    successor: SuccessorView | None = None


@dataclass(frozen=True)
class RecordView:
    """A version of a record, as its reader may see it.

    `banner` is the high-water mark of the parts shown. `may` names what the actor may do with it:
    `amend, discard, submit, approve, return, refuse, consent, withdraw, revise, view-as`; four eyes
    are the release domain's to judge on top. Where only a tombstone remains, `tombstone` is set,
    there are no parts, the title is the reference and `version_number` is 0.
    """

    id: RecordId
    version_id: VersionId
    reference: str
    version_number: int
    state: State
    kind: Kind | None
    area: Area | None
    language: str
    owner: str
    originator: str
    title: str
    banner: MarkingView | None
    portions: tuple[PortionView, ...]
    attachments: tuple[AttachmentView, ...]
    versions: tuple[VersionLine, ...]
    created_at: datetime | None
    submitted_at: datetime | None
    released_at: datetime | None
    change_note: str = ""
    review_by: date | None = None
    tombstone: TombstoneView | None = None
    may: frozenset[str] = frozenset()

    @property
    def summary(self) -> PortionView | None:
        """Give the summary, if there is one that the reader may see."""
        return next((part for part in self.portions if part.role == "summary"), None)


@dataclass(frozen=True)
class SeenAs:
    """A version as somebody else would see it; `record` is None where they would see none of it.

    `only_some` holds the ids of the portions and attachments that not all of them would see: of a
    single person, none. Nothing can be done from here, so the record's `may` is empty.
    """

    record: RecordView | None
    only_some: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class RecordLine:
    """A record in a list; `summary_snippet` is text in pieces, with those that were searched for.

    `title_snippet` is the title in the same form; `mine` when the reader wrote in it.
    """

    id: RecordId
    version_id: VersionId
    reference: str
    number: int
    title: str
    summary_snippet: tuple[tuple[str, bool], ...]
    kind: Kind
    area: Area
    language: str
    originator: str
    released_at: datetime | None
    amended_at: datetime
    state: State
    banner: MarkingView
    title_snippet: tuple[tuple[str, bool], ...] = ()
    mine: bool = False


@dataclass(frozen=True)
class FacetValue:
    """A value of a dimension and how many of the records found have it."""

    value: str
    count: int
    selected: bool


@dataclass(frozen=True)
class Found:
    """A page of what was found, and exact counts of all that was."""

    page: Page[RecordLine]
    total: int
    facets: Mapping[str, tuple[FacetValue, ...]]


@dataclass(frozen=True)
class DraftView:
    """A draft for its editor: `input` is what `amend` takes back, with this `edition`."""

    record_id: RecordId
    version_id: VersionId
    reference: str
    version_number: int
    state: State
    edition: int
    owner: str
    input: DraftInput
    banner: MarkingView
    attachments: tuple[AttachmentView, ...]
    amended_at: datetime


@dataclass(frozen=True)
class ChangeView:
    """A stretch of text that stayed, came or went."""

    kind: Literal["same", "added", "removed"]
    text: str


@dataclass(frozen=True)
class TypedDifference:
    """A part in which what was typed is not what the draft says meanwhile."""

    name: str
    changes: tuple[ChangeView, ...]


@dataclass(frozen=True)
class PartDifference:
    """A part in two versions; a marking is None where the part does not exist."""

    role: Role
    heading: str
    kind: Literal["same", "changed", "added", "removed"]
    changes: tuple[ChangeView, ...]
    old_marking: MarkingView | None
    new_marking: MarkingView | None


@dataclass(frozen=True)
class DifferenceView:
    """What changed between two versions, in the parts that the reader may see of each."""

    id: RecordId
    reference: str
    old_number: int
    new_number: int
    title: str
    banner: MarkingView
    parts: tuple[PartDifference, ...]
    added_attachments: tuple[AttachmentView, ...]
    removed_attachments: tuple[AttachmentView, ...]


@dataclass(frozen=True)
class SourceFacts:
    """The part of a released version that is quoted or carried on, as it was at that moment."""

    record_id: RecordId
    version_id: VersionId
    part_id: UUID
    reference: str
    number: int
    owner: str
    originator: str
    content_hash: bytes = field(repr=False)
    label_json: Mapping[str, object] = field(repr=False)
    upstream: UUID | None


@dataclass(frozen=True)
class Carried:
    """A file of another record that is being attached: its link, and what it is called there."""

    source: SourceFacts
    name: str
    media_type: str


@dataclass(frozen=True)
class AttachingFacts:
    """What an upload is sealed for, judged before its bytes flow; `attach` takes it back.

    `binding` and `seal_label` go to `vault.begin_seal`; `carried` is where it comes from, when that
    is another record.
    """

    version_id: VersionId
    attachment_id: AttachmentId
    binding: Binding
    seal_label: SealLabel
    label_json: Mapping[str, object] = field(repr=False)
    carried: Carried | None = None


@dataclass(frozen=True)
class ViewedPage:
    """A page that somebody looks at: what opens its file, and the mark that is faintly on it."""

    opened: "OpenedAttachment"
    page: int
    mark: Mark = field(repr=False)
    with_words: bool


@dataclass(frozen=True)
class OpenedAttachment:
    """What `vault.open_attachment` asks for, and what the answer's headers say.

    `media_type` is what the inspection found it to be, empty when it found nothing; `mark` is what
    a marked copy bears, or faintly a page.
    """

    permit: Permit
    view: AttachmentView
    record_id: RecordId
    envelope: Envelope
    binding: Binding
    seal_label: SealLabel
    taken: TakenForm
    media_type: str
    pages_count: int
    mark: Mark | None = field(default=None, repr=False)
