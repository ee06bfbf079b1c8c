"""What the workbench shows beside answers: how the log stands, and an entry with its proof."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import log
from app.access import Actor, Gate, Office, OfficeAction
from app.audit import queries, service
from app.audit.explained import PolicySaid
from app.audit.explaining_entries import policies_then
from app.audit.views import EntryView
from app.core.errors import Unavailable
from app.core.ids import EntryId
from app.core.work import Work
from app.log import EndedUnsigned, EntryProof, LogRow, LogState
from app.tlog import COSIGNATURE_MLDSA44, ED25519, TrustPolicy, VerifierKey

ALGORITHMS: Final = {ED25519: "Ed25519", COSIGNATURE_MLDSA44: "ML-DSA-44"}


@dataclass(frozen=True)
class LogKey:
    """A public key of the log; `retired_at` is None while it signs."""

    vkey: str
    algorithm: str
    added_at: datetime
    retired_at: datetime | None


@dataclass(frozen=True)
class EarlierLog:
    """A log before the one that is written."""

    number: int
    origin: str
    began_at: datetime


@dataclass(frozen=True)
class Standing:
    """All that says how the log stands and how it is checked; `url` is where it is published."""

    state: LogState
    checkpoint: str
    policy: str
    keys: Sequence[LogKey]
    earlier: Sequence[EarlierLog]
    url: str


@dataclass(frozen=True)
class ProvenEntry:
    """An entry, its very bytes, and its proof; None until a checkpoint over it is signed.

    `unproved` says why there is no proof; `never` that there will be none.
    `reference` is the number of the record that it is about, if it is about one; `policies` are
    those that decided, as they stood at that moment.
    """

    entry: EntryView
    reference: str
    policies: tuple[PolicySaid, ...]
    raw: str
    proof: EntryProof | None
    unproved: str = ""
    never: bool = False

    def proof_text(self) -> str:
        """Give the proof as a file that stock tools verify.

        Raises:
            Unavailable: no checkpoint over the entry is signed.

        Source: c2sp.org/tlog-proof.
        """
        if self.proof is None:
            raise Unavailable(self.unproved)
        return self.proof.text()


def log_state(work: Work, gate: Gate, actor: Actor, policy: TrustPolicy) -> LogState | None:
    """Show an auditor how the log stands; None before it has begun.

    Raises:
        Forbidden: the actor is not an auditor of a party.
    """
    _enter(work, gate, actor, "state")
    try:
        return log.state(work, policy)
    except Unavailable:
        return None


def standing(work: Work, gate: Gate, actor: Actor, policy: TrustPolicy, base_url: str) -> Standing:
    """Show an auditor what proves the log: its checkpoint, witnesses and keys.

    Raises:
        Forbidden: the actor is not an auditor of a party.
        NotFound, Unavailable: nothing of the log is signed yet.
    """
    _enter(work, gate, actor, "proof")
    state = log.state(work, policy)
    url = f"{base_url}/logs/{state.log}"
    logs = select(LogRow).where(LogRow.number < state.log).order_by(LogRow.number.desc())
    return Standing(
        state=state,
        checkpoint=log.checkpoint(work.session, state.log, policy),
        policy=log.policy_text(work.session, state.log, policy, url),
        keys=[
            LogKey(key.vkey, _algorithm(key.vkey), key.added_at, key.retired_at)
            for key in log.keys(work.session, state.log)
        ],
        earlier=[
            EarlierLog(row.number, row.origin, row.began_at) for row in work.session.scalars(logs)
        ],
        url=url,
    )


def proven_entry(
    work: Work, gate: Gate, actor: Actor, entry_id: EntryId, policy: TrustPolicy
) -> ProvenEntry:
    """Show one entry that concerns the auditor's party, with its bytes and its proof.

    Raises:
        Forbidden: the actor is not an auditor of a party.
        NotFound: no such entry, or none that concerns the party.
    """
    entry = service.entry(work, gate, actor, entry_id)
    raw = queries.entries(work.session, [entry_id])[entry_id].decode()
    record = json.loads(raw).get("record", "")
    known = queries.references(work.session, [UUID(record)]) if record else {}
    reference = known.get(UUID(record), "") if record else ""
    said = policies_then(work.session, gate.keeper.current, entry.policies, entry.at)
    try:
        proof = log.proof_of(work.session, entry_id, policy=policy)
    except Unavailable as error:
        never = isinstance(error, EndedUnsigned)
        return ProvenEntry(entry, reference, said, raw, None, error.detail, never)
    return ProvenEntry(entry, reference, said, raw, proof)


def _algorithm(vkey: str) -> str:
    return ALGORITHMS.get(VerifierKey.parse(vkey).algorithm, "Unknown")


def _enter(work: Work, gate: Gate, actor: Actor, what: str) -> None:
    gate.enter_office(
        work,
        actor,
        OfficeAction.REVIEW_LOG,
        Office(party=actor.profile.party),
        event="log.reviewed",
        details={"page": what},
    )
