"""E-mail: the way it took, its attachments, and parts that say different things.

Source: RFC 5322, RFC 2045.
"""

import base64
import io
import quopri
import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from typing import IO

from app.inspection.formats import Unreadable, html
from app.inspection.looking import look_at_member, passages_of_member
from app.inspection.report import Finding, Note, Passage

_ROUTE = ("received", "x-originating-ip", "x-mailer", "user-agent", "return-path", "delivered-to",
          "x-received", "x-forwarded-to", "authentication-results", "message-id")  # fmt: skip
_PEOPLE = ("from", "to", "cc", "bcc", "reply-to", "sender")
_WORD = re.compile(r"\w{4,}")
_MOST_DIFFERENT = 0.5
_WRITTEN_IN = re.compile(r"^(?:begin(?:-base64)? [0-7]{3,4}|=ybegin .*name=) ?(.{1,200})$", re.M)
_USUAL = re.compile(
    r"This is a (?:multi-?part|cryptographically signed) message in MIME format\.?", re.I
)


def look(file: IO[bytes], note: Note) -> None:
    """Note headers, attachments, hidden HTML, and forms of the message that differ."""
    message = _parsed(file)
    for name, value in message.items():
        if name.lower() in _ROUTE:
            note(Finding("message-route", name, None, str(value)))
    people = [f"{name}: {value}" for name, value in message.items() if name.lower() in _PEOPLE]
    if people:
        note(Finding("author-metadata", "Addresses", None, "; ".join(people)))
    for part in _bodies(message, "html"):
        page = io.BytesIO(_content(part).encode("utf-8", "replace") or b" ")
        html.look(page, lambda found: note(Finding(found.kind, "Message", None, found.excerpt)))
    _differing(message, note)
    _written_in(message, note)
    for place, text in _beside_parts(message):
        if not _USUAL.fullmatch(text):
            note(Finding("hidden-text", place, None, text))
    for name, content in _attachments(message):
        note(Finding("embedded-file", excerpt=name))
        look_at_member(io.BytesIO(content), name, note)


def passages(file: IO[bytes]) -> Iterator[Passage]:
    """Give subject, text, and the text of attachments."""
    message = _parsed(file)
    yield Passage("Subject", None, str(message.get("subject", "")))
    for part in _bodies(message, "plain"):
        yield Passage("Message", None, _content(part))
    for part in _bodies(message, "html"):
        page = io.BytesIO(_content(part).encode("utf-8", "replace") or b" ")
        for passage in html.passages(page):
            yield Passage(f"Message, {passage.place}", None, passage.text)
    for place, text in _beside_parts(message):
        yield Passage(place, None, text)
    for name, content in _attachments(message):
        yield from passages_of_member(io.BytesIO(content), name)


def clean(_file: IO[bytes], _out: IO[bytes]) -> bool:
    """Leave a message as it is: without its headers it is another message."""
    return False


def _parsed(file: IO[bytes]) -> EmailMessage:
    message = BytesParser(policy=policy.default).parse(file)
    if not message.keys():
        raise Unreadable
    return message


def _bodies(message: Message, subtype: str) -> Iterator[Message]:
    for part in _leaves(message):
        if part.get_content_type() == f"text/{subtype}" and not _named(part):
            yield part


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something themselves; a message in the message is an attachment."""
    waiting = [message]
    while waiting:
        part = waiting.pop(0)
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            waiting = [one for one in part.get_payload() if isinstance(one, Message)] + waiting
        else:
            yield part


def _attachments(message: Message) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of all that is neither the text nor the page of the message."""
    for number, part in enumerate(_leaves(message), 1):
        if part.get_content_maintype() == "message" and part.is_multipart():
            ending = ".eml" if part.get_content_subtype() in ("rfc822", "global", "news") else ""
            yield part.get_filename() or f"Message {number}{ending}", _inner(part)
        elif _named(part) or part.get_content_type() not in ("text/plain", "text/html"):
            content = part.get_payload(decode=True)
            yield (
                part.get_filename() or f"Part {number}",
                content if isinstance(content, bytes) else b"",
            )


def _inner(part: Message) -> bytes:
    """Give a message in the message; unpacked where it is packed, as some programs allow."""
    pieces = (one.as_bytes() for one in part.get_payload() if isinstance(one, Message))
    content = b"\n".join(pieces)
    match str(part.get("content-transfer-encoding", "")).strip().lower():
        case "base64":
            return base64.b64decode(content)
        case "quoted-printable":
            return quopri.decodestring(content)
    return content


def _written_in(message: Message, note: Note) -> None:
    """Note files that are written out in the text, which some programs offer as attachments."""
    for part in _bodies(message, "plain"):
        for found in _WRITTEN_IN.finditer(_content(part)):
            note(Finding("not-inspectable", "Message", None, f"A file within the text: {found[1]}"))


def _beside_parts(message: Message) -> Iterator[tuple[str, str]]:
    """Yield what stands before and after the parts of a message, where no program shows it."""
    for part in message.walk():
        for place, text in (("Before", part.preamble), ("After", part.epilogue)):
            if text and text.strip():
                yield f"{place} the parts of the message", text.strip()


def _named(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _content(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _differing(message: EmailMessage, note: Note) -> None:
    """Compare the words of the alternatives: one program shows one, another the other."""
    for part in message.walk():
        if part.get_content_type() != "multipart/alternative":
            continue
        plain = " ".join(map(_content, _bodies(part, "plain")))
        pages = (
            io.BytesIO(_content(one).encode("utf-8", "replace") or b" ")
            for one in _bodies(part, "html")
        )
        shown = " ".join(passage.text for page in pages for passage in html.passages(page))
        one, other = ({*_WORD.findall(text.lower())} for text in (plain, shown))
        differ = (one - other) | (other - one)
        if len(one) > 2 and len(other) > 2 and len(differ) > _MOST_DIFFERENT * len(one | other):
            note(Finding("differing-parts", "Message", None, " ".join(sorted(differ))))
