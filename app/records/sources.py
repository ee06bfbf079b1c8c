"""Where the parts of a draft come from: links that follow them, and what each must be marked.

A part that quotes another record's carries a link. Editing its text or its label does not take the
link away, nor does moving its words to another section; removing the part does. What is said in
other words cannot be told from one's own.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.core.ids import PersonId, new_id
from app.core.work import Work
from app.labels import Label, Schemes
from app.records.commands import DraftInput
from app.records.models import PortionRow, SourceRow
from app.records.rules import FIRST_SECTION
from app.records.views import SourceFacts

QUOTED_WORDS: Final = 8  # that follow each other: fewer are chance
_WORD: Final = re.compile(r"\w+")
_CAVEATS = (("orcon", "ORCON"), ("eyes_only", "EYES ONLY"), ("view_only", "VIEW ONLY"))


def sources(session: Session, ids: Collection[UUID | None]) -> dict[UUID, SourceRow]:
    """Give the links of parts in sight, by their ids."""
    asked = {one for one in ids if one is not None}
    if not asked:
        return {}
    rows = session.scalars(select(SourceRow).where(SourceRow.id.in_(asked))).all()
    for row in rows:
        session.expunge(row)
    return {row.id: row for row in rows}


def keep_source(work: Work, person: PersonId, facts: SourceFacts) -> UUID:
    """Keep the link of a part that is about to be added, which is never changed; give its id."""
    source_id = new_id()
    work.session.execute(
        insert(SourceRow).values(
            id=source_id,
            record_id=facts.record_id,
            version_id=facts.version_id,
            part_id=facts.part_id,
            reference=facts.reference,
            number=facts.number,
            owner=facts.owner,
            originator=facts.originator,
            content_hash=facts.content_hash,
            label=dict(facts.label_json),
            upstream=facts.upstream,
            quoted_by=person,
            quoted_at=work.now,
        )
    )
    return source_id


def chain_of(session: Session, ids: Collection[UUID]) -> list[Any]:
    """Give the steps from parts in sight to their first originators, each part's nearest first."""
    asked = text("SELECT * FROM entente_chain(:ids)")
    return list(session.execute(asked, {"ids": list(ids)})) if ids else []


def with_links(command: DraftInput, parts: Sequence[PortionRow]) -> DraftInput:
    """Give a draft whose sections carry on the links that the parts of the draft have now.

    A section carries the link of the part whose words it has, whatever link it names or leaves out;
    else the link that it names; else that of a part with its heading and place. Only where there is
    none of these was the part removed.

    Raises:
        Invalid: a section names a link that no part of this draft has.
    """
    linked = {part.source_id: part for part in parts if part.source_id is not None}
    sections = list(command.sections)
    strange = {
        f"sections.{place}.source": "This draft quotes nothing of that name."
        for place, one in enumerate(sections)
        if one.source is not None and one.source not in linked
    }
    if strange:
        raise Invalid("Quote it from its record.", fields=strange)
    words = {source_id: _Words(part.body) for source_id, part in linked.items()}
    for place, one in enumerate(sections):
        has = [source_id for source_id, said in words.items() if said.are_in(one.body)]
        if has and one.source not in has:
            sections[place] = one.model_copy(update={"source": has[0]})
    named = {one.source for one in sections}
    for source_id, part in linked.items():
        place = part.position - FIRST_SECTION
        kept = sections[place] if place < len(sections) else None
        if source_id not in named and kept and not kept.source and kept.heading == part.heading:
            sections[place] = kept.model_copy(update={"source": source_id})
    return command.model_copy(update={"sections": sections})


class _Words:
    """What a quotation says, to know it again in another section: all of it, or a run of words."""

    def __init__(self, body: str) -> None:
        self._all = _WORD.findall(body.casefold())
        self._runs = _runs(self._all)

    def are_in(self, body: str) -> bool:
        """Tell whether a text says the same, or some of it in the same words."""
        other = _WORD.findall(body.casefold())
        return bool(self._all) and (other == self._all or not self._runs.isdisjoint(_runs(other)))


def _runs(words: Sequence[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(
        tuple(words[at : at + QUOTED_WORDS]) for at in range(len(words) - QUOTED_WORDS + 1)
    )


def lowered(schemes: Schemes, before: Label, after: Label) -> bool:
    """Tell whether a label is marked lower than another, in any scheme that the other uses."""
    now = {marking.scheme: marking for marking in after.markings}
    return any(
        marking.scheme not in now
        or schemes.scheme(marking.scheme).join(now[marking.scheme], marking) != now[marking.scheme]
        for marking in before.markings
    )


def below_source(schemes: Schemes, label: Label, source: SourceRow, now: datetime) -> str:
    """Say what a quotation lacks that its source is marked with, "" for nothing."""
    floor = Label.from_json(source.label).at(now)
    if lowered(schemes, floor, label.at(now)):
        wanted = "; ".join(map(schemes.text, floor.markings))
        return f"It comes from {source.reference}, marked {wanted}: mark it no lower."
    missing = [word for name, word in _CAVEATS if getattr(floor, name) > getattr(label, name)]
    missing += sorted(f"TERMS {slug}" for slug in floor.terms - label.terms)
    if missing:
        return f"It comes from {source.reference}, marked {', '.join(missing)}: so must this be."
    if floor.not_before and floor.not_before > max(now, label.not_before or now):
        return f"It comes from {source.reference}, which nobody may read before a later time."
    return ""


def check_floors(
    schemes: Schemes,
    labels: Mapping[str, tuple[Label, UUID | None]],
    known: Mapping[UUID, SourceRow],
    now: datetime,
) -> None:
    """Check that every quotation is marked as its source at least, by the path of its marking.

    Raises:
        Invalid: one is not; beside its marking stands what it lacks.
    """
    told = {
        f"{path}.markings": below_source(schemes, label, known[source_id], now)
        for path, (label, source_id) in labels.items()
        if source_id is not None
    }
    wrong = {field: lack for field, lack in told.items() if lack}
    if wrong:
        raise Invalid("A quotation is marked at least as its source is.", fields=wrong)
