"""Records: what is exchanged, its immutable versions, and their marked portions and attachments.

Every verb takes the unit of work, the gate and who asks; it passes the gate before it shows or
changes anything. This domain owns the state of a version; the procedure that leads from a draft to
a release belongs to the release domain, which calls the verbs of `lifecycle` with its permits.
"""

from app.records.allowing import allowance, too_large
from app.records.arriving import Claimed, Incoming, UploadView
from app.records.asked import (
    AskedLine,
    AskedParts,
    AskedView,
    all_asked,
    asked_parts,
    foreign_parts,
    read_asked,
    show_asked,
)
from app.records.attachments import (
    attach,
    authorise_attaching,
    detach,
    relabel,
)
from app.records.blobs import blobs_in_use
from app.records.choosing import (
    attachment_in_draft,
    choose_form,
    draft_of,
    inspect_again,
    waiting_count,
)
from app.records.commands import (
    ChangeInput,
    ChooseForm,
    DraftInput,
    MarkingInput,
    Search,
    SectionInput,
)
from app.records.comparing import compare
from app.records.content import text_size
from app.records.deciding import (
    PartAudience,
    VersionFacts,
    audiences_after,
    audiences_now,
    awaiting,
    content_hash,
    grantable,
    version_facts,
    version_numbered,
)
from app.records.downloading import open_attachment, pages, view_page
from app.records.drafting import amend, draft, drafts, edit
from app.records.errors import (
    BeingSent,
    EditedMeanwhile,
    NotInThisState,
    OffsetElsewhere,
    TooManyFiles,
)
from app.records.explaining import WhyPart, WhyView, why
from app.records.finding import find, found_among, newest
from app.records.forms import AskedForm, CannotBeMarked, CannotBeViewed, NotInspectedYet, TakenForm
from app.records.grants import (
    Granting,
    GrantView,
    as_granter,
    end_grant,
    grant,
    grants_ending,
    grants_of,
)
from app.records.imports import imported, keep_import, versions_of_batch
from app.records.inspected import (
    Inspected,
    SealedReport,
    inspected,
    inspected_files,
    open_reports,
    sealed_reports,
)
from app.records.inspecting import Inspector, Reports, inspect_next, inspect_waiting
from app.records.inspection_views import FindingView, InspectionView, OpenedReports
from app.records.kinds import KIND_FIELDS, KIND_LABELS, Field, FieldType, Kind
from app.records.leaving import end_grants_of
from app.records.lifecycle import freeze, publish, reopen, withdraw
from app.records.limits import Limits, load_limits
from app.records.lowering import lowerings, lowerings_of_version
from app.records.markdown import Html, render
from app.records.meanwhile import cell_lines, typed_differences
from app.records.origins import OnwardUse, OriginStep, OriginsView, PartOrigin, origins
from app.records.places import Place, Places, places, show_label
from app.records.quoting import CannotBeCarried, carry, quote
from app.records.reading import read, read_version, review
from app.records.revising import discard, revise
from app.records.rules import label_of, marking_input_of
from app.records.seeking import (
    KnownRecord,
    Match,
    known_record,
    matches,
    terms_of,
    titles_to_grant,
)
from app.records.seen_as import seen_as
from app.records.seen_typed import seen_typed
from app.records.shapes import Shape, held_audiences, shapes
from app.records.sight import Eyes, parts_in_sight
from app.records.successors import Successor, released_by_reference, successor
from app.records.titles import (
    ReleasedInSight,
    TitleInSight,
    released_in_sight,
    titles_in_sight,
)
from app.records.uploads import (
    CLAIMED_FOR,
    abandon_upload,
    begin_upload,
    claim_upload,
    complete_upload,
    expire_uploads,
    extend_upload,
    finish_upload,
    let_go,
    see_upload,
)
from app.records.views import (
    AttachingFacts,
    AttachmentView,
    ChangeView,
    DifferenceView,
    DraftView,
    FacetValue,
    FieldView,
    Found,
    MarkingTag,
    MarkingView,
    OpenedAttachment,
    PagesView,
    PartDifference,
    PortionView,
    RecordLine,
    RecordView,
    SeenAs,
    TombstoneView,
    TypedDifference,
    VersionLine,
    ViewedPage,
)
from app.records.waiting import waiting_ids

__all__ = [
    "CLAIMED_FOR",
    "KIND_FIELDS",
    "KIND_LABELS",
    "AskedForm",
    "AskedLine",
    "AskedParts",
    "AskedView",
    "AttachingFacts",
    "AttachmentView",
    "BeingSent",
    "CannotBeCarried",
    "CannotBeMarked",
    "CannotBeViewed",
    "ChangeInput",
    "ChangeView",
    "ChooseForm",
    "Claimed",
    "DifferenceView",
    "DraftInput",
    "DraftView",
    "EditedMeanwhile",
    "Eyes",
    "FacetValue",
    "Field",
    "FieldType",
    "FieldView",
    "FindingView",
    "Found",
    "GrantView",
    "Granting",
    "Html",
    "Incoming",
    "Inspected",
    "InspectionView",
    "Inspector",
    "Kind",
    "KnownRecord",
    "Limits",
    "MarkingInput",
    "MarkingTag",
    "MarkingView",
    "Match",
    "NotInThisState",
    "NotInspectedYet",
    "OffsetElsewhere",
    "OnwardUse",
    "OpenedAttachment",
    "OpenedReports",
    "OriginStep",
    "OriginsView",
    "PagesView",
    "PartAudience",
    "PartDifference",
    "PartOrigin",
    "Place",
    "Places",
    "PortionView",
    "RecordLine",
    "RecordView",
    "ReleasedInSight",
    "Reports",
    "SealedReport",
    "Search",
    "SectionInput",
    "SeenAs",
    "Shape",
    "Successor",
    "TakenForm",
    "TitleInSight",
    "TombstoneView",
    "TooManyFiles",
    "TypedDifference",
    "UploadView",
    "VersionFacts",
    "VersionLine",
    "ViewedPage",
    "WhyPart",
    "WhyView",
    "abandon_upload",
    "all_asked",
    "allowance",
    "amend",
    "as_granter",
    "asked_parts",
    "attach",
    "attachment_in_draft",
    "audiences_after",
    "audiences_now",
    "authorise_attaching",
    "awaiting",
    "begin_upload",
    "blobs_in_use",
    "carry",
    "cell_lines",
    "choose_form",
    "claim_upload",
    "compare",
    "complete_upload",
    "content_hash",
    "detach",
    "discard",
    "draft",
    "draft_of",
    "drafts",
    "edit",
    "end_grant",
    "end_grants_of",
    "expire_uploads",
    "extend_upload",
    "find",
    "finish_upload",
    "foreign_parts",
    "found_among",
    "freeze",
    "grant",
    "grantable",
    "grants_ending",
    "grants_of",
    "held_audiences",
    "imported",
    "inspect_again",
    "inspect_next",
    "inspect_waiting",
    "inspected",
    "inspected_files",
    "keep_import",
    "known_record",
    "label_of",
    "let_go",
    "load_limits",
    "lowerings",
    "lowerings_of_version",
    "marking_input_of",
    "matches",
    "newest",
    "open_attachment",
    "open_reports",
    "origins",
    "pages",
    "parts_in_sight",
    "places",
    "publish",
    "quote",
    "read",
    "read_asked",
    "read_version",
    "relabel",
    "released_by_reference",
    "released_in_sight",
    "render",
    "reopen",
    "review",
    "revise",
    "sealed_reports",
    "see_upload",
    "seen_as",
    "seen_typed",
    "shapes",
    "show_asked",
    "show_label",
    "successor",
    "terms_of",
    "text_size",
    "titles_in_sight",
    "titles_to_grant",
    "too_large",
    "typed_differences",
    "version_facts",
    "version_numbered",
    "versions_of_batch",
    "view_page",
    "waiting_count",
    "waiting_ids",
    "why",
    "withdraw",
]
