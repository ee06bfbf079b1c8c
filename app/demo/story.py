"""What happens to the demonstration's records after their import, told in `story.toml`.

Each step looks at how far a record is, so that a loading that was broken off goes on where it
stopped.
"""

import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from app import records, release
from app.access import State
from app.core.ids import RecordId, VersionId
from app.core.work import Origin, Work
from app.demo.accounts import acting
from app.edge import Services
from app.records import DraftInput, DraftView, MarkingInput, RecordView, SectionInput

STORY = Path(__file__).with_name("story.toml")
End = Literal["draft", "submitted", "released", "revised", "withdrawn"]


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cast(_Told):
    """Who prepares and who releases for an organisation; the second where two have to approve."""

    release_authority: str
    second_release_authority: str = ""
    contributor: str = ""


class MarkedSection(_Told):
    """A section that is marked apart from its record."""

    heading: str
    markings: str
    release_to: str = ""


class Fate(_Told):
    """How far a record gets; `adds` is the section that its second version adds."""

    ends: End = "released"
    sections: tuple[MarkedSection, ...] = ()
    change_note: str = ""
    adds: SectionInput | None = None
    reason: str = ""


class Story(_Told):
    """The whole story; records are named by organisation and path."""

    organisations: Mapping[str, Cast]
    records: Mapping[str, Fate]

    @cached_property
    def owners(self) -> list[str]:
        """Give the organisations that prepare records."""
        return [slug for slug, cast in self.organisations.items() if cast.contributor]


def read_story() -> Story:
    """Read the story that is told here."""
    return Story.model_validate(tomllib.loads(STORY.read_text(encoding="utf-8")))


class Teller:
    """Takes records through the steps that the story tells of them."""

    def __init__(self, services: Services, origin: Origin, story: Story) -> None:
        self._services = services
        self._units, self._gate = services.units, services.gate
        self._origin = origin
        self._story = story

    def tell(self, owner: str, path: str, record_id: RecordId) -> None:
        """Bring a record to the end that the story gives it."""
        fate = self._story.records.get(f"{owner}/{path}", Fate())
        view = self._read(owner, record_id)
        if view.version_number != 1 or fate.ends == "draft":
            return
        if view.state is State.DRAFT:
            self._submit(owner, view.version_id, fate)
        if view.state in (State.DRAFT, State.SUBMITTED) and fate.ends != "submitted":
            self._release(owner, view.originator, view.version_id)
        if fate.ends == "revised":
            self._release(owner, view.originator, self._revise(owner, record_id, fate))
        elif fate.ends == "withdrawn":
            self._withdraw(owner, view.version_id, fate)

    def _read(self, owner: str, record_id: RecordId) -> RecordView:
        with self._units.begin(self._origin) as work:
            actor = acting(self._services, work, self._story.organisations[owner].contributor)
            return records.read(work, self._gate, actor, record_id)

    def _submit(self, owner: str, version_id: VersionId, fate: Fate) -> None:
        with self._units.begin(self._origin) as work:
            actor = acting(self._services, work, self._story.organisations[owner].contributor)
            if fate.sections:
                draft = records.edit(work, self._gate, actor, version_id)
                self._amend(work, owner, draft, _marked(draft.input, fate))
            release.submit(work, self._gate, actor, version_id)

    def _release(self, owner: str, originator: str, version_id: VersionId) -> None:
        keys = self._services.identity.keys
        if originator != owner:
            with self._units.begin(self._origin) as work:
                by = self._story.organisations[originator].release_authority
                actor = acting(self._services, work, by)
                seen = release.review(work, self._gate, actor, version_id).seen_hash
                release.consent(work, self._gate, actor, version_id, seen_hash=seen, keys=keys)
        cast = self._story.organisations[owner]
        if not self._approve(cast.release_authority, version_id):
            self._approve(cast.second_release_authority, version_id)

    def _approve(self, by: str, version_id: VersionId) -> bool:
        """Approve as this person; tell whether that released it, or another has to as well."""
        keys = self._services.identity.keys
        with self._units.begin(self._origin) as work:
            actor = acting(self._services, work, by)
            seen = release.review(work, self._gate, actor, version_id).seen_hash
            decided = release.approve(
                work, self._gate, actor, version_id, seen_hash=seen, keys=keys
            )
        return decided.releases

    def _revise(self, owner: str, record_id: RecordId, fate: Fate) -> VersionId:
        with self._units.begin(self._origin) as work:
            actor = acting(self._services, work, self._story.organisations[owner].contributor)
            draft = records.revise(work, self._gate, actor, record_id)
            sections = [*draft.input.sections, *([fate.adds] if fate.adds else [])]
            changes = {"sections": sections, "change_note": fate.change_note}
            self._amend(work, owner, draft, draft.input.model_copy(update=changes))
            release.submit(work, self._gate, actor, draft.version_id)
            return draft.version_id

    def _withdraw(self, owner: str, version_id: VersionId, fate: Fate) -> None:
        with self._units.begin(self._origin) as work:
            actor = acting(self._services, work, self._story.organisations[owner].release_authority)
            release.withdraw(work, self._gate, actor, version_id, comment=fate.reason)

    def _amend(self, work: Work, owner: str, draft: DraftView, said: DraftInput) -> None:
        actor = acting(self._services, work, self._story.organisations[owner].contributor)
        records.amend(work, self._gate, actor, draft.version_id, said, edition=draft.edition)


def _marked(said: DraftInput, fate: Fate) -> DraftInput:
    """Give the draft with the sections marked that the story marks."""
    apart = {
        section.heading: MarkingInput(markings=section.markings, release_to=section.release_to)
        for section in fate.sections
    }
    sections = [
        section.model_copy(update={"marking": apart.get(section.heading, section.marking)})
        for section in said.sections
    ]
    return said.model_copy(update={"sections": sections})
