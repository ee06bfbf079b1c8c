"""What stands in a zip beside its members: remarks, and bytes that no member is made of.

Source: APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
"""

import io
import zipfile
from typing import IO

from app.inspection.report import Finding, Note

STRAY_BYTES = 64
_DESCRIPTOR_BYTES = 24  # sizes may stand after the data of a member, in 12 to 24 bytes
_END = b"PK\x05\x06"
_END_BYTES = 22
_MOST_BYTES_AT_END = _END_BYTES + 0xFFFF


def look_beside(file: IO[bytes], archive: zipfile.ZipFile, note: Note) -> bool:
    """Note remarks and stray bytes; False where members overlap, so that it is a bomb."""
    infos = archive.infolist()
    stray = _stray_bytes(file, archive, infos)
    if stray < 0:
        note(Finding("archive-bomb", excerpt="Members overlap."))
        return False
    if stray > STRAY_BYTES:
        note(Finding("trailing-data", excerpt=f"{stray} bytes belong to no member."))
    remarks = [("Remark of the archive", archive.comment)]
    remarks += [(info.filename, info.comment) for info in infos]
    for place, remark in remarks:
        if remark:
            note(Finding("comments", place, excerpt=remark.decode("utf-8", "replace")))
    return True


def _stray_bytes(file: IO[bytes], archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> int:
    """Count the bytes that stand in no member; below 0: members overlap.

    Overlapping members let one packed stretch be unpacked many times (Fifield, 2019).
    """
    at = between = 0
    stray = _bytes_after(file, archive)
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < at:
            return -1
        stray += max(0, info.header_offset - at - between)
        file.seek(info.header_offset + 26)
        lengths = file.read(4)
        named, extra = (int.from_bytes(lengths[n : n + 2], "little") for n in (0, 2))
        file.seek(named, io.SEEK_CUR)
        stray += _said(file.read(extra)) + _said(info.extra)
        at = info.header_offset + 30 + named + extra + info.compress_size
        between = _DESCRIPTOR_BYTES if info.flag_bits & 0x8 else 0
    return stray + max(0, archive.start_dir - at - between)


def _said(extra: bytes) -> int:
    """Count what an extra field says beyond times and sizes; Office pads with zeros there."""
    return max(0, len(extra) - extra.count(0) - STRAY_BYTES)


def _bytes_after(file: IO[bytes], archive: zipfile.ZipFile) -> int:
    """Count what stands after the zip's own end, which programs that unpack pass over."""
    size = file.seek(0, io.SEEK_END)
    last = file.seek(max(0, size - _MOST_BYTES_AT_END))
    end = last + file.read().rfind(_END) + _END_BYTES + len(archive.comment)
    return max(0, size - end)
