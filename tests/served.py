"""A portal over a world that another process made, in a process of its own, to be killed.

python -m tests.served FOLDER DATABASE_URL PORT SECONDS_OF_THE_CLOCK
"""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn

from app.core.settings import Settings
from app.edge import taking
from app.main import assemble, create_app
from app.records import uploads
from tests.portal import KEY_PASSPHRASE, RunningClock

# Small, so that a test need not wait.
KEEP_EVERY_SECONDS = 0.1
CLAIMED_FOR = timedelta(seconds=1)


def serve(folder: Path, database_url: str, port: int, now: datetime) -> None:
    """Serve until killed."""
    taking.KEEP_EVERY_SECONDS = KEEP_EVERY_SECONDS  # type: ignore[misc]
    uploads.CLAIMED_FOR = CLAIMED_FOR  # type: ignore[misc]
    settings = Settings(
        data_dir=folder,
        database_url=database_url,
        base_url=f"http://127.0.0.1:{port}",
        key_passphrase=KEY_PASSPHRASE,
        _env_file=None,
    )
    made, clock = assemble(settings), RunningClock(now)
    services = replace(made, clock=clock, units=replace(made.units, clock=clock))
    uvicorn.run(create_app(services), port=port, log_level="warning")


if __name__ == "__main__":
    serve(
        Path(sys.argv[1]),
        sys.argv[2],
        int(sys.argv[3]),
        datetime.fromtimestamp(float(sys.argv[4]), UTC),
    )
