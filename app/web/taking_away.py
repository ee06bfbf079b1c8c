"""Files that auditors take away: gathered beside memory, sent once the export is on the log."""

import tempfile
from collections.abc import Iterable
from typing import IO, Final

from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

IN_MEMORY_BYTES: Final = 8 * 2**20
CHUNK_BYTES: Final = 64 * 2**10
CSV: Final = "text/csv; charset=utf-8"
JSON: Final = "application/json"
PDF: Final = "application/pdf"


def gathered(chunks: Iterable[bytes], name: str, media_type: str) -> Response:
    """Send a file that was gathered to its end first, so that nothing of a broken one is sent."""
    spool: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115
    for chunk in chunks:
        spool.write(chunk)
    spool.seek(0)
    return StreamingResponse(
        iter(lambda: spool.read(CHUNK_BYTES), b""),
        media_type=media_type,
        headers=named(name),
        background=BackgroundTask(spool.close),
    )


def named(name: str) -> dict[str, str]:
    """Name a file that is saved rather than shown."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}
