"""What the application was put together from, as routes find it."""

from dataclasses import dataclass

from fastapi import Request

from app.access import Gate
from app.core.clock import Clock
from app.core.database import Database
from app.core.settings import Settings
from app.core.work import Units
from app.identity import Identity
from app.vault import BlobStore, KeyProvider


@dataclass(frozen=True)
class Services:
    """The parts of a running portal; made once, by main."""

    settings: Settings
    database: Database
    units: Units
    gate: Gate
    keys: KeyProvider
    blobs: BlobStore
    identity: Identity
    clock: Clock


def services_of(request: Request) -> Services:
    """Give the parts of the portal that this request came to."""
    services: Services = request.app.state.services
    return services
