"""What the log is kept with: put together once, by main."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.core.errors import Unavailable
from app.core.work import Origin, Units
from app.log.keys import LogKeys
from app.tlog import NoteError, PolicyError, TrustPolicy, check_key_name

# Sends a body to an address, or with None asks for what is there: gives the status and the answer.
Post = Callable[[str, bytes | None], tuple[int, bytes]]

DOOR = Origin(door="log")
NO_WITNESSES = TrustPolicy((), (), (), "none")


@dataclass(frozen=True)
class LogParts:
    """What keeps the log.

    Args:
        origin: the name of every log up to its year, a URL without scheme: `entente.example/log`.
        policy_path: the tlog-policy file; no witness is asked while there is none.
        post: how a witness is reached.
    """

    units: Units
    keys: LogKeys
    origin: str
    policy_path: Path
    post: Post

    def policy(self) -> TrustPolicy:
        """Give the policy as the file stands now.

        Raises:
            Unavailable: the file is not a policy.
        """
        try:
            return TrustPolicy.parse(self.policy_path.read_bytes())
        except FileNotFoundError:
            return NO_WITNESSES
        except (OSError, PolicyError) as error:
            raise Unavailable(f"The log's policy cannot be read: {error}") from error


def log_origin(setting: str | None, base_url: str) -> str:
    """Give the name of the logs of a portal, up to the year.

    Raises:
        Unavailable: no key can bear the name.
    """
    address = urlsplit(base_url)
    origin = setting or f"{address.netloc}{address.path.rstrip('/')}/log"
    try:
        check_key_name(origin)
    except NoteError as error:
        raise Unavailable(f"ENTENTE_LOG_ORIGIN cannot name a log: {error}") from error
    return origin
