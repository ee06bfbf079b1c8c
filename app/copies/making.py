"""The portal's side: hands an opened file to the sandbox, and gets a page or a marked copy."""

from typing import Any, Final

from app.copies.errors import NotMarked, NotShown
from app.copies.mark import Mark
from app.sandbox import Input, Limits, Output, run

MARKABLE: Final = frozenset({"application/pdf", "image/png", "image/jpeg"})
MOST_BYTES: Final = 256 << 20
WIDTHS: Final = (800, 1200, 1600)
_OF_A_PAGE: Final = Limits(cpu_seconds=20, wall_seconds=40, output_bytes=64 << 20)
_OF_A_COPY: Final = Limits(output_bytes=2 * MOST_BYTES)


def check_size(size_bytes: int, *, of_a_page: bool = False) -> None:
    """Check that a file is small enough to be taken into memory, before it is opened.

    Raises:
        NotMarked: it is larger; NotShown where only a page of it is asked for.
    """
    if size_bytes > MOST_BYTES:
        raise NotShown("too-large") if of_a_page else NotMarked("too-large")


def picture(file: Input, *, media_type: str, page: int, width: int, mark: Mark) -> Output:
    """Give a page as PNG, with the faint line of whoever looks at it.

    Raises:
        NotShown: the page cannot be shown; says why.
        SandboxFailed: showing it took too much time or memory, or failed.
    """
    told = {"media_type": media_type, "page": page, "width": width, "mark": mark.to_json()}
    result = run("app.copies.tasks:picture", file, told, limits=_OF_A_PAGE, outputs=1)
    _check_shown(result.answer)
    return result.outputs[0]


def words(file: Input, *, media_type: str, page: int) -> str:
    """Give the text of a page in the order of reading; empty for a picture.

    Raises:
        NotShown: the page cannot be shown; says why.
        SandboxFailed: reading it took too much time or memory, or failed.
    """
    told = {"media_type": media_type, "page": page}
    result = run("app.copies.tasks:words", file, told, limits=_OF_A_PAGE)
    _check_shown(result.answer)
    return str(result.answer["text"])


def mark_copy(file: Input, *, media_type: str, mark: Mark) -> Output:
    """Give a copy with the mark on every page of it.

    Raises:
        NotMarked: one of its pages cannot be marked; says why.
        SandboxFailed: marking took too much time or memory, or failed.
    """
    told = {"media_type": media_type, "mark": mark.to_json()}
    result = run("app.copies.tasks:mark", file, told, limits=_OF_A_COPY, outputs=1)
    if "refused" in result.answer:
        _forget(result.outputs)
        raise NotMarked(str(result.answer["refused"]))
    return result.outputs[0]


def _check_shown(answer: dict[str, Any]) -> None:
    if "refused" in answer:
        raise NotShown(str(answer["refused"]))


def _forget(outputs: tuple[Output, ...]) -> None:
    for one in outputs:
        one.close()
