"""The vault seals attachments so that neither the blob store nor a thief of it can read them.

`begin_seal` streams a plaintext into a blob and leaves an `Envelope` for the attachment's row;
`open_attachment` takes that envelope, a permit and what the row says now, and gives back the bytes,
any range of them, or refuses. An upload that may break is sealed in stretches (`begin_upload`,
`seal_stretch`, `join`). `relabel` wraps a key anew under another marking; `sweep` removes
blobs that no row names. What the bytes are stands in docs/vault-format.md.
"""

from app.vault.blobs import BlobInfo, BlobName, BlobReader, BlobStore, BlobWriter, blob_name, sweep
from app.vault.envelope import Binding, Envelope, Form, Label, Wrapping, relabel
from app.vault.errors import (
    AnotherFile,
    BlobMissing,
    KeyDestroyed,
    KeyUnavailable,
    NotAuthentic,
    NotCommitted,
    OverLimit,
    StoreUnavailable,
    WrongPassphrase,
    WrongPermit,
)
from app.vault.folder_blobs import FolderBlobs
from app.vault.keys import ORGANISATION, KeyProvider, OrgKey, OrgKeyId, current_key, ensure_key
from app.vault.local_keys import Cost, LocalKeys
from app.vault.opening import open_keys
from app.vault.reports import open_report, seal_report
from app.vault.s3_blobs import S3Blobs, open_s3
from app.vault.secret_files import read_secret
from app.vault.service import Opened, Sealed, Sealing, Stretch, begin_seal, open_attachment, salted
from app.vault.stream import sealed_size
from app.vault.stretches import Upload, begin_upload, join, seal_stretch

__all__ = [
    "ORGANISATION",
    "AnotherFile",
    "Binding",
    "BlobInfo",
    "BlobMissing",
    "BlobName",
    "BlobReader",
    "BlobStore",
    "BlobWriter",
    "Cost",
    "Envelope",
    "FolderBlobs",
    "Form",
    "KeyDestroyed",
    "KeyProvider",
    "KeyUnavailable",
    "Label",
    "LocalKeys",
    "NotAuthentic",
    "NotCommitted",
    "Opened",
    "OrgKey",
    "OrgKeyId",
    "OverLimit",
    "S3Blobs",
    "Sealed",
    "Sealing",
    "StoreUnavailable",
    "Stretch",
    "Upload",
    "Wrapping",
    "WrongPassphrase",
    "WrongPermit",
    "begin_seal",
    "begin_upload",
    "blob_name",
    "current_key",
    "ensure_key",
    "join",
    "open_attachment",
    "open_keys",
    "open_report",
    "open_s3",
    "read_secret",
    "relabel",
    "salted",
    "seal_report",
    "seal_stretch",
    "sealed_size",
    "sweep",
]
