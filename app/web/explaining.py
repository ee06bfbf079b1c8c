"""Why a reader can read a record: told to them, of what they see."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import records
from app.core.ids import RecordId
from app.edge import TheGate, Visitor, Working
from app.web.pages import render
from app.web.records import names_of

router = APIRouter(prefix="/records/{record_id}")


@router.get("/why")
def why_page(
    request: Request, work: Working, gate: TheGate, actor: Visitor, record_id: RecordId
) -> Response:
    why = records.why(work, gate, actor, record_id)
    names = names_of(work, [part.marking for part in why.parts], set())
    return render(request, "records/why.html", {"why": why, "names": names})
