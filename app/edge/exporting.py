"""Answers with an export of the log: gathered beside memory, sent once it stands in the log."""

import tempfile
from enum import StrEnum
from typing import IO, Final

from fastapi import Depends
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from app import audit
from app.access import Actor
from app.audit import LogFilter
from app.core.work import Work
from app.edge.asking import SignedInActor, TheGate, Working
from app.edge.services import Services

IN_MEMORY_BYTES: Final = 8 * 2**20
CHUNK_BYTES: Final = 64 * 2**10


class ExportFile(StrEnum):
    """The files in which a selection of the log leaves the portal."""

    OCSF = "log.ocsf.jsonl"
    CSV = "log.csv"
    EVIDENCE = "evidence.zip"


MEDIA_TYPES: Final = {
    ExportFile.OCSF: "application/jsonl",
    ExportFile.CSV: "text/csv; charset=utf-8",
    ExportFile.EVIDENCE: "application/zip",
}


def check_auditor(work: Working, gate: TheGate, actor: SignedInActor) -> None:
    """Check that an auditor asks: a dependency of routes, which goes before what they read.

    Raises:
        Forbidden: the actor is not an auditor of a party.
    """
    audit.check_office(work, gate, actor)


ForAuditors: Final = Depends(check_auditor)


def serve_export(
    work: Work, services: Services, actor: Actor, asked: LogFilter, file: ExportFile
) -> Response:
    """Answer with a selection of the log.

    Raises:
        Forbidden: the actor is not an auditor of a party.
        Invalid: a filter names nothing that can be asked for, or the selection is too large.
        Unavailable: nothing of the log is signed yet.
    """
    spool: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115
    try:
        _gather(work, services, actor, asked, file, spool)
    except BaseException:
        spool.close()
        raise
    length = spool.tell()
    spool.seek(0)
    return StreamingResponse(
        iter(lambda: spool.read(CHUNK_BYTES), b""),
        media_type=MEDIA_TYPES[file],
        headers={
            "Content-Disposition": f'attachment; filename="entente-{file}"',
            "Content-Length": str(length),
        },
        background=BackgroundTask(spool.close),
    )


def _gather(
    work: Work,
    services: Services,
    actor: Actor,
    asked: LogFilter,
    file: ExportFile,
    spool: IO[bytes],
) -> None:
    match file:
        case ExportFile.OCSF:
            audit.export_ocsf(work, services.gate, actor, asked, spool)
        case ExportFile.CSV:
            audit.export_csv(work, services.gate, actor, asked, spool)
        case ExportFile.EVIDENCE:
            published = audit.Published(services.log, services.settings.base_url)
            audit.export_evidence(work, services.gate, actor, asked, spool, published)
    spool.seek(0, 2)
