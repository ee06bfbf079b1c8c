"""The text of a Word document for whoever takes it over: read in the sandbox, like every file."""

from typing import Final

from app.core.errors import Invalid, TooLarge
from app.sandbox import Input, Limits, SandboxFailed, run

LARGEST_WORD_BYTES: Final = 8 << 20
_LIMITS: Final = Limits(memory_bytes=512 << 20, cpu_seconds=20, wall_seconds=40)


def word_to_html(data: bytes) -> str:
    """Give the HTML of a Word document (.docx), as Word itself puts it on a clipboard.

    Raises:
        TooLarge: more than `LARGEST_WORD_BYTES`.
        Invalid: it is no such document, or cannot be read safely.
    """
    if len(data) > LARGEST_WORD_BYTES:
        raise TooLarge(
            "A Word document of more than 8 MiB is not taken apart. Attach it as a file."
        )
    try:
        with Input.of([data], len(data)) as file:
            answer = run("app.inspection.tasks:word_text", file, {}, limits=_LIMITS).answer
    except SandboxFailed as failed:
        raise Invalid("This document could not be read safely. Attach it as a file.") from failed
    if "refused" in answer:
        raise Invalid(f"This is not a Word document that can be read. {answer['refused']}")
    return str(answer["html"])
