"""The order of markings is a lattice, and translation between schemes never grants too much.

Held on the shipped schemes by trying everything, and on schemes and tables made up at random, since
a deployment brings its own.
"""

from itertools import product
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.labels import Equivalence, Level, Marking, Row, Scheme, SchemeId, Schemes, load_schemes
from app.labels.checking import check_equivalence, check_scheme

SHIPPED = load_schemes(Path(__file__).parents[2] / "policies")
LATTICES = [scheme.id for scheme in SHIPPED.by_id.values() if scheme.kind == "lattice"]
A, B = SchemeId("a"), SchemeId("b")


@st.composite
def made_up_schemes(draw: st.DrawFn, scheme_id: SchemeId) -> Scheme:
    """A lattice of one to five levels and none to three sensitivities."""
    level_count, sensitivity_count = draw(st.integers(1, 5)), draw(st.integers(0, 3))
    bare_count = draw(st.integers(0, level_count - 1)) if sensitivity_count else level_count
    levels = tuple(
        Level(f"l{n}", f"{scheme_id} L{n}", n, sensitivity="none" if n < bare_count else "optional")
        for n in range(level_count)
    )
    sensitivities = tuple(Level(f"s{n}", f"S{n}", n) for n in range(sensitivity_count))
    scheme = Scheme(
        scheme_id, scheme_id, scheme_id, "lattice", levels, sensitivities, None, "made up"
    )
    check_scheme(scheme)
    return scheme


def rising(draw: st.DrawFn, scheme: Scheme) -> list[Marking]:
    """Some of the scheme's markings, each strictly above the one before."""
    chain: list[Marking] = []
    for marking in draw(st.lists(st.sampled_from(scheme.markings), max_size=6)):
        step = scheme.join(chain[-1], marking) if chain else marking
        if not chain or step != chain[-1]:
            chain.append(step)
    return chain


@st.composite
def made_up_deployments(draw: st.DrawFn) -> Schemes:
    """Two made-up schemes with a table between them that passes the checks."""
    one, other = draw(made_up_schemes(A)), draw(made_up_schemes(B))
    rows = zip(rising(draw, one), rising(draw, other), strict=False)
    table = Equivalence("made up", example=True, rows=tuple(Row(cells) for cells in rows))
    by_id = {A: one, B: other}
    check_equivalence(table, by_id)
    return Schemes(by_id, table, "")


def check_lattice(scheme: Scheme) -> None:
    covers, join = scheme.covers, scheme.join
    for a, b in product(scheme.markings, repeat=2):
        both = join(a, b)
        assert covers(a, a)
        assert not (covers(a, b) and covers(b, a)) or a == b
        assert covers(both, a)
        assert covers(both, b)
        assert both == join(b, a)
        for c in scheme.markings:
            assert not (covers(a, b) and covers(b, c)) or covers(a, c)
            assert not (covers(c, a) and covers(c, b)) or covers(c, both)
            assert join(join(a, b), c) == join(a, join(b, c))


def check_translation(schemes: Schemes, source: SchemeId, target: SchemeId) -> None:
    dominates = schemes.dominates
    for m in schemes.markings(source):
        shown = schemes.equivalent(m, target)
        covering = [
            row.cell(target)
            for row in schemes.equivalence.rows
            if (cell := row.cell(source)) and dominates(cell, m)
        ]
        assert (shown is None) == (not covering)
        assert shown is None or (
            shown in covering and all(cell and dominates(cell, shown) for cell in covering)
        )
        worth = schemes.translate_clearance(m, target)
        granted = [
            one
            for one in schemes.markings(target)
            if (back := schemes.equivalent(one, source)) and dominates(m, back)
        ]
        # The greatest granted, and with it everything below it and nothing else.
        assert (worth is None) == (not granted)
        assert worth is None or (
            {one for one in schemes.markings(target) if dominates(worth, one)} == set(granted)
        )
        for lower in schemes.markings(source):
            if not dominates(m, lower):
                continue
            below, less = (
                schemes.equivalent(lower, target),
                schemes.translate_clearance(lower, target),
            )
            assert shown is None or (below is not None and dominates(shown, below))
            assert less is None or (worth is not None and dominates(worth, less))


def test_the_shipped_schemes_are_lattices() -> None:
    for scheme in SHIPPED.by_id.values():
        check_lattice(scheme)


@settings(max_examples=60, deadline=None)
@given(made_up_schemes(A))
def test_made_up_schemes_that_pass_the_checks_are_lattices(scheme: Scheme) -> None:
    check_lattice(scheme)


def test_translation_by_the_shipped_table_is_monotone_and_grants_what_the_rows_say() -> None:
    for source, target in product(LATTICES, repeat=2):
        if source != target:
            check_translation(SHIPPED, source, target)


@settings(max_examples=150, deadline=None)
@given(made_up_deployments())
def test_translation_by_any_accepted_table_is_monotone_and_grants_what_the_rows_say(
    schemes: Schemes,
) -> None:
    check_translation(schemes, A, B)
    check_translation(schemes, B, A)


def test_nobody_gains_by_a_translation_there_and_back() -> None:
    for source, target in product(LATTICES, repeat=2):
        for clearance in SHIPPED.markings(source):
            there = SHIPPED.translate_clearance(clearance, target)
            back = there and SHIPPED.translate_clearance(there, source)
            assert back is None or SHIPPED.dominates(clearance, back)


def test_the_equivalent_there_and_back_is_never_lower_than_the_original() -> None:
    for source, target in product(LATTICES, repeat=2):
        for marking in SHIPPED.markings(source):
            there = SHIPPED.equivalent(marking, target)
            back = there and SHIPPED.equivalent(there, source)
            assert back is not None
            assert SHIPPED.dominates(back, marking)


ALL = [marking for scheme in SHIPPED.by_id for marking in SHIPPED.markings(scheme)]
some_markings = st.lists(st.sampled_from(ALL), max_size=6)


@given(some_markings, some_markings, some_markings)
def test_the_high_water_mark_does_not_depend_on_order_grouping_or_repetition(
    one: list[Marking], two: list[Marking], three: list[Marking]
) -> None:
    mark = SHIPPED.high_water
    assert mark([*one, *two]) == mark([*two, *one]) == mark([*one, *two, *one])
    assert mark([*mark([*one, *two]), *three]) == mark([*one, *mark([*two, *three])])
    assert mark(mark(one)) == mark(one)


@given(some_markings)
def test_the_high_water_mark_has_one_marking_per_scheme_covering_all_of_it(
    given_markings: list[Marking],
) -> None:
    marks = SHIPPED.high_water(given_markings)
    assert list(marks) == sorted(marks)
    assert {m.scheme for m in marks} == {m.scheme for m in given_markings}
    assert len({m.scheme for m in marks}) == len(marks)
    for mark, marking in product(marks, given_markings):
        if mark.scheme == marking.scheme:
            assert SHIPPED.by_id[mark.scheme].covers(mark, marking)


def test_what_is_stricter_is_never_more_public_nor_in_need_of_less() -> None:
    for high, low in product(ALL, ALL):
        if high.scheme == low.scheme and SHIPPED.by_id[high.scheme].covers(high, low):
            assert SHIPPED.is_public(low) or not SHIPPED.is_public(high)
            assert SHIPPED.needs_step_up(high) or not SHIPPED.needs_step_up(low)
            assert SHIPPED.above_ceiling(high) or not SHIPPED.above_ceiling(low)
