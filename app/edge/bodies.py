"""Bodies of forms, read within limits, before anything waits for them."""

from collections.abc import AsyncGenerator
from typing import Final

from fastapi import Request
from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException, MultiPartParser

from app.core.errors import Invalid, TooLarge

MAX_FIELDS: Final = 5_000
MAX_FIELD_BYTES: Final = 2 * 2**20


MAX_TEXT_FILE_BYTES: Final = 10 * 2**20
_WITH_A_TEXT = "/paste"  # where the page's form takes a file whose text goes into a draft


async def fields_of(request: Request) -> FormData:
    """Give the fields of a form; they are read once.

    Raises:
        Invalid, TooLarge: a form that takes the file of a text did not arrive as it should.
    """
    sent = request.headers.get("content-type", "")
    if request.url.path.endswith(_WITH_A_TEXT) and sent.startswith("multipart/form-data"):
        return await _with_a_text(request)
    return await request.form(max_files=0, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_BYTES)


async def _with_a_text(request: Request) -> FormData:
    """Read a form with one file, all of it in memory: no word of a draft touches a disk."""
    kept: FormData | None = getattr(request.state, "form_with_a_text", None)
    if kept is None:
        parser = MultiPartParser(
            request.headers,
            _at_most(request, MAX_TEXT_FILE_BYTES),
            max_files=1,
            max_fields=20,
            max_part_size=MAX_FIELD_BYTES,
        )
        parser.spool_max_size = MAX_TEXT_FILE_BYTES + 1
        try:
            kept = await parser.parse()
        except MultiPartException as error:
            raise Invalid("This form did not arrive as it should. Send it again.") from error
        request.state.form_with_a_text = kept
    return kept


async def _at_most(request: Request, most_bytes: int) -> AsyncGenerator[bytes, None]:
    count = 0
    async for chunk in request.stream():
        count += len(chunk)
        if count > most_bytes:
            raise TooLarge("This file is too large to be taken over. Attach it instead.")
        yield chunk


async def form_first(request: Request) -> None:
    """Read a page's form before a transaction begins: a slow sender would hold it open."""
    if request.method == "POST" and not request.url.path.startswith("/api/"):
        await fields_of(request)
