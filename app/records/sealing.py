"""How a sealed file hangs on its row: what its bytes are bound to, and what its key is.

The stream is bound to the record and the originator, which the row tells, and to the attachment and
version that it was sealed for, which a revision carries on: the bytes stay as they are. The key's
wrapping is bound to the marking that the row has now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from app.core.ids import AttachmentId, RecordId
from app.labels import Label
from app.records.models import AttachmentRow
from app.vault import Binding, Envelope, NotAuthentic
from app.vault import Label as SealLabel

_COMMITTED = ("size_bytes", "commitment_salt", "commitment", "content_salt", "content_hash")


@dataclass(frozen=True)
class SealedRow:
    """The `envelope` of an attachment's row; `attachment` and `version` are the first it had."""

    envelope: Envelope
    attachment: AttachmentId
    version: int
    scheme_version: str

    def to_json(self) -> dict[str, Any]:
        """Give the form in which the row keeps it."""
        return {
            "sealed": self.envelope.as_json(),
            "attachment": str(self.attachment),
            "version": self.version,
            "scheme_version": self.scheme_version,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote.

        Raises:
            NotAuthentic: it is something else.
        """
        try:
            return cls(
                envelope=Envelope.from_json(stored["sealed"]),
                attachment=AttachmentId(UUID(stored["attachment"])),
                version=int(stored["version"]),
                scheme_version=str(stored["scheme_version"]),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise NotAuthentic from error

    def binding(self, row: AttachmentRow, originator: str, arrangement: str) -> Binding:
        """Give what the stream must be bound to if it belongs to this row."""
        return Binding(
            arrangement=arrangement,
            originator=originator,
            record=RecordId(row.record_id),
            attachment=self.attachment,
            version=self.version,
        )

    def seal_label(self, label: Label) -> SealLabel:
        """Give what the wrapping must be bound to if the row has this label."""
        return seal_label(label, self.scheme_version)


def seal_label(label: Label, scheme_version: str) -> SealLabel:
    """Give what the wrapping of a data key is bound to: marking and caveats, by ids that last."""
    marks = [marking.key for marking in label.markings]
    marks += [
        word for word, given in (("ORCON", label.orcon), ("EYES ONLY", label.eyes_only)) if given
    ]
    return SealLabel("; ".join(marks), scheme_version)


def commitment_of(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Give what ties a row to the bytes that were sealed, whatever key wraps their key."""
    return {name: stored["sealed"][name] for name in _COMMITTED}
