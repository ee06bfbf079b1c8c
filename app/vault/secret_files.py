"""Files that hold a secret: read only where nobody but their owner and group can read them."""

from pathlib import Path

from app.vault.errors import KeyUnavailable

OTHERS = 0o027
ALL_BUT_OWNER = 0o077


def read_secret(path: Path) -> str:
    """Give the secret in the file, without the white space around it.

    The group may read: that is how an orchestrator hands out secrets.

    Raises:
        KeyUnavailable: it cannot be read, is empty, or others can read or write it.
    """
    demand_private(path, OTHERS)
    try:
        secret = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyUnavailable(f"the secret in {path} cannot be read") from error
    if not secret:
        raise KeyUnavailable(f"the secret in {path} is empty; write it there")
    return secret


def demand_private(path: Path, forbidden: int = ALL_BUT_OWNER) -> None:
    """Return when the file grants none of the permissions that are forbidden.

    Raises:
        KeyUnavailable: it does, or is not there.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise KeyUnavailable(f"{path} cannot be used: {error.strerror}") from error
    if mode & forbidden:
        raise KeyUnavailable(
            f"others may use {path}: chmod 600 {path}, and choose its secret anew if"
            " somebody may have read it"
        )
