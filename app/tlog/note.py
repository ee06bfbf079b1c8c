"""Signed notes: a text, an empty line, and a line for each signature.

Source: c2sp.org/signed-note.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.tlog.errors import NoteError
from app.tlog.strict import decode_base64, decode_text, encode_base64

# The specification asks for at least 16 signatures, of up to 5 kB each.
MAX_SIGNATURES = 64
MAX_NOTE_BYTES = 512 * 1024
KEY_ID_BYTES = 4

_DASH = "— "


def check_key_name(name: str) -> None:
    """Check that a key may bear this name.

    Raises:
        NoteError: it is empty, or holds a space of any script, a plus or a control character.
    """
    if not name or any(c.isspace() or c < " " or c == "+" for c in name):
        raise NoteError("a key's name is not empty and has neither spaces nor plus")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise NoteError("a key's name is UTF-8") from None


@dataclass(frozen=True)
class NoteSignature:
    """One line under a note.

    Args:
        name: the key's name.
        key_id: 4 bytes, which with the name say which key signed, and how.
        signature: what the key's algorithm makes, at least one byte.
    """

    name: str
    key_id: bytes
    signature: bytes

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if len(self.key_id) != KEY_ID_BYTES or not self.signature:
            raise NoteError("a signature is a key's id of 4 bytes and what the key made")

    def line(self) -> str:
        """Give the line, with the newline that ends it."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.signature)}\n"

    @classmethod
    def parse(cls, line: str) -> NoteSignature:
        """Give the signature of which `line` (without its newline) is the one spelling.

        Raises:
            NoteError: it is not a signature line.
        """
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not space:
            raise NoteError("a signature line is a dash, a name and base64")
        try:
            data = decode_base64(encoded)
        except ValueError as error:
            raise NoteError(f"a signature line is malformed: {error}") from None
        return cls(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])


@dataclass(frozen=True)
class Note:
    """A text and its signatures, of which nothing has been verified yet.

    Args:
        text: ends with a newline.
        signatures: in the order of their lines; at least one.
    """

    text: str
    signatures: tuple[NoteSignature, ...]

    def __post_init__(self) -> None:
        if not self.text.endswith("\n"):
            raise NoteError("the text of a note ends with a newline")
        if not 1 <= len(self.signatures) <= MAX_SIGNATURES:
            raise NoteError(f"a note has 1 to {MAX_SIGNATURES} signatures")
        try:
            decode_text(self.text, limit_bytes=MAX_NOTE_BYTES)
        except ValueError as error:
            raise NoteError(f"the note is malformed: {error}") from None

    @classmethod
    def parse(cls, data: bytes | str) -> Note:
        """Give the note of which `data` is the one serialisation.

        Raises:
            NoteError: it is not a signed note.
        """
        try:
            whole = decode_text(data, limit_bytes=MAX_NOTE_BYTES)
        except ValueError as error:
            raise NoteError(f"the note is malformed: {error}") from None
        text, gap, below = whole.rpartition("\n\n")
        if not gap:
            raise NoteError("a note is a text, an empty line, and lines of signatures")
        return cls(text + "\n", parse_signatures(below))

    def serialised(self) -> str:
        """Give the note as it is published."""
        return f"{self.text}\n{''.join(signature.line() for signature in self.signatures)}"

    def with_signatures(self, more: Iterable[NoteSignature]) -> Note:
        """Give the same text with further signatures below those that it has."""
        new = [one for one in more if one not in self.signatures]
        return Note(self.text, (*self.signatures, *dict.fromkeys(new)))


def parse_signatures(lines: str) -> tuple[NoteSignature, ...]:
    """Give the signatures of `lines`, each of which ends with a newline.

    Raises:
        NoteError: one of them is not a signature line, or there are none or too many.
    """
    cut = lines.split("\n")
    if cut.pop() or not 1 <= len(cut) <= MAX_SIGNATURES:
        raise NoteError(f"there are 1 to {MAX_SIGNATURES} lines of signatures")
    return tuple(NoteSignature.parse(line) for line in cut)
