"""A party's witness: cosigns the checkpoints of a log only while each continues the one before.

It runs on the party's own machine, apart from the portal, with its own key and its own state. Two
parties that each run one cannot be shown two different logs, and no backup that is played back
goes unnoticed.

- `state`: what has been cosigned last, for each log; never forgotten, never rolled back.
- `keys`: what the witness signs with.
- `trust`: whose checkpoints it looks at.
- `protocol`: when it signs, and what it answers otherwise.
- `server`: the same over HTTP.

Source: c2sp.org/tlog-witness.
"""

from app.witness.keys import WitnessKeys
from app.witness.protocol import Refusal, Witness
from app.witness.server import create_app
from app.witness.state import WitnessState
from app.witness.trust import Trust, TrustedLogs

__all__ = [
    "Refusal",
    "Trust",
    "TrustedLogs",
    "Witness",
    "WitnessKeys",
    "WitnessState",
    "create_app",
]
