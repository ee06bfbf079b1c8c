"""Recalls on pages: what one is asked to delete, and who has answered what one called back."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.access import Actor, Gate
from app.core.errors import Conflict, Invalid
from app.core.ids import RecallId
from app.core.work import Work
from app.edge import (
    SafeForm,
    SignedInActor,
    TheGate,
    TheServices,
    Working,
)
from app.release import AnswerRecall, EvidencePack, RecallTaskView, recalls
from app.web.choices import names_of
from app.web.forms import parse, texts
from app.web.pages import draw_again, redraw_with, render
from app.web.presenting import moment
from app.web.printing import pdf

router = APIRouter(prefix="/recalls")
ANSWERS: Final = {None: "No answer", "deleted": "Deleted", "not-deleted": "Not deleted"}
FIRST_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
VERIFYING: Final = (
    "recall.json holds this statement as a JSON Web Signature, and each answer with its own"
    " signature. SHA-256 over a zero byte and a file of the folder entries gives the hash that"
    " stands in the published log; the file of the same name in the folder proofs leads from there"
    " to a signed checkpoint (c2sp.org/tlog-proof)."
)


@router.get("")
def list_page(request: Request, work: Working, gate: TheGate, actor: SignedInActor) -> Response:
    found = recalls.recalls(work, gate, actor)
    return render(request, "recalls/list.html", {"recalls": found, "names": names_of(work)})


@router.get("/{recall_id}")
def recall_page(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    recall_id: RecallId,
    done: str = "",
) -> Response:
    return _page(request, work, gate, actor, recall_id, done=done)


@router.post("/{recall_id}/answer")
def answer(
    request: Request,
    work: Working,
    services: TheServices,
    actor: SignedInActor,
    form: SafeForm,
    recall_id: RecallId,
) -> RedirectResponse:
    typed = texts(form, *AnswerRecall.model_fields)
    redraw_with(request, draw_again(request, _page, recall_id, typed=typed), also=Conflict)
    if not typed["answer"]:
        raise Invalid(fields={"answer": "Say whether you deleted what you took."})
    command = parse(AnswerRecall, typed)
    recalls.answer(work, actor, recall_id, command, keys=services.identity.keys)
    return RedirectResponse(f"/recalls/{recall_id}?done=answered", 303)


@router.post("/{recall_id}/remind")
def remind(
    work: Working, gate: TheGate, actor: SignedInActor, _: SafeForm, recall_id: RecallId
) -> RedirectResponse:
    recalls.remind(work, gate, actor, recall_id)
    return RedirectResponse(f"/recalls/{recall_id}?done=reminded", 303)


@router.get("/{recall_id}/evidence.zip")
def evidence(
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    recall_id: RecallId,
) -> Response:
    pack = recalls.evidence(
        work, gate, actor, recall_id, keys=services.identity.keys, log=services.log
    )
    data = _report(pack, actor.profile.party, services.settings.arrangement)
    data["link"] = f"{services.settings.base_url}/recalls/{recall_id}"
    name = f"entente-recall-{pack.recall.reference}-{pack.recall.number}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(_zipped(pack, data), media_type="application/zip", headers=headers)


def _page(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    recall_id: RecallId,
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    found = recalls.recall_page(work, gate, actor, recall_id)
    context = {"page": found, "names": names_of(work), "typed": {}, "errors": {}, "done": ""}
    return render(request, "recalls/recall.html", context | more, status=status)


def _zipped(pack: EvidencePack, data: Mapping[str, Any]) -> bytes:
    """Put the statement, its printed form, the entries and their proofs into one file."""
    signed = json.dumps({"statement": pack.facts, "signature": pack.signature}, indent=1)
    files = [
        ("recall.json", signed.encode()),
        ("recall.pdf", pdf("report", data, made_at=pack.made_at)),
        *pack.files,
    ]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files:
            info = zipfile.ZipInfo(name, FIRST_MOMENT)
            info.external_attr = 0o644 << 16
            bundle.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _report(pack: EvidencePack, party: str, arrangement: str) -> dict[str, Any]:
    recall = pack.recall
    unproved = f" {pack.unproved_count} have no proof yet." if pack.unproved_count else ""
    rows = [_row(task, party) for task in recall.tasks]
    columns = ["Person", "Organisation", "Taken", "Answer", "When", "In their words"]
    table = {"caption": "Takers", "columns": columns, "widths": [4, 4, 6, 3, 4, 5], "rows": rows}
    return {
        "arrangement": arrangement,
        "title": f"{recall.reference}, version {recall.number}",
        "kind": "Evidence of a recall",
        "sentence": f"{recall.deleted_count} of {recall.total} who took a copy confirmed that they"
        " deleted it.",
        "facts": [
            ["Reason", recall.reason],
            ["Withdrawn", moment(recall.begun_at, party).text],
            ["By", f"{recall.begun_by.name}, {recall.begun_by.organisation}"],
            ["To be deleted by", f"{recall.due_on:%-d %B %Y} (UTC)"],
            ["Entries of the log", f"{len(pack.files)} files.{unproved}"],
        ],
        "parts": [
            {"heading": "Who took a copy", **({"table": table} if rows else {"text": "Nobody."})},
            {"heading": "How to verify it", "text": VERIFYING},
        ],
        "answered": "By the log of the portal",
        "when": moment(pack.made_at, party).text,
    }


def _row(task: RecallTaskView, party: str) -> list[str]:
    taken = [f"{one.name} {one.copy}".strip() for one in task.taken]
    return [
        task.person.name,
        task.person.organisation,
        "; ".join(taken),
        ANSWERS[task.answer],
        moment(task.answered_at, party).text if task.answered_at else "",
        task.said,
    ]
