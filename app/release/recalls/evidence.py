"""The evidence of a recall: what was withdrawn, who took it, what each answered, and the proofs.

The statement is signed by the deployment; each answer carries its own signature; and each entry of
the log that it rests on comes byte for byte, with the proof that it is on the log where one can be
made yet.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from app import identity
from app.access import Actor, Gate
from app.core.errors import NotFound, Unavailable
from app.core.ids import RecallId
from app.core.work import Work
from app.identity import IdentityKeys
from app.log import LogParts, proof_of
from app.release.recalls import queries
from app.release.recalls.models import RecallRow, RecallTaskRow
from app.release.recalls.showing import whole
from app.release.recalls.views import EvidencePack, RecallView

FORMAT: Final = "entente/recall/v1"
JWS_TYPE: Final = "entente-recall+jws"


def evidence(
    work: Work,
    gate: Gate,
    actor: Actor,
    recall_id: RecallId,
    *,
    keys: IdentityKeys,
    log: LogParts,
) -> EvidencePack:
    """Pack a recall as evidence, having first written in the log that it was taken.

    Raises:
        Refused: it is not the actor's to follow.
    """
    row, view = whole(work, gate, actor, recall_id, "recall.exported")
    tasks = queries.tasks(work.session, [row.id])
    facts = _facts(work, row, view, tasks)
    files, unproved = _proofs(work, row, tasks, log)
    return EvidencePack(
        recall=view,
        made_at=work.now,
        facts=facts,
        signature=identity.sign_statement(keys, facts, typ=JWS_TYPE),
        files=tuple(files),
        unproved_count=unproved,
    )


def _facts(
    work: Work, row: RecallRow, view: RecallView, tasks: Sequence[RecallTaskRow]
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "recall": str(row.id),
        "reference": row.reference,
        "version": row.number,
        "owner": row.owner,
        "originator": row.originator,
        "reason": row.reason,
        "due_on": row.due_on.isoformat(),
        "begun_at": row.begun_at.isoformat(),
        "begun_by": str(row.begun_by),
        "withdrawal_entry": str(row.entry_id),
        "made_at": work.now.isoformat(),
        "takers_count": view.total,
        "deleted_count": view.deleted_count,
        "takers": [_taker(one) for one in tasks],
    }


def _taker(task: RecallTaskRow) -> dict[str, Any]:
    return {
        "person": str(task.person_id),
        "organisation": task.organisation,
        "taken": task.taken,
        "answer": task.answer or "",
        "answered_at": task.answered_at.isoformat() if task.answered_at else "",
        "said": task.said,
        "signature": task.signature or "",
        "entry": str(task.entry_id or ""),
    }


def _proofs(
    work: Work, row: RecallRow, tasks: Sequence[RecallTaskRow], log: LogParts
) -> tuple[list[tuple[str, bytes]], int]:
    ids = [row.entry_id]
    for task in tasks:
        ids += [UUID(one) for thing in task.taken for one in thing["entries"]]
        ids += [task.entry_id] if task.entry_id else []
    entries = queries.entries(work.session, ids)
    files: list[tuple[str, bytes]] = []
    unproved = 0
    for entry_id in dict.fromkeys(ids):
        if entry_id not in entries:
            unproved += 1
            continue
        files.append((f"entries/{entry_id}.json", entries[entry_id]))
        try:
            proof = proof_of(work.session, entry_id, policy=log.policy())
        except (NotFound, Unavailable):
            unproved += 1
        else:
            files.append((f"proofs/{entry_id}.tlog-proof", proof.text().encode()))
    return files, unproved
