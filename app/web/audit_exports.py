"""Downloads for auditors: a selection of the log as OCSF events, a spreadsheet, or evidence."""

from fastapi import APIRouter
from starlette.responses import Response

from app.edge import ExportFile, ForAuditors, SignedInActor, TheServices, Working, serve_export
from app.web.audit_log import Asked

router = APIRouter(prefix="/audit/export", dependencies=[ForAuditors])


@router.get("/{file}")
def download_export(
    work: Working, services: TheServices, actor: SignedInActor, file: ExportFile, asked: Asked
) -> Response:
    return serve_export(work, services, actor, asked, file)
