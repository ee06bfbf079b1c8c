"""The names and media types of files as they may be kept and shown, whatever was sent."""

import re
from typing import Final

LONGEST_NAME: Final = 200
UNKNOWN_TYPE: Final = "application/octet-stream"
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,90}")
# Control characters, and signs that reverse the direction of writing: "fdp.exe" as "exe.pdf".
_DISGUISES: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def file_name(given: str) -> str:
    """Give the name without folders and disguising signs, shortened before its ending."""
    name = _DISGUISES.sub("", given.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    if len(name) > LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        ending = ending[:20] if dot else ""
        name = f"{(stem or name)[: LONGEST_NAME - 21]}{dot}{ending}"
    return name or "attachment"


def media_type_of(given: str) -> str:
    """Give the media type without parameters, or that of unknown bytes."""
    bare = given.partition(";")[0].strip().lower()
    return bare if _MEDIA_TYPE.fullmatch(bare) else UNKNOWN_TYPE
