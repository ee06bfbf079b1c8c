"""Interop: what comes in from files and what goes out to other systems.

`import_manifest` makes records of the files that a CSV manifest lists: text becomes portions by
heading (`to_document`), everything else an attachment.
"""

from app.interop.composing import ImportOptions
from app.interop.convert import is_binary, to_document
from app.interop.document import Document, Section
from app.interop.importer import AttachmentStore, BadRow, ImportReport, import_manifest, row_hash_of
from app.interop.progress import Progress, Watch

__all__ = [
    "AttachmentStore",
    "BadRow",
    "Document",
    "ImportOptions",
    "ImportReport",
    "Progress",
    "Section",
    "Watch",
    "import_manifest",
    "is_binary",
    "row_hash_of",
    "to_document",
]
