"""Takes a file into a draft: judged first, sealed as it arrives, kept in a second transaction.

No transaction is open while bytes flow, however slow they are. A file that does not arrive whole
leaves nothing behind; its blob is promoted once its row is committed.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from app import records
from app.core.ids import VersionId
from app.core.work import Work
from app.edge.asking import another_unit
from app.edge.services import Services, services_of
from app.edge.uploads import Received
from app.identity import Asking
from app.records import AttachingFacts, AttachmentView, MarkingInput
from app.vault import OverLimit, Sealing, begin_seal, ensure_key

Receive = Callable[[Sealing], Awaitable[Received]]
Keep = Callable[[Work, Asking, AttachingFacts, Received], AttachmentView]


async def attach_file(
    request: Request,
    version_id: VersionId,
    receive: Receive,
    *,
    keep: Keep,
    marking: MarkingInput | None = None,
    size_bytes: int | None = None,
) -> AttachmentView:
    """Make what arrives an attachment of a draft.

    Args:
        receive: takes the bytes into the sealing.
        keep: judges what came beside the file, and attaches it: `attach_received` at the least.
        size_bytes: how many will come, where that is known: too many are refused before.

    Raises:
        NotSignedIn, Refused, Invalid, TooLarge, Unavailable: and nothing of it is left.
    """
    services = services_of(request)
    facts, largest_bytes = await run_in_threadpool(
        _authorise, request, services, version_id, marking, size_bytes
    )
    with await run_in_threadpool(
        begin_seal,
        facts.binding,
        facts.seal_label,
        keys=services.keys,
        blobs=services.blobs,
        limit_bytes=largest_bytes,
    ) as sealing:
        try:
            received = await receive(sealing)
        except OverLimit as error:
            raise records.too_large(largest_bytes) from error
    return await run_in_threadpool(_keep, request, services, facts, received, keep)


def attach_received(
    request: Request, work: Work, asking: Asking, facts: AttachingFacts, received: Received
) -> AttachmentView:
    """Attach what was received as it was named."""
    return records.attach(
        work,
        services_of(request).gate,
        asking.actor,
        facts,
        received.sealed,
        name=received.name,
        media_type=received.media_type,
    )


def _authorise(
    request: Request,
    services: Services,
    version_id: VersionId,
    marking: MarkingInput | None,
    size_bytes: int | None,
) -> tuple[AttachingFacts, int]:
    with another_unit(request) as (work, asking):
        facts = records.authorise_attaching(
            work,
            services.gate,
            asking.actor,
            version_id,
            marking,
            arrangement=services.settings.arrangement,
        )
        largest_bytes = records.allowance(
            work, asking.actor, facts, services.limits, size_bytes=size_bytes
        )
    ensure_key(services.keys, facts.binding.originator)
    return facts, largest_bytes


def _keep(
    request: Request,
    services: Services,
    facts: AttachingFacts,
    received: Received,
    keep: Keep,
) -> AttachmentView:
    blob = received.sealed.blob
    with another_unit(request) as (work, asking):
        try:
            kept = keep(work, asking, facts, received)
        except BaseException:
            # Nothing is committed. A commit that fails may still have happened: what it leaves is
            # the sweeper's, who looks whether a row names the blob.
            services.blobs.delete(blob)
            raise
        work.after_commit.append(partial(services.blobs.promote, blob))
    return kept
