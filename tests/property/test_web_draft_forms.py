"""What stands in the editor's fields makes the draft that it was made from, however it is moved."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import FormData

from app.access import Area
from app.core.errors import Invalid
from app.core.ids import PersonId
from app.records import (
    KIND_FIELDS,
    ChangeInput,
    DraftInput,
    FieldType,
    Kind,
    MarkingInput,
    SectionInput,
)
from app.records.commands import PortionInput
from app.web.draft_forms import Typed, command_of, typed_from, typed_of
from app.web.rearranging import rearranged, section_in_hand
from tests.strategies import SCHEMES

SINGAPORE = ZoneInfo("Asia/Singapore")
PERSON = PersonId(UUID(int=7))
EMAILS = {str(PERSON): "seven@example.org"}

NAMES = (
    *("kind", "edition", "sections.3.body", "sections.x", "sections.9999.heading", "add", "remove"),
    *("move_up", "marking.level.sg", "marking.people", "marking.not_before"),
)

lines = st.text(st.characters(categories=["L", "N", "P"]), max_size=20).map(str.strip)
bodies = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=40)
moments = st.integers(0, 10**6).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(0, n))


@st.composite
def markings(draw: st.DrawFn) -> MarkingInput:
    levels = draw(st.sets(st.sampled_from(["SENSITIVE", "RESTRICTED", "TLP:AMBER"]), min_size=1))
    entries = draw(st.sets(st.sampled_from(["community", "org:dtc", "party:SG"])))
    people = draw(st.sampled_from([[], [f"person:{PERSON}"]]))
    return MarkingInput(
        markings="; ".join(sorted(levels)),
        orcon=draw(st.booleans()),
        eyes_only=draw(st.booleans()),
        view_only=draw(st.booleans()),
        handling=draw(lines),
        release_to="; ".join([*sorted(entries), *people]),
        not_before=draw(st.none() | moments),
        terms=draw(st.sampled_from([(), ("data-use",), ("data-use", "no-training")])),
        changes=draw(
            st.lists(
                st.builds(ChangeInput, at=moments, to=st.sampled_from(["", "TLP:GREEN"])),
                max_size=2,
            ).map(tuple)
        ),
    )


@st.composite
def drafts(draw: st.DrawFn) -> DraftInput:
    kind = draw(st.sampled_from(list(Kind)))
    values = {
        field.name: [["a", "b"], ["1", "2"]] if field.type is FieldType.TABLE else draw(bodies)
        for field in KIND_FIELDS[kind]
    }
    own = st.none() | markings()
    return DraftInput(
        kind=kind,
        area=draw(st.sampled_from(list(Area))),
        title=draw(lines.filter(bool)),
        marking=draw(markings()),
        summary=draw(bodies),
        summary_marking=draw(own),
        fields={name: value for name, value in values.items() if str(value).strip()},
        fields_marking=draw(own),
        summary_gap=draw(st.booleans()),
        fields_gap=draw(st.booleans()),
        tables={
            name: PortionInput(marking=draw(own), gap=draw(st.booleans()))
            for name, value in values.items()
            if not isinstance(value, str) and draw(st.booleans())
        },
        sections=draw(
            st.lists(
                st.builds(SectionInput, heading=lines, body=bodies, marking=own, gap=st.booleans()),
                max_size=4,
            )
        ),
        change_note=draw(lines),
        review_by=draw(st.none() | st.dates()),
    )


def find_person(email: str) -> PersonId | None:
    return PERSON if email == "seven@example.org" else None


def read_back(typed: Typed) -> DraftInput:
    sent = FormData([(name, text) for name, texts in typed.values.items() for text in texts])
    return command_of(rearranged(typed_of(sent), SCHEMES), SINGAPORE, find_person)


def with_tables_typed(draft: DraftInput) -> DraftInput:
    """Give the draft as its form sends it: a table as lines."""
    fields = {
        name: value if isinstance(value, str) else "a | b\n1 | 2"
        for name, value in draft.fields.items()
    }
    return draft.model_copy(update={"fields": fields})


@settings(max_examples=100)
@given(drafts())
def test_a_draft_put_into_fields_and_sent_is_the_same_draft(draft: DraftInput) -> None:
    assert read_back(typed_from(draft, EMAILS, SINGAPORE)) == with_tables_typed(draft)


@settings(max_examples=100)
@given(drafts().filter(lambda draft: draft.sections), st.data())
def test_moving_and_removing_changes_the_order_and_nothing_else(
    draft: DraftInput, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(draft.sections) - 1))
    button = data.draw(st.sampled_from(["move_up", "move_down", "remove"]))
    typed = typed_from(draft, EMAILS, SINGAPORE)
    sent = Typed({**typed.values, button: (str(index),)})

    expected = list(draft.sections)
    moved = expected.pop(index)
    if button != "remove":
        expected.insert(max(0, index - 1) if button == "move_up" else index + 1, moved)
    assert read_back(sent).sections == expected
    place = section_in_hand(rearranged(sent, SCHEMES))
    index += {"move_up": -1, "move_down": 1}.get(button, 0)
    assert place == f"sections.{max(0, min(index, len(expected) - 1))}"


WORDS = {
    "split": "Before[^1].\n\n## One\n\n(TLP:RED) Text.\n\n#### Deeper\n\n## Two\n\n[^1]: Note.",
    "split_tables": "Before.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nAfter.",
}


@settings(max_examples=30)
@given(drafts().filter(lambda draft: draft.sections), st.data())
def test_dividing_a_section_loses_no_word_and_marks_each_piece_as_it_was(
    draft: DraftInput, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(draft.sections) - 1))
    button = data.draw(st.sampled_from(sorted(WORDS)))
    whole = draft.sections[index].model_copy(update={"body": WORDS[button]})
    sections = [*draft.sections[:index], whole, *draft.sections[index + 1 :]]
    draft = draft.model_copy(update={"sections": sections})
    typed = typed_from(draft, EMAILS, SINGAPORE)
    made = read_back(Typed({**typed.values, button: (str(index),)}))

    pieces = made.sections[index : index + 3]
    assert [*made.sections[:index], *made.sections[index + 3 :]] == [
        *draft.sections[:index],
        *draft.sections[index + 1 :],
    ]
    assert {(one.gap, one.marking) for one in pieces} == {(whole.gap, whole.marking)}
    assert pieces[0].heading == whole.heading
    said = "\n".join(f"{one.heading}\n{one.body}" for one in pieces)
    assert {word for word in WORDS[button].split() if word.isalnum()} <= set(said.split())


@pytest.mark.parametrize(
    ("marking", "words", "offered"),
    [
        ("TLP:GREEN", "(TLP:AMBER) A secret.", "TLP:AMBER"),
        ("TLP:AMBER", "(TLP:GREEN) No secret.", ""),
        ("TLP:AMBER; RESTRICTED", "- [TLP:RED] item\n\n(R) para", "TLP:RED; RESTRICTED"),
        ("TLP:GREEN", "(SENSITIVE) Text.", "SENSITIVE; TLP:GREEN"),
        ("TLP:GREEN", "(R) Text.", "RESTRICTED; TLP:GREEN"),
        ("TLP:GREEN", "(TS) More than this portal may hold.", ""),
        ("TLP:GREEN", "A sentence about (TLP:RED) in brackets.", ""),
        ("TLP:GREEN", "(Secret) ballots and (r) reserved.", ""),
        ("TLP:GREEN", "**(TLP:AMBER // SENSITIVE)** Text.", "SENSITIVE; TLP:AMBER"),
    ],
)
def test_marks_in_the_words_are_offered_and_never_lower_a_marking(
    marking: str, words: str, offered: str
) -> None:
    draft = DraftInput(
        kind=Kind.TREND,
        area=Area.RESEARCH,
        title="T",
        marking=MarkingInput(markings=marking, release_to="party:SG"),
        sections=[SectionInput(body=words)],
    )
    typed = typed_from(draft, EMAILS, SINGAPORE)
    (section,) = read_back(Typed({**typed.values, "mark": ("sections.0",)})).sections
    if not offered:
        assert section.marking is None
        return
    assert section.marking is not None
    given = {text.strip() for text in section.marking.markings.split(";")}
    assert given == {text.strip() for text in offered.split(";")}
    assert section.marking.release_to == "party:SG"


@settings(max_examples=50)
@given(drafts())
def test_a_new_section_starts_empty_and_marked_as_the_title(draft: DraftInput) -> None:
    typed = typed_from(draft, EMAILS, SINGAPORE)
    added = rearranged(Typed({**typed.values, "add": ("yes",)}), SCHEMES)
    path = f"sections.{len(draft.sections)}"

    made = command_of(added, SINGAPORE, find_person)
    assert made.sections == [*draft.sections, SectionInput()]
    assert sorted(added.levels(f"{path}.marking")) == sorted(typed.levels("marking"))
    assert not added.own(f"{path}.marking")


@settings(max_examples=100)
@given(
    st.dictionaries(
        st.sampled_from(NAMES),
        st.lists(st.text(max_size=12), max_size=2),
    )
)
def test_junk_in_the_fields_is_told_and_breaks_nothing(junk: dict[str, list[str]]) -> None:
    sent = FormData([(name, text) for name, texts in junk.items() for text in texts])
    typed = rearranged(typed_of(sent), SCHEMES)
    assert isinstance(typed.edition, int)
    with pytest.raises(Invalid) as told:
        command_of(typed, SINGAPORE, find_person)
    assert told.value.fields
