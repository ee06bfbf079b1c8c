"""Random profiles, audiences and offices, tuned so that an allow is no rarity.

A handful of organisations, groups and persons, so that the two sides often meet; each fact is
mostly favourable, so that usually one thing at a time stands in the way.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from hypothesis import strategies as st

from app.access.facts import (
    PUBLIC,
    Agreement,
    Area,
    Assurance,
    Audience,
    Grant,
    Office,
    Profile,
    Role,
    State,
)
from app.labels import Entry, Label, Marking, PlannedChange, SchemeId, load_schemes

T = TypeVar("T")

POLICIES = Path(__file__).parent.parent / "policies"
SCHEMES = load_schemes(POLICIES)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)

ORGANISATIONS = {
    "imda": ("authority", "SG"),
    "dtc": ("partner", "SG"),
    "connect": ("authority", "EU"),
    "uni-eu": ("partner", "EU"),
}
PERSONS = ("ana", "ben", "chi")
GROUPS = ("testers", "drafters")
TERMS = ("data-use-1", "ethics-2")
LATTICES = ("eu", "sg")

moments = st.sampled_from(
    [NOW + step for step in (-timedelta(days=9), -TICK, timedelta(0), TICK, timedelta(days=9))]
)
classifications = st.sampled_from(
    [marking for scheme in LATTICES for marking in SCHEMES.markings(SchemeId(scheme))]
)
_TOPS = st.sampled_from([SCHEMES.markings(SchemeId(scheme))[-1] for scheme in LATTICES])
_TLP = st.sampled_from(SCHEMES.markings(SchemeId("tlp")))
_LOW = [SCHEMES.markings(SchemeId("eu"))[:3], SCHEMES.markings(SchemeId("sg"))[:4]]


def mostly(usual: st.SearchStrategy[T], unusual: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Draw the usual about eleven times out of twelve."""
    return st.sampled_from(range(12)).flatmap(lambda roll: unusual if roll == 7 else usual)


_content_roles = st.sets(
    st.sampled_from([Role.READER, Role.CONTRIBUTOR, Role.RELEASE_AUTHORITY]), min_size=1
)
_roles = mostly(_content_roles, st.sets(st.sampled_from(list(Role)))).map(frozenset)
_areas = mostly(st.just(frozenset(Area)), st.frozensets(st.sampled_from(list(Area))))


@st.composite
def agreements(draw: st.DrawFn) -> Agreement:
    """An agreement, usually in force and high."""
    return Agreement(
        valid_from=draw(mostly(st.just(NOW - timedelta(days=30)), moments)),
        valid_until=draw(mostly(st.just(NOW + timedelta(days=30)), moments)),
        ceiling=draw(mostly(_TOPS, classifications)),
        areas=draw(_areas),
    )


@st.composite
def people(draw: st.DrawFn) -> Profile:
    """Somebody signed in."""
    organisation = draw(st.sampled_from(sorted(ORGANISATIONS)))
    kind, party = ORGANISATIONS[organisation]
    return Profile(
        person=draw(st.sampled_from(PERSONS)),
        organisation=organisation,
        organisation_kind=kind,
        party=party,
        roles=draw(_roles),
        clearance=draw(mostly(_TOPS, st.none() | classifications | _TLP)),
        groups=draw(st.frozensets(st.sampled_from(GROUPS))),
        agreement=draw(mostly(agreements(), st.none())),
        assurance=draw(mostly(st.just(Assurance.HARDWARE), st.sampled_from(list(Assurance)))),
        active=draw(mostly(st.just(True), st.booleans())),
        accepted=draw(st.frozensets(st.sampled_from(TERMS))),
    )


profiles = mostly(people(), st.just(PUBLIC))

entries = st.one_of(
    st.sampled_from([Entry("public"), Entry("community")]),
    st.sampled_from(["SG", "EU"]).map(lambda code: Entry("party", code)),
    st.sampled_from(["SG", "EU"]).map(lambda code: Entry("partners", code)),
    st.sampled_from(sorted(ORGANISATIONS)).map(lambda slug: Entry("org", slug)),
    st.sampled_from(GROUPS).map(lambda slug: Entry("group", slug)),
    st.sampled_from(PERSONS).map(lambda person: Entry("person", person)),
)


@st.composite
def marking_sets(draw: st.DrawFn) -> tuple[Marking, ...]:
    """One marking of some schemes, usually low."""
    chosen = draw(st.sets(st.sampled_from(["eu", "sg", "tlp"]), min_size=1))
    markings = []
    for scheme in sorted(chosen):
        every = SCHEMES.markings(SchemeId(scheme))
        low = every if scheme == "tlp" else _LOW[LATTICES.index(scheme)]
        markings.append(draw(mostly(st.sampled_from(low), st.sampled_from(every))))
    return tuple(markings)


@st.composite
def planned_changes(draw: st.DrawFn, markings: tuple[Marking, ...]) -> tuple[PlannedChange, ...]:
    """Downgrades of these markings, at most three, each lower than what it follows."""
    changes: list[PlannedChange] = []
    for at in sorted(draw(st.sets(moments, max_size=3))):
        lower = tuple(
            draw(st.sampled_from([one for one in scheme.markings if scheme.covers(marking, one)]))
            for marking in markings
            for scheme in [SCHEMES.by_id[marking.scheme]]
        )
        if lower != markings:
            changes.append(PlannedChange(at, lower))
            markings = lower
    return tuple(changes)


@st.composite
def labels(draw: st.DrawFn) -> Label:
    """What a portion carries."""
    markings = draw(marking_sets())
    return Label(
        markings=markings,
        changes=draw(mostly(st.just(()), planned_changes(markings))),
        terms=draw(mostly(st.just(frozenset()), st.frozensets(st.sampled_from(TERMS)))),
        orcon=draw(st.booleans()),
        eyes_only=draw(mostly(st.just(False), st.just(True))),
        view_only=draw(mostly(st.just(False), st.just(True))),
        releasability=draw(st.frozensets(entries, min_size=draw(st.integers(0, 3)), max_size=6)),
        not_before=draw(mostly(st.none(), moments)),
    )


grants = st.builds(Grant, st.sampled_from(PERSONS), moments)


@st.composite
def audiences(draw: st.DrawFn) -> Audience:
    """A portion's or attachment's audience, in any state, released most often."""
    owner = draw(st.sampled_from(sorted(ORGANISATIONS)))
    return Audience(
        state=draw(st.sampled_from([*State, *[State.RELEASED] * 4])),
        owner=owner,
        originator=draw(mostly(st.just(owner), st.sampled_from(sorted(ORGANISATIONS)))),
        label=draw(labels()),
        area=draw(st.sampled_from(list(Area))),
        grants=draw(mostly(st.just(frozenset()), st.frozensets(grants, max_size=3))),
    )


@st.composite
def offices(draw: st.DrawFn) -> Office:
    """An organisation or a party's side of the log."""
    organisation = draw(st.sampled_from(["", *sorted(ORGANISATIONS)]))
    return Office(
        party=ORGANISATIONS.get(organisation, ("", "SG"))[1],
        organisation=organisation,
        person=draw(st.sampled_from(["", *PERSONS])),
    )


def labelled(audience: Audience, **changes: object) -> Audience:
    """The same audience with another label; other markings come without planned changes."""
    if "markings" in changes:
        changes = {"changes": (), **changes}
    return replace(audience, label=replace(audience.label, **changes))  # type: ignore[arg-type]
