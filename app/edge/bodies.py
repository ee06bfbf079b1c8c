"""Bodies of forms, read within limits, before anything waits for them."""

from typing import Final

from fastapi import Request
from starlette.datastructures import FormData

MAX_FIELDS: Final = 5_000
MAX_FIELD_BYTES: Final = 2 * 2**20


async def fields_of(request: Request) -> FormData:
    """Give the fields of a form; they are read once."""
    return await request.form(max_files=0, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_BYTES)


async def form_first(request: Request) -> None:
    """Read a page's form before a transaction begins: a slow sender would hold it open."""
    if request.method == "POST" and not request.url.path.startswith("/api/"):
        await fields_of(request)
