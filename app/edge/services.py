"""What the application was put together from, as routes find it."""

from dataclasses import dataclass

from fastapi import Request

from app.access import Gate
from app.audit import Push, Thresholds
from app.core.clock import Clock
from app.core.database import Database
from app.core.settings import Settings
from app.core.work import Units
from app.identity import Identity
from app.inspection import Scan
from app.log import LogParts
from app.membership import ReviewRules
from app.notices import Ceiling
from app.records import Inspector, Limits
from app.requests import RequestRules
from app.vault import BlobStore, KeyProvider


@dataclass(frozen=True)
class Services:
    """The parts of a running portal; made once, by main."""

    settings: Settings
    database: Database
    units: Units
    gate: Gate
    thresholds: Thresholds
    limits: Limits
    request_rules: RequestRules
    review_rules: ReviewRules
    ceiling: Ceiling
    keys: KeyProvider
    blobs: BlobStore
    scan: Scan | None
    identity: Identity
    log: LogParts
    push: Push | None
    clock: Clock

    @property
    def inspector(self) -> Inspector:
        """Give what inspects attachments."""
        return Inspector(
            keys=self.keys,
            blobs=self.blobs,
            arrangement=self.settings.arrangement,
            scan=self.scan,
            limit_bytes=self.settings.max_inspected_bytes,
        )


def services_of(request: Request) -> Services:
    """Give the parts of the portal that this request came to."""
    services: Services = request.app.state.services
    return services
