"""Puts the portal together: settings, database, journal, gate, vault; then pages and JSON."""

import logging
import os
import re
import secrets
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from app import api, parties, proposals, web
from app.access import (
    Gate,
    NotKept,
    PolicyError,
    PolicyKeeper,
    PolicySet,
    in_force_instead,
    register_policies,
)
from app.audit import Push, load_thresholds
from app.core.clock import utc_now
from app.core.database import Database, check_roles, locate_database
from app.core.errors import Unavailable
from app.core.journal import Detail, Event
from app.core.replicas import open_replicas
from app.core.settings import Settings
from app.core.work import Origin, Units
from app.edge import (
    BodyLimit,
    LogFigures,
    Metrics,
    Receipts,
    ReplicaFigures,
    SecurityHeaders,
    Services,
    answer_problems,
)
from app.identity import Identity, load_or_create_identity_keys
from app.inspection import open_scan
from app.log import DatabaseJournal, LogKeys, LogParts, http_post, log_origin, new_client
from app.membership import load_review_rules
from app.notices import load_ceiling
from app.records import load_limits
from app.requests import load_rules
from app.vault import BlobStore, FolderBlobs, KeyProvider, open_keys, open_s3, read_secret

MAX_FORM_BYTES = 16 * 2**20
# Exactly the routes that seal a body as it arrives: another one would take it in whole.
UPLOADS = re.compile(r"(/api/v1)?/(drafts/[^/]+/(attachments|uploads)|uploads/[^/]+)")
MAIN = Origin(door="main")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}

# What brings policies into force is told to the database before anybody here looks what is.
CHANGING = threading.Lock()

logger = logging.getLogger("entente")


def assemble(settings: Settings, database: Database | None = None) -> Services:
    """Put the parts together, and refuse to begin where one of them is unsafe.

    Raises:
        PolicyError, SchemeError: the policies or schemes do not load.
        Invalid: entries would be pushed in the clear over a network.
        Unavailable: thresholds, limits or what mail may carry do not load, or the database, the
            store or the keys do not answer or are set unsafely.
    """
    address = urlsplit(settings.base_url)
    if not settings.secure and address.hostname not in LOOPBACK:
        raise Unavailable("ENTENTE_BASE_URL must begin with https:// unless it is this machine.")
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = database or locate_database(settings)
    engine = database.application_engine()
    check_roles(engine)
    units = Units(
        engine,
        DatabaseJournal(secrets.token_bytes),
        utc_now,
        open_replicas(engine, database.replica_engines()),
    )
    gate = Gate(PolicyKeeper(settings.policies_dir))
    _begin_with_policies(units, gate)
    return Services(
        settings=settings,
        database=database,
        units=units,
        gate=gate,
        thresholds=load_thresholds(settings.policies_dir),
        request_rules=load_rules(settings.policies_dir),
        review_rules=load_review_rules(settings.policies_dir),
        limits=load_limits(
            settings.policies_dir,
            gate.keeper.current.schemes,
            upper_bytes=settings.max_attachment_bytes,
        ),
        ceiling=load_ceiling(settings.policies_dir, gate.keeper.current.schemes),
        keys=_keys(settings),
        blobs=_blobs(settings),
        scan=open_scan(settings.clamd_url),
        identity=Identity(
            keys=load_or_create_identity_keys(settings.data_dir / "secrets"),
            base_url=settings.base_url,
        ),
        log=_log(settings, units),
        push=_push(settings, units),
        clock=utc_now,
    )


def create_app(services: Services) -> FastAPI:
    """Make the application of these parts."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        services.units.engine.dispose()
        services.units.replicas.close()

    app = FastAPI(
        title="Entente",
        summary="Exchange of marked records between the parties to an arrangement",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=lifespan,
    )
    app.state.services = services
    app.state.metrics = CollectorRegistry()
    app.state.metrics.register(LogFigures(services))
    app.state.metrics.register(ReplicaFigures(services.units.replicas))
    app.add_middleware(Receipts, services=services)
    app.add_middleware(BodyLimit, limit_bytes=MAX_FORM_BYTES, unless=UPLOADS)
    app.add_middleware(SecurityHeaders, secure=services.settings.secure)
    app.add_middleware(Metrics, registry=app.state.metrics)
    answer_problems(app, web.problem_page)
    api.add_routes(app)
    web.add_routes(app)
    return app


def app_from_environment() -> FastAPI:
    """Make the application of the settings in the environment, for a server's factory."""
    return create_app(assemble(Settings()))


def reload_policies(services: Services) -> None:
    """Bring the policy files as they stand now into force, or keep those in force and say why."""
    keeper = services.gate.keeper
    with CHANGING:
        before = keeper.current.version
        after = keeper.reload(_weighing(services.units, services.gate)).version
        if keeper.problem is not None:
            _refuse(services.units, services.gate)
        elif after != before:
            _register(services.units, services.gate)
            logger.warning("policies %s are in force", after)


def follow_policies(services: Services) -> None:
    """Go on with the policies that another process brought into force, whatever the files say."""
    keeper = services.gate.keeper
    with CHANGING:
        with services.units.begin(MAIN) as work:
            instead = in_force_instead(work.session, keeper.current)
        if instead is not None:
            keeper.go_on_with(instead)
            logger.warning("policies %s are in force, by another process", instead.version)


def adopt_confirmed(services: Services) -> None:
    """Bring policies that waited into force, once a second person has confirmed them."""
    waiting = services.gate.keeper.waiting
    if waiting is None:
        return
    with services.units.begin(MAIN) as work:
        confirmed = proposals.policies_confirmed(work, services.gate, waiting)
    if confirmed:
        reload_policies(services)


def _begin_with_policies(units: Units, gate: Gate) -> None:
    """Let the files' policies decide if they may; otherwise those in force before go on."""
    keeper = gate.keeper
    kept = _in_force_before(units, keeper.current)
    if kept is not None:
        keeper.go_on_with(kept)
        keeper.reload(_weighing(units, gate))
    if keeper.problem is not None:
        _refuse(units, gate)
    _register(units, gate)


def _in_force_before(units: Units, files: PolicySet) -> PolicySet | None:
    """Give the policies that decided last; None if they are the files', or no sound ones did.

    A newer portal may ask more of policies than those kept by an older one hold: what cannot be
    trusted to decide does not, and the files' own do.
    """
    try:
        with units.begin(MAIN) as work:
            return in_force_instead(work.session, files)
    except (PolicyError, NotKept) as problem:
        logger.warning("the policies in force before cannot go on: %s", problem.detail)
        return None


def _weighing(units: Units, gate: Gate) -> Callable[[PolicySet], None]:
    def weigh(found: PolicySet) -> None:
        with units.begin(MAIN) as work:
            proposals.weigh_policies(work, gate, found)

    return weigh


def _refuse(units: Units, gate: Gate) -> None:
    keeper = gate.keeper
    logger.error("the policies in the folder are not in force: %s", keeper.problem)
    details: dict[str, Detail] = {"in_force": keeper.current.version}
    if keeper.waiting is not None:
        details["waiting"] = keeper.waiting.version
    with units.begin(MAIN) as work:
        work.record(Event("policies.refused", details=details))


def _register(units: Units, gate: Gate) -> None:
    policies = gate.keeper.current
    with units.begin(MAIN) as work:
        register_policies(work.session, policies, work.now)
        # Whoever has no standing yet, or another one by changed schemes, has one from now on.
        parties.note_standings(work, policies.schemes)
        work.record(Event("policies.loaded", subject=f"policy-set:{policies.version}"))


def _keys(settings: Settings) -> KeyProvider:
    file = settings.data_dir / "keys" / "organisations.json"
    place = settings.key_provider or f"local:{quote(str(file))}"
    given = settings.key_passphrase
    secret = None if given is None else given.get_secret_value()
    if secret is None and place.startswith("local:") and "passphrase-file=" not in place:
        secret = _trial_passphrase(settings.data_dir / "secrets" / "key-passphrase")
    return open_keys(place, secret=secret, now=utc_now, environ=os.environ)


def _log(settings: Settings, units: Units) -> LogParts:
    folder = settings.data_dir / "log"
    return LogParts(
        units=units,
        keys=LogKeys.load_or_create(folder, units.clock),
        origin=log_origin(settings.log_origin, settings.base_url),
        policy_path=settings.log_policy or folder / "policy",
        post=http_post(new_client()),
    )


def _push(settings: Settings, units: Units) -> Push | None:
    """Give where entries are pushed to; an unsafe address keeps the portal from starting."""
    if settings.syslog_url is None:
        return None
    push = Push(units, settings.syslog_url, urlsplit(settings.base_url).hostname or "-")
    push.check()
    return push


def _trial_passphrase(path: Path) -> str:
    """Give the passphrase that lies beside the data, making one the first time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f"{path.name}.part")
        part.touch(mode=0o600)
        part.write_text(secrets.token_urlsafe(32))
        part.replace(path)
        logger.warning(
            "ENTENTE_KEY_PASSPHRASE is not set: one was made in %s. Set your own in production.",
            path,
        )
    return read_secret(path)


def _blobs(settings: Settings) -> BlobStore:
    if settings.blob_url is None:
        return FolderBlobs(settings.data_dir / "blobs")
    address = urlsplit(settings.blob_url)
    if address.scheme == "file":
        return FolderBlobs(Path(address.path))
    if address.scheme == "s3":
        return open_s3(settings.blob_url)
    raise Unavailable("ENTENTE_BLOB_URL must begin with file:// or s3://.")
