"""Interop: what comes in from files and what goes out to other systems.

`import_manifest` makes records of the files that a CSV manifest lists: text becomes portions by
heading (`to_document`), everything else an attachment.
"""

from app.interop.composing import ImportOptions
from app.interop.convert import is_binary, to_document
from app.interop.document import Document, Section, at_headings, at_tables
from app.interop.importer import AttachmentStore, BadRow, ImportReport, import_manifest, row_hash_of
from app.interop.pasting import LEFT_OUT, Pasted, from_clipboard, from_file
from app.interop.portion_marks import marked_in_words
from app.interop.progress import Progress, Watch

__all__ = [
    "LEFT_OUT",
    "AttachmentStore",
    "BadRow",
    "Document",
    "ImportOptions",
    "ImportReport",
    "Pasted",
    "Progress",
    "Section",
    "Watch",
    "at_headings",
    "at_tables",
    "from_clipboard",
    "from_file",
    "import_manifest",
    "is_binary",
    "marked_in_words",
    "row_hash_of",
    "to_document",
]
