"""Receives a file straight into the vault: no byte of it is written anywhere unsealed.

A form's file is taken out of the multipart stream as it arrives. Sealing a piece for a local file
takes well under a millisecond and stays on the event loop; a store that waits for a network is
written to off the loop, and so is the end of every file, which waits for the disk.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from anyio import to_thread
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from app.core.errors import Invalid, TooLarge
from app.vault import Sealed, Sealing

MAX_FIELD_BYTES = 64 * 1024
MAX_PARTS = 1_000


def announced_bytes(request: Request) -> int | None:
    """Give how long the sender says the body is; None where it does not say so."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 19 else None


@dataclass
class Received:
    """A form with one file: the file is sealed, the other fields are text.

    `fields` holds the last value under each name, `values` all of them: several boxes were ticked.
    """

    name: str
    media_type: str
    sealed: Sealed
    fields: dict[str, str]
    values: dict[str, tuple[str, ...]]


async def receive_body(
    chunks: AsyncIterator[bytes], sealing: Sealing, *, expected_sha256: bytes | None = None
) -> Sealed:
    """Seal a raw request body.

    Raises:
        AnotherFile: it is not the one whose hash was named.
    """
    async for chunk in chunks:
        if sealing.blocks:
            await to_thread.run_sync(sealing.write, chunk)
        else:
            sealing.write(chunk)
    return await to_thread.run_sync(sealing.finish, expected_sha256)


async def receive_form(request: Request, sealing: Sealing, *, file_field: str) -> Received:
    """Seal the file of a multipart form as it arrives, and give its other fields.

    Raises:
        Invalid: the body is not a multipart form, or no file was chosen.
        TooLarge: a field, the number of parts or the file is over its limit.
    """
    content_type, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if content_type != b"multipart/form-data" or not boundary:
        raise Invalid("Send the file with the form on the page.")
    form = _Form(sealing, file_field)
    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": form.part_begin,
            "on_header_field": form.header_field,
            "on_header_value": form.header_value,
            "on_header_end": form.header_end,
            "on_headers_finished": form.headers_finished,
            "on_part_data": form.part_data,
            "on_part_end": form.part_end,
        },
    )
    try:
        async for chunk in request.stream():
            if sealing.blocks:
                await to_thread.run_sync(parser.write, chunk)
            else:
                parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise Invalid("This form did not arrive as it should. Send it again.") from error
    if not form.file_name:
        raise Invalid("Choose a file first.", fields={file_field: "Choose a file."})
    sealed = await to_thread.run_sync(sealing.finish)
    fields = {name: values[-1] for name, values in form.values.items()}
    return Received(form.file_name, form.file_type, sealed, fields, form.values)


@dataclass
class _Form:
    sealing: Sealing
    file_field: str
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    file_name: str = ""
    file_type: str = "application/octet-stream"
    _headers: dict[str, str] = field(default_factory=dict)
    _header: bytes = b""
    _value: bytes = b""
    _name: str = ""
    _text: bytearray = field(default_factory=bytearray)
    _in_file: bool = False
    _parts: int = 0

    def part_begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise TooLarge("This form has too many parts.")
        self._headers, self._text, self._name, self._in_file = {}, bytearray(), "", False

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        if len(self._value) > MAX_FIELD_BYTES:
            raise TooLarge("This form has a header that is too long.")

    def header_end(self) -> None:
        self._headers[self._header.decode("latin-1").lower()] = self._value.decode(
            "utf-8", "replace"
        )
        self._header = self._value = b""

    def headers_finished(self) -> None:
        disposition = self._headers.get("content-disposition", "")
        _, options = parse_options_header(disposition.encode())
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        file_name = options.get(b"filename", b"").decode("utf-8", "replace")
        if self._name == self.file_field and file_name and not self.file_name:
            self._in_file = True
            self.file_name = file_name.replace("\\", "/").rsplit("/", 1)[-1][:255]
            self.file_type = self._headers.get("content-type", self.file_type)

    def part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self.sealing.write(memoryview(data)[start:end])
            return
        self._text += data[start:end]
        if len(self._text) > MAX_FIELD_BYTES:
            raise TooLarge("A field of this form is too long.")

    def part_end(self) -> None:
        if not self._in_file and self._name:
            text = self._text.decode("utf-8", "replace")
            self.values[self._name] = (*self.values.get(self._name, ()), text)
