"""Does what no request waits for: keeps the log, and sweeps what was left behind.

Nothing that access depends on waits for a worker: embargoes and agreements hold when asked. Any
number of workers may run: one of them at a time gives entries their places, and each sweep is safe
beside another.
"""

import logging
import threading
from datetime import timedelta

from app import log
from app.core.work import Origin
from app.edge import Services
from app.identity import sweep as sweep_identity
from app.records import blobs_in_use
from app.vault import sweep as sweep_blobs

EVERY = timedelta(minutes=10)
BLOB_GRACE = timedelta(hours=24)

logger = logging.getLogger("entente.worker")


def run(services: Services, stop: threading.Event) -> None:
    """Work until told to stop; the log is kept in a thread of its own, which nothing here holds."""
    keeping = threading.Thread(target=log.run, args=(services.log, stop), daemon=True)
    keeping.start()
    try:
        _sweep(services, stop)
    finally:
        stop.set()
        keeping.join()


def _sweep(services: Services, stop: threading.Event) -> None:
    while True:
        try:
            once(services)
        except Exception:
            logger.exception("a sweep failed; it is tried again")
        if stop.wait(EVERY.total_seconds()):
            return


def once(services: Services) -> None:
    """Remove ended sessions, old attempts, and blobs that no attachment names."""
    with services.units.begin(Origin(door="worker")) as work:
        sweep_identity(work)
        used = blobs_in_use(work)
    removed = sweep_blobs(services.blobs, used, services.clock() - BLOB_GRACE)
    if removed:
        logger.info("removed %s blobs that no attachment names", removed)
