"""Opens an attachment as the log says, and tells the log when that came to nothing."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import quote

from starlette.requests import Request

from app.access import Actor
from app.core.journal import Detail, Event
from app.edge.asking import origin_of
from app.edge.services import Services
from app.records import OpenedAttachment
from app.vault import NotAuthentic, Opened
from app.vault import open_attachment as unseal

logger = logging.getLogger("entente.edge")


def unsealed(services: Services, found: OpenedAttachment) -> Opened:
    """Open an attachment.

    Raises:
        NotAuthentic, KeyUnavailable, StoreUnavailable: as the vault tells; nothing is served.
    """
    return unseal(
        found.permit,
        found.envelope,
        found.binding,
        found.seal_label,
        keys=services.keys,
        blobs=services.blobs,
    )


@contextmanager
def alarmed(
    request: Request, services: Services, actor: Actor, found: OpenedAttachment
) -> Iterator[None]:
    """Raise the alarm when what is opened is not what was sealed."""
    try:
        yield
    except NotAuthentic:
        raise_alarm(request, services, actor, found)
        raise


@contextmanager
def after_the_fact(
    request: Request, services: Services, actor: Actor, found: OpenedAttachment, event: str
) -> Iterator[None]:
    """Have the log tell by `event` when what an entry before this one told came to nothing."""
    try:
        yield
    except BaseException:
        copy = found.mark.number if found.mark else ""
        _tell(request, services, actor, found, event, {"copy": copy} if copy else {})
        raise


def raise_alarm(
    request: Request, services: Services, actor: Actor, found: OpenedAttachment
) -> None:
    """Tell operators and auditors that a stored attachment is not what was sealed.

    In a transaction of its own, since that of the download is rolled back or was committed before.
    """
    logger.error("%s is not what was sealed: its store was altered or failed", found.permit.subject)
    _tell(request, services, actor, found, "attachment.damaged", {})


def _tell(
    request: Request,
    services: Services,
    actor: Actor,
    found: OpenedAttachment,
    event: str,
    details: Mapping[str, Detail],
) -> None:
    with services.units.begin(origin_of(request)) as work:
        work.record(
            Event(
                type=event,
                subject=str(found.permit.subject),
                record=found.record_id,
                actor=str(actor.person or ""),
                organisation=actor.profile.organisation,
                agreement=actor.agreement,
                organisations=actor.organisations | {found.binding.originator},
                audience=min(found.permit.audience_ids),
                details=details,
            )
        )


def disposition(name: str) -> str:
    """Source: RFC 6266, section 5, with RFC 8187 for names beyond ASCII."""
    plain = re.sub(r'[^\x20-\x7e]|["\\%]', "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
