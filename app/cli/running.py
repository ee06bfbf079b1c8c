"""Commands that run the portal: demo, serve, worker, migrate."""

import logging
import signal
import threading
from collections.abc import Callable

import typer
import uvicorn

from app import demo as demonstration
from app import worker
from app.cli.acting import console
from app.core.database import locate_database
from app.core.errors import Problem
from app.core.migrate import migrate as migrate_database
from app.core.settings import Settings
from app.edge import Services
from app.main import (
    adopt_confirmed,
    assemble,
    create_app,
    follow_policies,
    reload_policies,
)

STOP_SECONDS = 10.0
ADOPT_EVERY_SECONDS = 5.0

commands = typer.Typer()
logger = logging.getLogger("entente")


@commands.command()
def demo() -> None:
    """Start the portal with its demonstration data, on this machine only.

    Example: entente demo
    """
    settings = Settings()
    services = _ready(settings)
    accounts = demonstration.load_demo(services, console)
    console.print(f"Accounts to sign in with: {accounts}")
    stop = threading.Event()
    if settings.log_policy is None:
        demonstration.run_witnesses(services.log, settings.data_dir, stop)
    _serve(services, stop)


@commands.command()
def serve() -> None:
    """Serve the portal; with the embedded database, do the worker's work too.

    Example: ENTENTE_BASE_URL=https://entente.example entente serve
    """
    settings = Settings()
    services = _ready(settings) if settings.database_url is None else assemble(settings)
    _serve(services, threading.Event())


@commands.command("worker")
def work_in_background() -> None:
    """Do what no request waits for: sweep what was left behind. Any number may run.

    Example: entente worker
    """
    services, stop = assemble(Settings()), threading.Event()
    _beside(_adopt, services, stop)
    worker.run(services, stop)


@commands.command()
def migrate() -> None:
    """Bring the database's tables to their newest form; needs the owner's login.

    Example: ENTENTE_OWNER_DATABASE_URL=postgresql://owner@db/entente entente migrate
    """
    migrate_database(locate_database(Settings()))
    console.print("The tables are in their newest form.")


def _ready(settings: Settings) -> Services:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = locate_database(settings)
    migrate_database(database)
    return assemble(settings, database)


def _serve(services: Services, stop: threading.Event) -> None:
    settings = services.settings
    working = []
    if settings.database_url is None:
        working.append(_beside(worker.run, services, stop))
    _beside(_adopt, services, stop)
    signal.signal(signal.SIGHUP, lambda *_: _beside(reload_policies, services))
    console.print(f"Entente is at {settings.base_url}")
    try:
        uvicorn.run(
            create_app(services),
            host=settings.host,
            port=settings.port,
            log_level="warning",
            access_log=False,
            server_header=False,
        )
    finally:  # The worker ends before the embedded database does.
        stop.set()
        for thread in working:
            thread.join(STOP_SECONDS)


def _adopt(services: Services, stop: threading.Event) -> None:
    """Look from time to time which policies are in force elsewhere, or were confirmed."""
    while not stop.wait(ADOPT_EVERY_SECONDS):
        try:
            follow_policies(services)
            adopt_confirmed(services)
        except Problem as problem:
            logger.warning("it is not known which policies are in force: %s", problem.detail)


def _beside(what: Callable[..., None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=what, args=arguments, daemon=True)
    thread.start()
    return thread
