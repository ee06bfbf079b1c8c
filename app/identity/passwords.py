"""Passwords: argon2id, long rather than complicated, and as slow for nobody as for somebody."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import Invalid

# ASVS 5.0, 6.2.1, 6.2.5, 6.2.8 and 6.2.9: length is all that is asked, nothing is cut or changed.
MIN_LENGTH: Final = 15
MAX_LENGTH: Final = 256
MIN_DIFFERENT: Final = 6
NOBODYS: Final = "a password that nobody has"
SHORTEST_WORD: Final = 4  # shorter ones stand in other words by chance


def check_password(password: str, email: str) -> None:
    """Check that a password may be chosen by the person of this address.

    Raises:
        Invalid: it is too short, too long, or among the first that anybody would try.
    """
    if len(password) < MIN_LENGTH:
        _unfit(f"Use at least {MIN_LENGTH} characters. Four or five words make a good password.")
    if len(password) > MAX_LENGTH:
        _unfit(f"Use at most {MAX_LENGTH} characters.")
    if len(set(password)) < MIN_DIFFERENT:
        _unfit("This repeats the same few characters. Use something that is harder to guess.")
    known = {"entente", email.partition("@")[0]}
    if any(word in password.lower() for word in known if len(word) >= SHORTEST_WORD):
        _unfit("Leave your own address and the name of this portal out of your password.")


def _unfit(message: str) -> None:
    raise Invalid(message, fields={"password": message})


@dataclass(frozen=True)
class Passwords:
    """Hashes and checks passwords; the defaults are OWASP's for argon2id.

    Source: OWASP Password Storage Cheat Sheet; ASVS 5.0, appendix C.
    """

    memory_kib: int = 19 * 1024
    passes: int = 2
    lanes: int = 1
    nobodys: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the hash that is checked when nobody is known by an address."""
        object.__setattr__(self, "nobodys", self.hash(NOBODYS))

    def hash(self, password: str) -> str:
        """Hash a password, with a salt of its own."""
        return self._hasher.hash(password)

    def matches(self, known: str | None, password: str) -> bool:
        """Tell whether a password is the one hashed; without a hash, no, but not sooner."""
        try:
            self._hasher.verify(known or self.nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return known is not None

    def is_outdated(self, known: str) -> bool:
        """Tell whether a hash was made with other parameters than new ones are."""
        return self._hasher.check_needs_rehash(known)

    @cached_property
    def _hasher(self) -> PasswordHasher:
        return PasswordHasher(
            time_cost=self.passes,
            memory_cost=self.memory_kib,
            parallelism=self.lanes,
            type=Type.ID,
        )
