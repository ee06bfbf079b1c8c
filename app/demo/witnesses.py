"""The witnesses of the demonstration: one for each party, each with its own keys and state.

In production a party runs `entente audit witness` on a machine of its own, and is told the log's
keys by hand. Here both run beside the portal and ask it for whatever keys its logs have: what they
show is the protocol, not independence.
"""

import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from sqlalchemy import select

from app.core.work import Origin
from app.log import KeyRow, LogParts, LogRow
from app.tlog import GroupLine, TrustPolicy, VerifierKey, WitnessLine
from app.witness import Witness, WitnessKeys, WitnessState, create_app

DOOR: Final = Origin(door="demo")
QUORUM: Final = "both-parties"


@dataclass(frozen=True)
class Party:
    """A party's witness: its folder, its name in the policy, its name under cosignatures."""

    folder: str
    label: str
    name: str


PARTIES: Final = (
    Party("singapore", "Digital-Trust-Centre", "witness.sg.example/entente"),
    Party("european-union", "EU-AI-Office", "witness.eu.example/entente"),
)


@dataclass(frozen=True)
class _AnyLogOf:
    """Trusts every log of the portal, and whatever keys it says that these have."""

    parts: LogParts

    def keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """Give the keys that sign for the log `origin`; none if it is unknown."""
        with self.parts.units.begin(DOOR) as work:
            signing = select(KeyRow.vkey).join(LogRow, LogRow.number == KeyRow.log)
            here = signing.where(LogRow.origin == origin, KeyRow.retired_at.is_(None))
            return tuple(map(VerifierKey.parse, work.session.scalars(here)))


def run_witnesses(parts: LogParts, data_dir: Path, stop: threading.Event) -> TrustPolicy:
    """Start both witnesses, each at a free port of this machine; the policy asks for both.

    They end with the process, or once `stop` is set.
    """
    folder = data_dir / "witnesses"
    started = [_start(parts, party, folder / party.folder, stop) for party in PARTIES]
    group = GroupLine(QUORUM, len(PARTIES), tuple(party.label for party in PARTIES))
    # The log's own lines are added where the policy is published: its keys come and go.
    policy = TrustPolicy((), tuple(started), (group,), QUORUM)
    _replace(parts.policy_path, policy.text())
    return policy


def _start(parts: LogParts, party: Party, folder: Path, stop: threading.Event) -> WitnessLine:
    """Start a witness, and give its line: the Ed25519 key, which every verifier knows."""
    state = WitnessState.open(folder)
    keys = WitnessKeys.load_or_create(folder, party.name)
    witness = Witness(keys, _AnyLogOf(parts), state, parts.units.clock)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(witness), log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    _beside(server.run, [listening])
    _beside(_end, server, stop)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    return WitnessLine(party.label, keys.vkeys[0], url)


def _end(server: uvicorn.Server, stop: threading.Event) -> None:
    stop.wait()
    server.should_exit = True


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_text(text)
    temporary.replace(path)


def _beside(what: Callable[..., object], *arguments: object) -> None:
    threading.Thread(target=what, args=arguments, daemon=True).start()
