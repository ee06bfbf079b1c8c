"""What two people typed into one draft, compared: for whoever saves second."""

from collections.abc import Iterator

from app.records.commands import DraftInput, FieldValue, MarkingInput, PortionInput, SectionInput
from app.records.difference import difference, pair_sections
from app.records.kinds import KIND_FIELDS
from app.records.views import ChangeView, TypedDifference

AS_TITLE = "as the title"
GAP_WORDS = "others may see that something is left out here"


def typed_differences(theirs: DraftInput, mine: DraftInput) -> tuple[TypedDifference, ...]:
    """Give each part in which `mine` is not what `theirs` says, with what came and went."""
    pairs = [
        ("Title", theirs.title, mine.title),
        ("Title: marking", marking_words(theirs.marking), marking_words(mine.marking)),
        ("Summary", theirs.summary, mine.summary),
        (
            "Summary: marking",
            portion_words(theirs.summary_marking, theirs.summary_gap),
            portion_words(mine.summary_marking, mine.summary_gap),
        ),
        *_fields(theirs, mine),
        *_sections(theirs, mine),
        ("What changed in this version", theirs.change_note, mine.change_note),
        ("Review by", str(theirs.review_by or ""), str(mine.review_by or "")),
        ("Area", theirs.area.value, mine.area.value),
        ("Language", theirs.language, mine.language),
    ]
    return tuple(
        TypedDifference(name, tuple(ChangeView(one.kind, one.text) for one in difference(old, new)))
        for name, old, new in pairs
        if old.strip() != new.strip()
    )


def marking_words(marking: MarkingInput | None) -> str:
    """Write a marking on one line, as whoever compares two of them reads it."""
    if marking is None:
        return AS_TITLE
    caveats = [
        "ORCON" if marking.orcon else "",
        "EYES ONLY" if marking.eyes_only else "",
        "VIEW ONLY" if marking.view_only else "",
        marking.handling,
        f"REL TO {marking.release_to}" if marking.release_to else "",
        f"NOT BEFORE {marking.not_before.isoformat()}" if marking.not_before else "",
        *(f"TERMS {slug}" for slug in marking.terms),
        *(f"FROM {one.at.isoformat()} {one.to or 'PUBLIC'}" for one in marking.changes),
    ]
    return " // ".join(filter(None, [marking.markings, *caveats]))


def portion_words(marking: MarkingInput | None, gap: bool, otherwise: str = "") -> str:
    """Write how a part is marked, and whether others may see that it is left out for them."""
    told = otherwise or marking_words(marking)
    return f"{told} // {GAP_WORDS}" if gap else told


def _fields(theirs: DraftInput, mine: DraftInput) -> Iterator[tuple[str, str, str]]:
    for field in KIND_FIELDS[mine.kind]:
        old, new = theirs.fields.get(field.name, ""), mine.fields.get(field.name, "")
        yield field.label, cell_lines(old), cell_lines(new)
    yield (
        "Details: marking",
        portion_words(theirs.fields_marking, theirs.fields_gap),
        portion_words(mine.fields_marking, mine.fields_gap),
    )
    for field in KIND_FIELDS[mine.kind]:
        old_table, new_table = theirs.tables.get(field.name), mine.tables.get(field.name)
        yield f"{field.label}: marking", _table(old_table), _table(new_table)


def cell_lines(value: FieldValue) -> str:
    """Write a field as it is typed: a table is a line for each row, its cells between bars."""
    if isinstance(value, str):
        return value
    return "\n".join(" | ".join(row) for row in value)


def _sections(theirs: DraftInput, mine: DraftInput) -> Iterator[tuple[str, str, str]]:
    for old, new in pair_sections(theirs.sections, mine.sections):
        name = (new or old or SectionInput()).heading or "Section without a heading"
        yield name, _section(old), _section(new)
        yield (
            f"{name}: marking",
            portion_words(old.marking, old.gap) if old else "",
            portion_words(new.marking, new.gap) if new else "",
        )


def _table(table: PortionInput | None) -> str:
    if table is None or (table.marking is None and not table.gap):
        return "as the details"
    otherwise = "as the details" if table.marking is None else ""
    return portion_words(table.marking, table.gap, otherwise)


def _section(section: SectionInput | None) -> str:
    return f"{section.heading}\n\n{section.body}".strip() if section else ""
