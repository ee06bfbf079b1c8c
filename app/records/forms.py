"""In which form a file leaves: marked where it can carry a mark, else as the policies let it.

What kind a file is, its inspection found out from its content; what was declared is only a claim.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.access import Action
from app.copies import MARKABLE
from app.core.errors import Conflict

# What may be asked for; nothing is the form that is right for this file and its label.
# Those who prepare a draft may ask for its cleaned copy too, to compare it with the original.
AskedForm = Literal["", "marked", "original", "cleaned"]
_TOLD: Final[tuple[AskedForm, ...]] = ("", "marked", "original")
# What leaves, as the log tells it: "unmarked" is a file of a kind that cannot carry a mark.
TakenForm = Literal["marked", "original", "unmarked"]

PDF: Final = "application/pdf"
TAKING: Final = (Action.DOWNLOAD, Action.TAKE_ORIGINAL, Action.TAKE_UNMARKED)


class NotInspectedYet(Conflict):
    """What kind of file it is, and so how it may leave, is not known yet."""

    title = "This file is still being looked into"


class CannotBeMarked(Conflict):
    """The file is of a kind that cannot carry a mark."""

    title = "This kind of file cannot be marked"


class CannotBeViewed(Conflict):
    """The file is of a kind that cannot be shown page by page."""

    title = "This kind of file cannot be shown page by page"


@dataclass(frozen=True)
class FileKind:
    """What the inspection found a file to be; empty when it has not, or could not, look."""

    media_type: str = ""
    pages: int | None = None
    waiting: bool = False

    @property
    def known(self) -> bool:
        """Tell whether it was looked into."""
        return bool(self.media_type)

    @property
    def markable(self) -> bool:
        """Tell whether it can carry a mark on each of its pages."""
        return self.media_type in MARKABLE

    @property
    def page_count(self) -> int:
        """Give how many pages it can be shown as; none when it is not of such a kind."""
        if not self.markable:
            return 0
        return (self.pages or 0) if self.media_type == PDF else 1


def file_kinds(session: Session, attachment_ids: Collection[UUID]) -> dict[UUID, FileKind]:
    """Give what those of the files that are in sight are."""
    asked = text("SELECT * FROM entente_file_kinds(:files)")
    rows = session.execute(asked, {"files": list(attachment_ids)}) if attachment_ids else ()
    return {
        row.file: FileKind(
            row.media_type or "", row.pages, waiting=row.state in ("waiting", "running")
        )
        for row in rows
    }


def form_of(
    asked: AskedForm, kind: FileKind, *, public: bool, original_too: bool
) -> tuple[TakenForm, Action]:
    """Give the form in which a file leaves, and the act that the policies must allow for it.

    Args:
        public: every marking of its label is public.
        original_too: whoever asks may have the original, and so loses nothing by having it.

    Raises:
        NotInspectedYet: its kind is not known, and the original is not theirs.
        CannotBeMarked: a marked copy was asked for, of a kind that cannot carry a mark.
    """
    original = asked in ("original", "cleaned") or (asked == "" and public)
    if original and (kind.markable or not kind.known):
        return "original", Action.TAKE_ORIGINAL
    if not kind.known:
        if asked == "" and original_too:
            return "original", Action.TAKE_ORIGINAL
        raise NotInspectedYet(
            "It leaves in the form that its marking asks for. Try again in a minute."
            if kind.waiting
            else "It could not be looked into, so it does not leave. Ask whoever shared it."
        )
    if kind.markable:
        return "marked", Action.DOWNLOAD
    if asked == "marked":
        raise CannotBeMarked("Only PDF, PNG and JPEG files carry a mark.")
    return "unmarked", Action.TAKE_UNMARKED


def forms_for(
    kind: FileKind, allowed: Collection[Action], *, public: bool
) -> tuple[TakenForm, ...]:
    """Give the forms in which somebody to whom these acts are allowed may take a file.

    The first is what they get without asking for one.
    """
    if Action.DOWNLOAD not in allowed:
        return ()
    forms: list[TakenForm] = []
    for asked in _TOLD:
        try:
            form, action = form_of(
                asked, kind, public=public, original_too=Action.TAKE_ORIGINAL in allowed
            )
        except (NotInspectedYet, CannotBeMarked):
            continue
        if action in allowed and form not in forms:
            forms.append(form)
    return tuple(forms)


def why_not(kind: FileKind, allowed: Collection[Action], *, view_only: bool) -> str:
    """Say why somebody may take a file in no form, in a sentence that fits beside its name."""
    if view_only:
        return "VIEW ONLY: it can be read here and not taken away."
    if Action.DOWNLOAD not in allowed:
        return "You may not take it away."
    if kind.known:
        return "This kind of file cannot carry a mark, and its marking asks for one."
    if kind.waiting:
        return "It is still being looked into. Try again in a minute."
    return "It could not be looked into, so it does not leave."
