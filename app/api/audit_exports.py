"""A selection of the log as a file: OCSF events, a spreadsheet, or evidence with its proofs."""

from typing import Annotated

from fastapi import Query, Response

from app.api.answers import nouns
from app.audit import LogFilter
from app.edge import ExportFile, ForAuditors, SignedInActor, TheServices, Working, serve_export

router = nouns("audit", prefix="/audit/exports")


@router.get("/{file}", response_class=Response, dependencies=[ForAuditors])
def export_log(
    work: Working,
    services: TheServices,
    actor: SignedInActor,
    file: ExportFile,
    asked: Annotated[LogFilter, Query()],
) -> Response:
    """Export the entries that concern your party, up to a signed size of the log."""
    return serve_export(work, services, actor, asked, file)
