"""A file that says more than its label is noticed, whatever the scheme, the label and the place."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.inspection import Passage
from app.inspection.marking_finder import find_markings
from app.inspection.markings import says_more
from app.labels import Label, Marking, Schemes, load_schemes
from tests.strategies import labels

SCHEMES = load_schemes(Path(__file__).parents[2] / "policies")
EVERY = [marking for scheme in SCHEMES.by_id for marking in SCHEMES.markings(scheme)]
markings = st.sampled_from(EVERY)
WORDS = ["the", "restricted", "area", "holds", "secret", "keys", "and", "public", "tlp", "red"]
BEGINNING = Passage("Beginning", None, "a line\n" * 6)
prose = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)
lines = st.lists(prose, max_size=8).map("\n".join)


def reached(marking: Marking, label: Label, schemes: Schemes) -> bool:
    """The oracle: would somebody cleared for exactly what the label says be cleared for the file?

    Access translates the clearance to the scheme of the file, where the judge translates the
    marking to the scheme of the label. A rule of sharing is no clearance: it must stand there.
    """
    scheme = schemes.scheme(marking.scheme)
    same = [given for given in label.markings if given.scheme == marking.scheme]
    if scheme.kind == "rules":
        order = [level.id for level in scheme.levels]
        return any(order.index(given.level) >= order.index(marking.level) for given in same)
    clearances = same or [given for given in label.markings if given.scheme != "tlp"]
    worth = (schemes.translate_clearance(given, marking.scheme) for given in clearances)
    return any(held is not None and schemes.dominates(held, marking) for held in worth)


@given(markings, labels())
@settings(max_examples=200)
def test_a_file_says_more_where_the_label_would_let_too_many_read(
    marking: Marking, label: Label
) -> None:
    allowed = SCHEMES.is_public(marking) or reached(marking, label, SCHEMES)
    assert says_more(marking, label, SCHEMES) is not allowed


@given(markings, lines, lines, st.sampled_from(["line", "header", "name", "portion"]))
@settings(max_examples=150)
def test_a_marking_is_found_in_every_place_and_nothing_else_is(
    marking: Marking, before: str, after: str, where: str
) -> None:
    text, name = SCHEMES.text(marking), "file.txt"
    passages = [BEGINNING]
    match where:
        case "line":
            passages.append(Passage("Section", None, f"{before}\n{text}\n{after}"))
        case "header":
            passages.append(Passage("Header", None, text.lower()))
        case "name":
            name = f"{text.replace(' ', '_').replace(':', '-').replace('/', '-')}.txt"
        case _:
            passages.append(Passage("Section", None, f"{before}\n({text}) {after}"))
    found = find_markings(name, passages, SCHEMES)
    assert {(one.marking, one.mention) for one in found} == {(marking.key, False)}


@given(st.lists(prose, max_size=30).map("\n".join))
@settings(max_examples=100)
def test_prose_is_never_a_marking(text: str) -> None:
    assert find_markings("file.txt", [BEGINNING, Passage("Section", None, text)], SCHEMES) == ()
