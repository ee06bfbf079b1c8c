"""The words of a mail: plain text, what happened, where it is, and how to hear no more of it."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from app.core.mail import Mail
from app.notices.looking_up import Told

SUBJECT = "Entente: something waits for you"


def compose(
    to: str, named: Sequence[Told], unnamed_count: int, base_url: str, token: str, *, key: str
) -> Mail:
    """Write to one person; of `unnamed_count` notices the mail says only that they are there.

    Source: RFC 2369, section 3.2; RFC 8058, section 3.1; RFC 2919 for the list's id.
    """
    parts = [_named(one, base_url) for one in named]
    if unnamed_count:
        more = "something" if not named else "something more"
        things = more if unnamed_count == 1 else f"{unnamed_count} {'more ' if named else ''}things"
        verb = "waits" if unnamed_count == 1 else "wait"
        parts.append(
            f"{things[0].upper()}{things[1:]} {verb} for you in Entente:\n{base_url}/notices"
        )
    stop = f"{base_url}/notices/unsubscribe/{token}"
    parts.append(
        "--\nYou are told this as you chose it, or left it, at\n"
        f"{base_url}/notices/settings\n"
        f"To get no more mail like this one, without signing in:\n{stop}"
    )
    headers = {
        "List-Id": f"Notices of Entente <notices.{urlsplit(base_url).hostname or 'localhost'}>",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return Mail([to], SUBJECT, "\n\n".join(parts) + "\n", headers, key)


def _named(told: Told, base_url: str) -> str:
    title = told.title
    lines = [told.sentence]
    if title is not None:
        marking = f" ({title.marking.text})" if title.title else ""
        lines.append(f"{title.reference} {title.title}".strip() + marking)
    lines.append(f"{base_url}{told.row.path}")
    return "\n".join(lines)
