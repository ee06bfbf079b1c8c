"""Recalls: what you are asked to delete, and who has answered what you called back."""

from dataclasses import dataclass
from typing import Any

from app.api.answers import nouns
from app.core.ids import RecallId
from app.edge import SignedInActor, TheGate, TheServices, Working
from app.release import AnswerRecall, RecallPage, RecallsView, RecallTaskView, recalls

router = nouns("recalls", "/recalls")


@dataclass(frozen=True)
class Evidence:
    """The statement of a recall, and the same as a JSON Web Signature."""

    statement: dict[str, Any]
    signature: str


@dataclass(frozen=True)
class Reminded:
    """How many were reminded."""

    count: int


@router.get("")
def list_recalls(work: Working, gate: TheGate, actor: SignedInActor) -> RecallsView:
    """List what you are asked to delete, and the recalls of your organisation."""
    return recalls.recalls(work, gate, actor)


@router.get("/{recall_id}")
def read_recall(
    work: Working, gate: TheGate, actor: SignedInActor, recall_id: RecallId
) -> RecallPage:
    """Read one recall: your own task, and all of it if your organisation called back."""
    return recalls.recall_page(work, gate, actor, recall_id)


@router.post("/{recall_id}/answer", status_code=201)
def answer_recall(
    work: Working,
    services: TheServices,
    actor: SignedInActor,
    recall_id: RecallId,
    command: AnswerRecall,
) -> RecallTaskView:
    """Confirm that you deleted what you took, under your name, or say why not; it is signed."""
    return recalls.answer(work, actor, recall_id, command, keys=services.identity.keys)


@router.post("/{recall_id}/reminder")
def remind_takers(
    work: Working, gate: TheGate, actor: SignedInActor, recall_id: RecallId
) -> Reminded:
    """Remind everybody who has not answered, once a day at most."""
    return Reminded(recalls.remind(work, gate, actor, recall_id))


@router.get("/{recall_id}/evidence")
def recall_evidence(
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    recall_id: RecallId,
) -> Evidence:
    """Take the signed statement of who took what and what each answered."""
    keys, log = services.identity.keys, services.log
    pack = recalls.evidence(work, gate, actor, recall_id, keys=keys, log=log)
    return Evidence(pack.facts, pack.signature)
