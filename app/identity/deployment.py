"""What the verbs of identity need of the deployment: its keys, its address, its chance."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from app.identity.keys import IdentityKeys
from app.identity.passwords import Passwords
from app.identity.tokens import TokenParties


@dataclass(frozen=True)
class Identity:
    """How this deployment knows people; `base_url` is the address that they type."""

    keys: IdentityKeys
    base_url: str
    passwords: Passwords = field(default_factory=Passwords)
    random_bytes: Callable[[int], bytes] = secrets.token_bytes

    @property
    def tokens(self) -> TokenParties:
        """Give who issues tokens, and for whom."""
        return TokenParties(issuer=self.base_url, audience=f"{self.base_url}/api/v1")
