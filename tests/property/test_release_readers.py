"""Who could read what: the same as the oracle says, however many people are alike."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.access import (
    Action,
    Agreement,
    Area,
    Assurance,
    Audience,
    Candidate,
    Grant,
    Profile,
    Role,
    State,
    decide_many,
    load_policies,
)
from app.access.alike import looks_at_persons
from app.core.ids import PersonId, new_id
from app.labels import Label, PlannedChange, parse_releasability
from app.release import readers
from app.release.readers import Way
from tests import oracle
from tests.strategies import NOW, PERSONS, SCHEMES, audiences, people
from tests.world import POLICIES

POLICY_SET = load_policies(POLICIES, SCHEMES)
released = audiences().map(lambda audience: replace(audience, state=State.RELEASED))


@st.composite
def crowds(draw: st.DrawFn) -> list[Candidate]:
    """People of whom some are named in audiences, and some have the same facts as others."""
    kinds = draw(st.lists(people(), min_size=1, max_size=3))
    ids = [*PERSONS, *(f"nobody-{number}" for number in range(3))]
    return [
        Candidate(PersonId(new_id()), replace(profile, person=person))
        for profile in kinds
        for person in ids
    ]


def reads(profile: Profile, title: Audience, part: Audience, moment: datetime) -> bool:
    """Whether a profile reads a part at a moment, as the oracle says it."""
    return all(
        oracle.may(SCHEMES, profile, Action.READ, audience, moment) for audience in (title, part)
    )


def moments(title: Audience, part: Audience) -> list[datetime]:
    """Now, and whenever these two say that something changes by itself."""
    named = [NOW]
    for one in (title, part):
        named += [change.at for change in one.label.changes] + [g.until for g in one.grants]
        named += [one.label.not_before] if one.label.not_before else []
    return sorted({moment for moment in named if moment >= NOW})


def told(way: Way | None, moment: datetime) -> bool:
    """Whether this way is open at a moment."""
    return way is not None and any(
        (span.from_at is None or span.from_at <= moment)
        and (span.until is None or moment < span.until)
        for span in way.spans
    )


def done(profile: Profile, way: Way) -> Profile:
    """The same person, once they have done what the way asks for."""
    sure = Assurance.MULTI_FACTOR if way.needs_second_factor else profile.assurance
    return replace(profile, assurance=sure, accepted=profile.accepted | way.terms)


def everything(profile: Profile, title: Audience, part: Audience) -> Profile:
    """The same person, once they have done all that anybody can do."""
    terms = title.label.terms | part.label.terms
    weak = profile.assurance is Assurance.PASSWORD
    sure = Assurance.MULTI_FACTOR if weak else profile.assurance
    return replace(profile, assurance=sure, accepted=profile.accepted | terms)


@given(crowds(), st.lists(released, min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_everybody_reads_what_the_oracle_says_at_every_moment(
    crowd: list[Candidate], asked: list[Audience]
) -> None:
    title = asked[0]
    found = readers.ways(POLICY_SET, crowd, title, asked, NOW)
    for (audience, ways), one in product(zip(asked, found, strict=True), crowd):
        check(one.profile, title, audience, ways.get(one.person))


def check(profile: Profile, title: Audience, part: Audience, way: Way | None) -> None:
    """Who needs nothing reads exactly then; who does reads once it is done; nobody is left out."""
    at_all = False
    for moment in moments(title, part):
        as_they_are = reads(profile, title, part, moment)
        if way is None or not way.waits:
            assert told(way, moment) == as_they_are
        else:
            assert not as_they_are
            assert told(way, moment) == reads(done(profile, way), title, part, moment)
        at_all |= reads(everything(profile, title, part), title, part, moment)
    assert (way is not None) == at_all


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Everybody whom it is decided about from here on."""
    asked: list[Any] = []

    def listen(*given: Any) -> Any:
        asked.extend(given[2])
        return decide_many(*given)

    monkeypatch.setattr(readers, "decide_many", listen)
    return asked


def alike(count: int) -> list[Candidate]:
    """People whose facts differ in nothing but who they are."""
    profile = Profile(
        person="",
        organisation="imda",
        organisation_kind="authority",
        party="SG",
        roles=frozenset({Role.READER}),
        clearance=SCHEMES.parse("RESTRICTED"),
        groups=frozenset(),
        agreement=Agreement(
            NOW, NOW.replace(year=NOW.year + 1), SCHEMES.parse("RESTRICTED"), frozenset(Area)
        ),
        assurance=Assurance.MULTI_FACTOR,
        active=True,
    )
    return [
        Candidate(PersonId(new_id()), replace(profile, person=f"person-{number}"))
        for number in range(count)
    ]


def audience(release_to: str) -> Audience:
    """Something of another organisation, released to these."""
    label = Label((SCHEMES.parse("TLP:AMBER"),), releasability=parse_releasability(release_to))
    return Audience(State.RELEASED, "connect", "connect", label, Area.RESEARCH)


def test_people_who_are_alike_cost_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = counted(monkeypatch)
    one = audience("org:imda")
    (found,) = readers.ways(POLICY_SET, alike(200), one, [one], NOW)
    assert (len(found), len(asked)) == (200, 1)


def test_who_is_named_is_like_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = counted(monkeypatch)
    crowd, one = alike(50), audience("person:person-7")
    (found,) = readers.ways(POLICY_SET, crowd, one, [one], NOW)
    assert (set(found), len(asked)) == ({crowd[7].person}, 2)


def test_where_a_policy_looks_at_persons_nobody_is_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = dict(POLICY_SET.policies)
    some = next(iter(texts))
    looking = texts[some].text.replace("when {", 'when { principal.person != "person-7" &&')
    policies = replace(POLICY_SET, policies=texts | {some: replace(texts[some], text=looking)})
    asked = counted(monkeypatch)
    one = audience("org:imda")
    readers.ways(policies, alike(20), one, [one], NOW)
    assert len(asked) == 20


@pytest.mark.parametrize(
    ("policy", "looks"),
    [
        ('@explain("For this person.") permit (principal, action, resource);', False),
        ("permit (principal is Person, action, resource); // whatever person", False),
        ("when { resource.to_persons.contains(principal.person) };", False),
        ("when { resource has person && principal.person == resource.person };", False),
        ('when { principal.person == "ana" };', True),
        ('when { principal["person"] == "ana" };', True),
        ("when { resource.to_groups.contains(principal.person) };", True),
        (
            'when { resource.to_persons.contains(principal.person) || principal.person == "x" };',
            True,
        ),
        ("when { principal has person };", True),
    ],
)
def test_what_it_means_to_look_at_persons(policy: str, looks: bool) -> None:
    assert looks_at_persons(policy) is looks


def test_the_default_policies_know_persons_by_entry_only() -> None:
    texts = (policy.text for policy in POLICY_SET.policies.values())
    assert not any(map(looks_at_persons, texts))


DAY = timedelta(days=1)
CLOSED = audience("org:uni-eu")


def granted(days: int) -> Audience:
    """What was granted to the first person of the crowd, for so many days."""
    return replace(CLOSED, grants=frozenset({Grant("person-0", NOW + days * DAY)}))


def embargoed(days: int) -> Audience:
    """What is for the crowd after so many days."""
    one = audience("org:imda")
    return replace(one, label=replace(one.label, not_before=NOW + days * DAY))


def lowered(days: int) -> Audience:
    """What is marked too high for the crowd for so many days."""
    high, low = SCHEMES.parse("CONFIDENTIAL"), SCHEMES.parse("RESTRICTED")
    changes = (PlannedChange(NOW + days * DAY, (low,)),)
    label = Label((high,), releasability=parse_releasability("org:imda"), changes=changes)
    return replace(audience("org:imda"), label=label)


def with_terms() -> Audience:
    """What asks the crowd to accept terms first."""
    one = audience("org:imda")
    return replace(one, label=replace(one.label, terms=frozenset({"data-use-1"})))


OPEN = audience("org:imda")


@pytest.mark.parametrize(
    ("title", "part", "spans"),
    [
        (OPEN, OPEN, [(None, None)]),
        (granted(2), granted(2), [(None, 2)]),
        (OPEN, embargoed(3), [(3, None)]),
        (embargoed(1), granted(3), [(1, 3)]),
        (granted(1), embargoed(3), None),
        (OPEN, lowered(2), [(2, None)]),
        (lowered(2), embargoed(1), [(2, None)]),
        (CLOSED, OPEN, None),
    ],
)
def test_a_part_is_read_while_it_and_its_title_are(
    title: Audience, part: Audience, spans: list[tuple[int | None, int | None]] | None
) -> None:
    crowd = alike(1)
    _, found = readers.ways(POLICY_SET, crowd, title, [title, part], NOW)
    way = found.get(crowd[0].person)
    told = way and [
        tuple((moment - NOW) / DAY if moment else None for moment in (one.from_at, one.until))
        for one in way.spans
    ]
    assert told == spans


def test_who_has_yet_to_accept_terms_is_no_reader_and_is_told_which() -> None:
    crowd = alike(1)
    (found,) = readers.ways(POLICY_SET, crowd, with_terms(), [with_terms()], NOW)
    assert found[crowd[0].person].terms == {"data-use-1"}
    assert readers.readers_of(found) == frozenset()
    profile = replace(crowd[0].profile, accepted=frozenset({"data-use-1"}))
    accepted = [replace(crowd[0], profile=profile)]
    (found,) = readers.ways(POLICY_SET, accepted, with_terms(), [with_terms()], NOW)
    assert readers.readers_of(found) == {accepted[0].person}
