"""Reads the small parts that all formats share: accepted is only what would be written so again.

Two spellings of one value would be two notes with one meaning: a door for whoever wants to show
different things to different people. So each parser here has exactly one text for each value.
"""

import base64
import binascii
import re

HASH_BYTES = 32
# Sizes, indices and times of all formats stay below 2**63.
MAX_NUMBER = 2**63 - 1

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def encode_base64(data: bytes) -> str:
    """Give the standard base64 of `data`, padded (RFC 4648, section 4)."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Give the bytes of which `text` is the one base64 spelling.

    Raises:
        ValueError: another alphabet, missing or superfluous padding, stray bits or characters.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ValueError("this is not base64") from None
    if encode_base64(data) != text:
        raise ValueError("this is not the one way to spell these bytes in base64")
    return data


def decode_hash(text: str) -> bytes:
    """Give the 32 bytes of which `text` is the one base64 spelling.

    Raises:
        ValueError: not base64, or not 32 bytes.
    """
    data = decode_base64(text)
    if len(data) != HASH_BYTES:
        raise ValueError("a hash has 32 bytes")
    return data


def decode_decimal(text: str) -> int:
    """Give the number of which `text` is the one decimal spelling, from 0 to 2**63 - 1.

    Raises:
        ValueError: a sign, a leading zero, another digit than 0-9, or too great a number.
    """
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_NUMBER:
        raise ValueError("this is not a decimal number without leading zeroes below 2^63")
    return int(text)


def decode_text(data: bytes | str, *, limit_bytes: int) -> str:
    """Give `data` as text: UTF-8 without control characters other than the end of a line.

    Raises:
        ValueError: longer than `limit_bytes`, not UTF-8, or with a control character.
    """
    try:
        raw = data.encode() if isinstance(data, str) else data
        if len(raw) > limit_bytes:
            raise ValueError(f"more than {limit_bytes} bytes")
        text = raw.decode()
    except UnicodeError:
        raise ValueError("this is not UTF-8") from None
    if any(character < " " and character != "\n" for character in text):
        raise ValueError("there is a control character in it")
    return text
