"""Attachments are opened with a permit, and only then: to leave in some form, or page by page."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from app.access import Action, Actor, Gate, Permit, Subject, audiences
from app.copies import Mark, check_size
from app.core.errors import NotFound
from app.core.ids import AttachmentId, AudienceId, RecordId
from app.core.journal import Detail
from app.core.work import Work
from app.labels import Label
from app.records import queries, store
from app.records.forms import (
    AskedForm,
    CannotBeViewed,
    FileKind,
    NotInspectedYet,
    TakenForm,
    file_kinds,
    form_of,
)
from app.records.keys.telling import destroyed_words
from app.records.marks import mark_of
from app.records.models import AttachmentRow
from app.records.sealing import SealedRow, leaving, sealed_files, stored_leaving
from app.records.showing import Showing
from app.records.views import AttachmentView, OpenedAttachment, PagesView, ViewedPage
from app.vault import KeyDestroyed


def open_attachment(
    work: Work,
    gate: Gate,
    actor: Actor,
    attachment_id: AttachmentId,
    *,
    arrangement: str,
    form: AskedForm = "",
    served: Callable[[int, TakenForm], int] = lambda size_bytes, _: size_bytes,
) -> OpenedAttachment:
    """Let the actor take an attachment away in some form, having first written that in the log.

    A marked copy has its number from here on: the number, the entry and the time in the mark are
    committed before a byte is unsealed, and what fails after that is a second entry. The permit is
    for the attachment as it was first sealed: a revision carries the same bytes.

    Args:
        served: says, once size and form of the content are known, how much of it will be
            served; when that is nothing, no copy is numbered.

    Raises:
        Refused: there is no such attachment, or none that the actor may have in this form.
        NotInspectedYet, CannotBeMarked: see `form_of`.
        NotMarked: it is too large to be marked.
    """
    file = _file(work, gate, actor, Action.DOWNLOAD, attachment_id)
    public = all(map(gate.keeper.current.schemes.is_public, file.label.markings))
    may_original = file.may(Action.TAKE_ORIGINAL)
    taken, action = form_of(form, file.kind, public=public, original_too=may_original)
    sealed = file.sealed(form)
    if taken == "marked":
        check_size(sealed.envelope.size_bytes)
    bytes_count = served(sealed.envelope.size_bytes, taken)
    number = store.new_copy_number(work.session) if taken == "marked" and bytes_count else ""
    permit = file.pass_through(
        action,
        sealed,
        event="attachment.downloaded",
        served_bytes=bytes_count,
        details={"form": taken, **({"copy": number} if number else {})},
    )
    if number:
        _keep_number(work, number, attachment_id)
    mark = file.mark(number) if taken == "marked" else None
    return file.opened(permit, sealed, taken=taken, mark=mark, arrangement=arrangement)


def _keep_number(work: Work, number: str, attachment_id: AttachmentId) -> None:
    """Keep the number of a copy beside the entry that was just written of it."""
    entry_id, _ = work.appended[-1]
    store.insert_copy(
        work.session,
        number=number,
        entry_id=entry_id,
        attachment_id=attachment_id,
        made_at=work.now,
    )


def view_page(
    work: Work,
    gate: Gate,
    actor: Actor,
    attachment_id: AttachmentId,
    page: int,
    *,
    arrangement: str,
    words: bool = False,
) -> ViewedPage:
    """Let the actor look at a page of an attachment, having first written that in the log.

    What the entry counts as served is the page's share of the file.

    Args:
        page: counted from 1.
        words: its text is shown too.

    Raises:
        Refused: there is no such attachment, or none that the actor may read.
        NotFound: it has no such page.
        NotInspectedYet, CannotBeViewed: it cannot be shown page by page, not yet or never.
    """
    file = _file(work, gate, actor, Action.READ, attachment_id)
    count = file.page_count()
    if not 1 <= page <= count:
        raise NotFound
    sealed = leaving(file.row)
    check_size(sealed.envelope.size_bytes, of_a_page=True)
    permit = file.pass_through(
        Action.READ,
        sealed,
        event="attachment.page-viewed",
        served_bytes=max(1, sealed.envelope.size_bytes // count),
        details={"page": page, **({"text": True} if words else {})},
    )
    mark = file.mark()
    opened = file.opened(permit, sealed, taken="marked", mark=mark, arrangement=arrangement)
    return ViewedPage(opened, page, mark, words)


def pages(work: Work, gate: Gate, actor: Actor, attachment_id: AttachmentId) -> PagesView:
    """Tell how many pages an attachment can be shown as, having first written that in the log.

    Raises:
        Refused: there is no such attachment, or none that the actor may read.
    """
    file = _file(work, gate, actor, Action.READ, attachment_id)
    view = file.view()
    file.pass_through(
        Action.READ,
        leaving(file.row),
        event="attachment.pages-counted",
        served_bytes=len(view.name.encode()),
        details={},
    )
    return PagesView(
        attachment=view, media_type=file.kind.media_type, pages_count=file.kind.page_count
    )


class _File:
    """An attachment in somebody's scope, and what is known of it before anything is opened."""

    def __init__(
        self, work: Work, gate: Gate, actor: Actor, found: tuple[AttachmentRow, str, int]
    ) -> None:
        self._work, self._gate, self._actor = work, gate, actor
        self.row, self._originator, self._number = found
        self._audience_id = AudienceId(self.row.audience_id)
        facts = audiences(work.session, [self._audience_id])
        self._showing = Showing(gate, work, actor, facts)
        self.label: Label = self._showing.label(self._audience_id)
        self._written = self._showing.written(self._audience_id)
        self.kind = file_kinds(work.session, [self.row.id]).get(self.row.id, FileKind())

    def may(self, action: Action) -> bool:
        return bool(self._showing.may(action, {self._audience_id}))

    def sealed(self, asked: AskedForm) -> SealedRow:
        """Give the file that leaves; who amends the draft may have either of its two."""
        if asked in ("original", "cleaned") and self.may(Action.AMEND):
            files = {one.form: one for one in sealed_files(self.row)}
            return files.get("cleaned" if asked == "cleaned" else "original", leaving(self.row))
        return leaving(self.row)

    def page_count(self) -> int:
        if self.kind.waiting:
            raise NotInspectedYet("Its pages are shown once that is done. Try again in a minute.")
        if not self.kind.page_count:
            raise CannotBeViewed("Only PDF, PNG and JPEG files can be shown page by page.")
        return self.kind.page_count

    def pass_through(
        self,
        action: Action,
        sealed: SealedRow,
        *,
        event: str,
        served_bytes: int,
        details: Mapping[str, Detail],
    ) -> Permit:
        told = {
            "version": self._number,
            "commitment": sealed.envelope.as_json()["commitment"],
            "key": sealed.envelope.key_id,
        }
        return self._gate.pass_through(
            self._work,
            self._actor,
            action,
            [self._audience_id],
            subject=Subject("attachment", sealed.attachment, self.row.record_id),
            event=event,
            served_bytes=served_bytes,
            details={**told, **details},
        )

    def view(self) -> AttachmentView:
        return self._showing.attachments([self.row], {self.row.id: self.kind})[0]

    def mark(self, number: str = "") -> Mark:
        work, schemes = self._work, self._gate.keeper.current.schemes
        return mark_of(work.session, schemes, self._actor, self.label, at=work.now, number=number)

    def opened(
        self,
        permit: Permit,
        sealed: SealedRow,
        *,
        taken: TakenForm,
        mark: Mark | None,
        arrangement: str,
    ) -> OpenedAttachment:
        return OpenedAttachment(
            permit=permit,
            view=replace(self.view(), size_bytes=sealed.envelope.size_bytes),
            record_id=RecordId(self.row.record_id),
            envelope=sealed.envelope,
            binding=sealed.binding(self.row, self._originator, arrangement),
            seal_label=sealed.seal_label(self._written),
            taken=taken,
            media_type=self.kind.media_type,
            pages_count=self.kind.page_count,
            mark=mark,
        )


def _file(
    work: Work, gate: Gate, actor: Actor, action: Action, attachment_id: AttachmentId
) -> _File:
    scope = gate.scope(work, actor, action)
    found = queries.attachment(work.session, scope, attachment_id)
    if found is None:
        raise gate.refusal(work, actor, action, Subject("attachment", attachment_id))
    if destroyed := destroyed_words(work.session, stored_leaving(found[0])):
        raise KeyDestroyed(destroyed)
    return _File(work, gate, actor, found)
