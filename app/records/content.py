"""What a version says and carries as one value, whose hash an approval signs.

The state is not part of it, nor is anything that changes when keys are rotated: the hash that was
approved is the hash of what is read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.access import Audience
from app.core.canonical import canonical_hash
from app.core.ids import AudienceId
from app.core.journal import Detail
from app.records.models import AttachmentRow, PortionRow
from app.records.queries import Version
from app.records.sealing import commitment_of, stored_leaving

FORMAT: Final = "entente/content/v1"
FORMAT_OF_PARTS: Final = "entente/parts/v1"
_OF_VERSION: Final = ("number", "owner", "originator", "kind", "area", "language", "change_note")


@dataclass(frozen=True)
class Shown:
    """What the log tells of parts that are shown: their bytes, the version and their hash."""

    size_bytes: int
    told: Mapping[str, Detail]


def shown(
    version: Version,
    portions: Sequence[PortionRow],
    attachments: Sequence[AttachmentRow],
    audiences: Mapping[AudienceId, Audience],
) -> Shown:
    """Give what the log tells of these parts of a version."""
    told: dict[str, Detail] = {
        "version": version.row.number,
        "version_hash": hash_of(version, portions, attachments, audiences).hex(),
    }
    return Shown(size_of(portions), told)


def hash_of(
    version: Version,
    portions: Sequence[PortionRow],
    attachments: Sequence[AttachmentRow],
    audiences: Mapping[AudienceId, Audience],
) -> bytes:
    """Give the SHA-256, 32 bytes, of these parts of a version in their order.

    Given all parts, it is the version's own hash; given those in a reader's sight, it says what
    was read, and is the version's exactly when nothing was left out.
    """
    return canonical_hash(_content(version, portions, attachments, audiences))


def hash_of_parts(
    of_version: Mapping[str, Any],
    portions: Sequence[PortionRow],
    attachments: Sequence[AttachmentRow],
    audiences: Mapping[AudienceId, Audience],
) -> bytes:
    """Give the SHA-256, 32 bytes, of some parts of a version and who they are for.

    Nothing else of the version is in it, so that it stays as it is when other parts change.
    """
    said = _parts(portions, attachments, audiences)
    return canonical_hash({**of_version, "format": FORMAT_OF_PARTS, **said})


def size_of(portions: Iterable[PortionRow]) -> int:
    """Give the bytes of what portions say: headings, bodies and fields in UTF-8, unmarked up."""
    return sum(text_size(part.heading, part.body, *_texts(part.fields or {})) for part in portions)


def text_size(*texts: str) -> int:
    """Give the bytes of texts in UTF-8."""
    return sum(len(text.encode()) for text in texts)


def _texts(value: Any) -> Iterator[str]:
    """Give the texts of fields, those of tables cell by cell."""
    if isinstance(value, str):
        yield value
        return
    for part in value.values() if isinstance(value, Mapping) else value:
        yield from _texts(part)


def _content(
    version: Version,
    portions: Sequence[PortionRow],
    attachments: Sequence[AttachmentRow],
    audiences: Mapping[AudienceId, Audience],
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "record": str(version.row.record_id),
        "reference": version.reference,
        **{name: getattr(version.row, name) for name in _OF_VERSION},
        **_parts(portions, attachments, audiences),
    }


def _parts(
    portions: Sequence[PortionRow],
    attachments: Sequence[AttachmentRow],
    audiences: Mapping[AudienceId, Audience],
) -> dict[str, Any]:
    def marked(part: PortionRow | AttachmentRow) -> dict[str, Any]:
        audience = audiences[AudienceId(part.audience_id)]
        # Only where there is one, so that what was approved before keeps its hash.
        source = {"source": str(part.source_id), "originator": audience.originator}
        return {"label": audience.label.to_json(), **(source if part.source_id else {})}

    return {
        "portions": [
            {
                "role": part.role,
                "heading": part.heading,
                "body": part.body,
                "fields": part.fields,
                "language": part.language,
                # Only where it was chosen, so that what was approved before keeps its hash.
                **({"gap": True} if part.gap else {}),
                **marked(part),
            }
            for part in portions
        ],
        "attachments": [
            {"name": part.name, "media_type": part.media_type, **_leaving(part), **marked(part)}
            for part in attachments
        ],
    }


def _leaving(part: AttachmentRow) -> dict[str, Any]:
    """Give what ties the content to the bytes that leave."""
    sealed = commitment_of(stored_leaving(part))
    return {"size_bytes": sealed["size_bytes"], "sealed": sealed}
