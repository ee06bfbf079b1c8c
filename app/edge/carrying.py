"""Takes a file of a record on into a draft of another: opened by a permit, and sealed anew.

Never in the clear on a disk, and no transaction is open while bytes flow. It is judged and written
in the log before the first byte is unsealed, and kept in a second transaction.
"""

from functools import partial

from fastapi import Request

from app import records
from app.core.ids import AttachmentId, VersionId
from app.edge.after import alarmed, unsealed
from app.edge.asking import another_unit
from app.edge.services import Services, services_of
from app.records import AttachingFacts, AttachmentView, OpenedAttachment
from app.vault import Sealed, begin_seal, ensure_key


def carry_file(
    request: Request, version_id: VersionId, attachment_id: AttachmentId
) -> AttachmentView:
    """Make a file of a released record an attachment of a draft, linked to where it comes from.

    Raises:
        NotSignedIn, Refused, Invalid, Conflict, Unavailable: and nothing of it is left.
    """
    services = services_of(request)
    with another_unit(request) as (work, asking):
        opened, facts = records.carry(
            work,
            services.gate,
            asking.actor,
            version_id,
            attachment_id,
            arrangement=services.settings.arrangement,
        )
        size_bytes = opened.envelope.size_bytes
        records.allowance(work, asking.actor, facts, services.limits, size_bytes=size_bytes)
        actor = asking.actor
    with alarmed(request, services, actor, opened):
        sealed = _sealed_anew(services, opened, facts)
    return _keep(request, services, facts, sealed)


def _sealed_anew(services: Services, opened: OpenedAttachment, facts: AttachingFacts) -> Sealed:
    ensure_key(services.keys, facts.binding.originator)
    with (
        unsealed(services, opened) as source,
        begin_seal(
            facts.binding, facts.seal_label, keys=services.keys, blobs=services.blobs
        ) as sealing,
    ):
        for piece in source.chunks():
            sealing.write(piece)
        return sealing.finish()


def _keep(
    request: Request, services: Services, facts: AttachingFacts, sealed: Sealed
) -> AttachmentView:
    if facts.carried is None:
        raise TypeError("only what comes from a record is carried")
    with another_unit(request) as (work, asking):
        try:
            kept = records.attach(
                work,
                services.gate,
                asking.actor,
                facts,
                sealed,
                name=facts.carried.name,
                media_type=facts.carried.media_type,
            )
        except BaseException:
            # Nothing is committed. A commit that fails may still have happened: what it leaves is
            # the sweeper's, who looks whether a row names the blob.
            services.blobs.delete(sealed.blob)
            raise
        work.after_commit.append(partial(services.blobs.promote, sealed.blob))
    return kept
