"""How a sealed file hangs on its row: what its bytes are bound to, and what its key is.

The stream is bound to the record and the originator, which the row tells, and to the attachment and
version that it was sealed for, which a revision carries on: the bytes stay as they are. The key's
wrapping is bound to the marking that the row has now.

A row may hold two files: what was uploaded, and a cleaned copy of it under a data key of its own.
Which column a file stands in says which of the two it must open as.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self
from uuid import UUID

from app.core.ids import AttachmentId, RecordId
from app.labels import Label, Schemes
from app.records.models import AttachmentRow
from app.vault import Binding, Envelope, Form, KeyProvider, NotAuthentic
from app.vault import Label as SealLabel
from app.vault import relabel as wrap_under

_COMMITTED = ("size_bytes", "commitment_salt", "commitment", "content_salt", "content_hash")
COLUMNS: Final[Mapping[Form, str]] = {"original": "envelope", "cleaned": "cleaned"}


@dataclass(frozen=True)
class SealedRow:
    """One of the files of an attachment's row; `attachment` and `version` are the first it had."""

    envelope: Envelope
    attachment: AttachmentId
    version: int
    scheme_version: str
    form: Form = "original"

    def to_json(self) -> dict[str, Any]:
        """Give the form in which the row keeps it."""
        return {
            "sealed": self.envelope.as_json(),
            "attachment": str(self.attachment),
            "version": self.version,
            "scheme_version": self.scheme_version,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], form: Form = "original") -> Self:
        """Read what `to_json` wrote; the column that it stood in says its form.

        Raises:
            NotAuthentic: it is something else.
        """
        try:
            return cls(
                envelope=Envelope.from_json(stored["sealed"]),
                attachment=AttachmentId(UUID(stored["attachment"])),
                version=int(stored["version"]),
                scheme_version=str(stored["scheme_version"]),
                form=form,
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
            form=self.form,
        )

    def seal_label(self, label: Label, schemes: Schemes | None = None) -> SealLabel:
        """Give what the wrapping must be bound to if the row has this label.

        Args:
            schemes: those in force, when it is for wrapping anew: they say by which kind of key.
        """
        own_key = schemes is not None and schemes.needs_own_key(label)
        return replace(seal_label(label, self.scheme_version), own_key=own_key)

    def relabelled(
        self, binding: Binding, old: Label, new: SealLabel, keys: KeyProvider
    ) -> "SealedRow":
        """Give the same file with its key wrapped under another label.

        Raises:
            NotAuthentic, KeyUnavailable: as the vault tells.
        """
        wrapped = wrap_under(self.envelope, binding, self.seal_label(old), new, keys)
        return replace(self, envelope=wrapped, scheme_version=new.scheme_version)


def sealed_files(row: AttachmentRow) -> list[SealedRow]:
    """Give every file of a row; what changes the wrapping of one changes that of all.

    `COLUMNS` says where each is kept, by its form.

    Raises:
        NotAuthentic: one of them is something else.
    """
    files = [SealedRow.from_json(row.envelope)]
    if row.cleaned is not None:
        files.append(SealedRow.from_json(row.cleaned, "cleaned"))
    return files


def leaving(row: AttachmentRow) -> SealedRow:
    """Give the file that is released, shown and downloaded: the cleaned copy where it was chosen.

    Raises:
        NotAuthentic: it is something else.
    """
    form: Form = "cleaned" if row.leaves == "cleaned" else "original"
    return SealedRow.from_json(stored_leaving(row), form)


def stored_leaving(row: AttachmentRow) -> Mapping[str, Any]:
    """Give the file that leaves as the row keeps it."""
    return (row.cleaned or {}) if row.leaves == "cleaned" else row.envelope


def seal_label(label: Label, scheme_version: str) -> SealLabel:
    """Give what the wrapping of a data key is bound to: marking and caveats, by ids that last."""
    marks = [marking.key for marking in label.markings]
    caveats = (
        ("ORCON", label.orcon),
        ("EYES ONLY", label.eyes_only),
        ("VIEW ONLY", label.view_only),
    )
    marks += [word for word, given in caveats if given]
    return SealLabel("; ".join(marks), scheme_version)


def new_seal_label(label: Label, schemes: Schemes) -> SealLabel:
    """Give what a wrapping made now is bound to, and whether a key of its own is to make it."""
    bound = seal_label(label, schemes.hash_hex)
    return replace(bound, own_key=schemes.needs_own_key(label))


def commitment_of(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Give what ties a row to the bytes that were sealed, whatever key wraps their key."""
    return {name: stored["sealed"][name] for name in _COMMITTED}
