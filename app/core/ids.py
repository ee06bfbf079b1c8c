"""Identifiers: each kind of thing has a type of its own, so that they cannot be mixed up."""

from typing import NewType
from uuid import UUID

import uuid_utils.compat

PersonId = NewType("PersonId", UUID)
RecordId = NewType("RecordId", UUID)
VersionId = NewType("VersionId", UUID)
PortionId = NewType("PortionId", UUID)
AttachmentId = NewType("AttachmentId", UUID)
BatchId = NewType("BatchId", UUID)
EntryId = NewType("EntryId", UUID)
ReviewId = NewType("ReviewId", UUID)
StatementId = NewType("StatementId", UUID)
AlertId = NewType("AlertId", UUID)
ThreadId = NewType("ThreadId", UUID)
MessageId = NewType("MessageId", UUID)
RecallId = NewType("RecallId", UUID)
RequestId = NewType("RequestId", UUID)
ProposalId = NewType("ProposalId", UUID)
AudienceId = NewType("AudienceId", int)
ProfileId = NewType("ProfileId", int)


def new_id() -> UUID:
    """Make an identifier that sorts by its time of making and cannot be guessed.

    Source: RFC 9562, section 5.7 (UUIDv7).
    """
    return uuid_utils.compat.uuid7()
