"""What is shown of the procedure: JSON answer and template context are the same object."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from app.access import Action, Urgency
from app.core.ids import BatchId, PersonId, RecordId, VersionId
from app.parties import PersonName
from app.records import AskedView, AttachmentView, DifferenceView, MarkingView, RecordView, SeenAs

Change = Literal["", "new", "gone"]
DecisionKind = Literal["submit", "approve", "return", "refuse", "consent", "withdraw"]


@dataclass(frozen=True)
class Reader:
    """A person who will be able to read something, or no longer will (`change` is "gone").

    `why` is the policy that decides, in words. `from_at` is the moment from which they may, None
    for at once; `until` the end of what lets them, as of a grant, and None where it has none of its
    own; `again_from` the moment from which something else lets them after that. `terms` are the
    terms of use, by slug, that they must accept first.
    """

    person: PersonId
    name: str
    why: str
    change: Change = ""
    from_at: datetime | None = None
    until: datetime | None = None
    again_from: datetime | None = None
    terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class OrganisationReaders:
    """The readers of one organisation. Neither `count` nor `new_count` holds who is gone.

    `people` are all who read and who are gone. `kept_out` are those whom only something that they
    have yet to do keeps out: set up a second factor, accept terms of use. They are in no count.
    """

    slug: str
    name: str
    party: str
    count: int
    new_count: int
    gone_count: int
    people: tuple[Reader, ...]
    kept_out: tuple[Reader, ...]


@dataclass(frozen=True)
class PartReaders:
    """Who will be able to read some parts of a version that all go to the same people.

    New is who could not read all of these parts in the last release; gone is who could read one
    of them and no longer will. A part that is new is compared with what was for everybody who
    read the last release. `public`: anybody may read it, without signing in.
    """

    name: str
    parts: tuple[str, ...]
    markings: tuple[str, ...]
    release_to: str
    not_before: datetime | None
    public: bool
    total: int
    new_count: int
    gone_count: int
    kept_out_count: int
    organisations: tuple[OrganisationReaders, ...]
    why: str = ""
    since: str = ""


@dataclass(frozen=True)
class AudiencePreview:
    """The exact audience that a version will have when it is released, as of `as_of`.

    The counts are of people who will be able to read anything of it. `sentences` say the same
    plainly, the first how many they are. `people_hash_hex` is the SHA-256 of who they are, part by
    part: an approval signs it.
    """

    version_id: VersionId
    as_of: datetime
    since: str
    total: int
    organisation_count: int
    new_count: int
    gone_count: int
    public: bool
    groups: tuple[PartReaders, ...]
    counts: Mapping[str, int]
    people_hash_hex: str
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True)
class ViewedAs:
    """A version as somebody of its audience sees it, or will.

    `whom` is `person:` and an id, or `org:` and a slug; `name` is that person's or organisation's.
    `people_count` is of those who read, none where `why` says what keeps them out. `at` is the
    moment at which it is seen so, None for now.
    """

    whom: str
    name: str
    organisation: str
    people_count: int
    at: datetime | None
    why: str
    seen: SeenAs


@dataclass(frozen=True)
class DecisionView:
    """A decision; `signature` is a JWS over `statement`, for an approval or a consent.

    `for_whom` is whom the person decided for, as their deputy.
    Hash, statement and signature are empty for who does not see the version whole.
    """

    id: UUID
    record_id: RecordId
    version_id: VersionId
    kind: DecisionKind
    person: PersonName
    person_id: PersonId
    decided_at: datetime
    comment: str
    content_hash_hex: str
    statement: Mapping[str, Any]
    signature: str | None
    for_whom: PersonName | None = None

    @property
    def releases(self) -> bool:
        """Tell whether this was the approval that released the version."""
        return self.kind == "approve" and self.statement.get("approval", {}).get("last", True)


@dataclass(frozen=True)
class ApprovalsView:
    """The approvals that stand, of the `needed_count` that release a version.

    `could` names who could still approve it: release authorities, and who stands in for one.
    """

    needed_count: int
    given: tuple[DecisionView, ...]
    could: tuple[str, ...]

    @property
    def still_count(self) -> int:
        """Give how many are still needed."""
        return max(0, self.needed_count - len(self.given))


@dataclass(frozen=True)
class StepView:
    """A step of the procedure: whether the person may take it, and if not, why not in words."""

    action: Action
    allowed: bool
    why_not: str


@dataclass(frozen=True)
class ReviewView:
    """A version before somebody who has to decide on it, or who waits for the decision.

    `seen_hash` goes back with an approval or a consent: it is the hash of what was shown. `files`
    are its attachments with what was found in them, `override` is what the submitter wrote of it.
    """

    record: RecordView
    seen_hash: str
    submitted_by: PersonName | None
    submitted_at: datetime | None
    preview: AudiencePreview
    difference: DifferenceView | None
    decisions: tuple[DecisionView, ...]
    steps: tuple[StepView, ...]
    approvals: ApprovalsView
    due: "Due | None" = None
    files: tuple[AttachmentView, ...] = ()
    override: str = ""
    lowered: tuple[str, ...] = ()

    @property
    def needs_override(self) -> bool:
        """Tell whether an approval needs a written reason for what was found in the files."""
        return any(one.inspection.blocking for one in self.files if one.inspection)

    @property
    def may(self) -> frozenset[str]:
        """Name the steps that the person may take now."""
        return frozenset(str(step.action) for step in self.steps if step.allowed)


@dataclass(frozen=True)
class Due:
    """When a decision is due, and how that presses.

    `needed_by` is the day that the submitter needs it by, None for no such day, and `why` says why.
    """

    at: datetime
    urgency: Urgency
    needed_by: date | None = None
    why: str = ""


@dataclass(frozen=True)
class DeskLine:
    """A submitted version on the desk; `why_not` says why it waits for somebody else, or is "".

    `approved_by` are those whose approvals stand, of the `needed_count` that release it.
    """

    version_id: VersionId
    record_id: RecordId
    reference: str
    number: int
    title: str
    banner: MarkingView
    originator: str
    action: Action
    submitted_by: PersonName | None
    submitted_at: datetime | None
    comment: str
    batch_id: BatchId | None
    why_not: str
    due: Due | None
    needed_count: int
    approved_by: tuple[PersonName, ...] = ()


@dataclass(frozen=True)
class OwnLine:
    """A submission of the person's own and what became of it.

    `outcome` is "" while it waits, else the kind of the last decision; `comment` is that one's.
    """

    version_id: VersionId
    record_id: RecordId
    reference: str
    number: int
    title: str
    submitted_at: datetime
    outcome: Literal["", "approve", "return", "refuse", "withdraw"]
    outcome_at: datetime | None
    comment: str


@dataclass(frozen=True)
class BatchLine:
    """What was imported together and waits: `count` versions, of which `mine_count` may be
    released by the person who asks."""

    batch_id: BatchId
    count: int
    mine_count: int
    titles: tuple[str, ...]
    submitted_by: PersonName | None
    submitted_at: datetime | None
    why_not: str


@dataclass(frozen=True)
class ConsentLine:
    """A submission that waits for the consent of the reader's organisation; `parts` names its own.

    `title` is empty where the title is not theirs; `why_not` says why it waits for a colleague.
    """

    version_id: VersionId
    record_id: RecordId
    reference: str
    number: int
    title: str
    owner: str
    parts: str
    banner: MarkingView
    submitted_by: PersonName | None
    submitted_at: datetime | None
    why_not: str = ""


@dataclass(frozen=True)
class ConsentView:
    """An originator's parts of a submission; `seen_hash` is what a consent sends back.

    `lowered` says of each part that is marked lower than in the last release, or will be, how.
    """

    version_id: VersionId
    record_id: RecordId
    reference: str
    number: int
    title: str
    owner: str
    originator: str
    parts: AskedView
    preview: AudiencePreview
    lowered: tuple[str, ...]
    seen_hash: str
    submitted_by: PersonName | None
    submitted_at: datetime | None
    consented: bool
    why_not: str = ""


@dataclass(frozen=True)
class Desk:
    """What waits for a person, what is due first, first, and their own submissions."""

    to_decide: tuple[DeskLine, ...]
    to_consent: tuple[ConsentLine, ...]
    for_others: tuple[DeskLine, ...]
    batches: tuple[BatchLine, ...]
    mine: tuple[OwnLine, ...]


@dataclass(frozen=True)
class NotDone:
    """A version of a batch that was not submitted or released, and why: "ENT-2026-000123: ..."."""

    version_id: VersionId
    reason: str


@dataclass(frozen=True)
class BatchReport:
    """What became of several versions; `skipped_count` were not in the state that this needs.

    `approved` are those that another person has to approve too; `batch_id` is None for what was
    chosen one by one.
    """

    batch_id: BatchId | None
    done: tuple[VersionId, ...]
    refused: tuple[NotDone, ...]
    skipped_count: int
    approved: tuple[VersionId, ...] = ()


@dataclass(frozen=True)
class TogetherLine:
    """One of several submissions looked at together; `why_not` says why it is not approved so."""

    version_id: VersionId
    review: ReviewView
    why_not: str
