"""Changes as they are proposed and kept: plain facts, before and after."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

ProposalKind = Literal["parties", "policies"]


@dataclass(frozen=True)
class ProposedChange:
    """One change; `before` None adds, `after` None ends. Both hold only what JSON can.

    Of a person, the key is their id, or the e-mail address of who is to be admitted; of policies,
    it is the version of the set.
    """

    kind: str
    key: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        """Give it as it is kept."""
        return asdict(self)
