"""The procedure's rules that need no database."""

import uuid
from collections.abc import Set as AbstractSet

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.ids import PersonId
from app.labels import load_schemes
from app.release import rules
from app.release.comparison import Then
from app.release.errors import AwaitsConsent, ChangedMeanwhile, OwnWork
from tests.world import POLICIES

PEOPLE = [PersonId(uuid.UUID(int=number)) for number in range(5)]
people = st.sampled_from(PEOPLE)
crowds = st.frozensets(people)
hashes = st.binary(min_size=32, max_size=32)
names = st.sampled_from(["Title", "Summary", "Method", "Results"])
SCHEMES = load_schemes(POLICIES)


@given(people, crowds, crowds)
def test_nobody_decides_on_what_they_submitted_or_wrote(
    person: PersonId, submitters: AbstractSet[PersonId], writers: AbstractSet[PersonId]
) -> None:
    own = person in submitters | writers
    try:
        rules.check_four_eyes(person, submitters=submitters, writers=writers)
    except OwnWork:
        assert own
    else:
        assert not own


@given(hashes, hashes)
def test_only_what_was_seen_is_decided_on(seen: bytes, now: bytes) -> None:
    rules.check_seen(seen.hex(), seen)
    rules.check_seen(seen.hex().upper(), seen)
    if seen != now:
        with pytest.raises(ChangedMeanwhile):
            rules.check_seen(seen.hex(), now)


@pytest.mark.parametrize("seen", ["", "0", "é", "ff" * 31, "ff" * 33])
def test_half_a_hash_is_none(seen: str) -> None:
    with pytest.raises(ChangedMeanwhile):
        rules.check_seen(seen, b"\xff" * 32)


@given(st.dictionaries(st.sampled_from(["dtc", "eu-ai-office"]), hashes), st.frozensets(hashes))
def test_a_consent_is_to_exactly_these_parts(
    asked: dict[str, bytes], others: AbstractSet[bytes]
) -> None:
    missing = rules.awaited(asked, others)
    assert set(missing) == {one for one, parts in asked.items() if parts not in others}
    assert rules.awaited(asked, [*others, *asked.values()]) == ()
    if missing:
        with pytest.raises(AwaitsConsent, match=missing[0]):
            rules.check_consented(missing)
    else:
        rules.check_consented(missing)


@given(st.text())
def test_a_reason_is_more_than_blanks(comment: str) -> None:
    if comment.strip():
        assert rules.check_reason(comment) == comment.strip()
    else:
        with pytest.raises(Invalid) as raised:
            rules.check_reason(comment)
        assert set(raised.value.fields) == {"comment"}


def test_parts_are_named_in_a_line() -> None:
    assert rules.name_parts(["Title"]) == "Title"
    assert rules.name_parts(["Title", "A"]) == "Title and A"
    assert rules.name_parts(["Title", "A", "B", "C"]) == "Title, A, B and C"
    assert rules.name_parts(["Title", "A", "B", "C", "D"]) == "Title, A, B and 2 more parts"


released = st.lists(st.tuples(names, crowds), max_size=6)


@given(released, st.frozensets(names, min_size=1), crowds)
def test_a_gain_is_never_hidden(
    parts: list[tuple[str, frozenset[PersonId]]],
    asked: frozenset[str],
    now: frozenset[PersonId],
) -> None:
    """Whoever is not called new could read every part so named, or all that there was."""
    then = Then.of(parts)
    gained = then.gained(asked, now)
    assert gained <= now
    for person in now - gained if parts else ():
        for name in asked:
            called = [readers for part, readers in parts if part == name]
            assert all(person in readers for readers in called or [who for _, who in parts])


@given(released, st.frozensets(names, min_size=1), crowds)
def test_a_loss_is_somebodys_who_could_read_and_no_longer_can(
    parts: list[tuple[str, frozenset[PersonId]]],
    asked: frozenset[str],
    now: frozenset[PersonId],
) -> None:
    then = Then.of(parts)
    could = {person for name, readers in parts if name in asked for person in readers}
    assert then.lost(asked, now) == could - now
    assert bool(then) == bool(parts)
