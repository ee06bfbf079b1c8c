"""What would have to change before somebody may: for each requirement not met, the least of it.

Nothing is inferred from what a policy says: a change is tried on the facts, and told only when
the policies themselves then hold the requirement to be met. All of them together let the person in.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.access import requirements as named
from app.access.explain import Requirement, explain, moment_text, spoken
from app.access.facts import (
    OVERSIGHT_ROLES,
    Action,
    Agreement,
    Assurance,
    Audience,
    Profile,
    Role,
    State,
)
from app.access.policy_set import PolicySet
from app.labels import Entry, Marking, Scheme

NOTHING = "Nothing that can be changed for this person."
WITHDRAWN = "Nothing: what was withdrawn is not released again."
_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Remedy:
    """What would have to change for a requirement, in words; `possible` is false for nothing."""

    requirement: str
    text: str
    possible: bool


@dataclass(frozen=True)
class _Tried:
    """A change in words, and the facts after it."""

    text: str
    profile: Profile
    audience: Audience


@dataclass(frozen=True)
class Case:
    """Who asks for what, under which policies, and when; and that after a change."""

    policies: PolicySet
    profile: Profile
    action: Action
    audience: Audience
    now: datetime

    def after(self, tried: _Tried) -> "Case":
        return replace(self, profile=tried.profile, audience=tried.audience)

    def unmet(self) -> dict[str, Requirement]:
        told = explain(self.policies, self.profile, self.action, self.audience, self.now)
        return {one.id: one for one in told.requirements if not one.met}

    def profiled(self, text: str, profile: Profile) -> _Tried:
        return _Tried(text, profile, self.audience)

    def labelled(self, text: str, **label: object) -> _Tried:
        changed = replace(self.audience.label, **label)  # type: ignore[arg-type]
        return _Tried(text, self.profile, replace(self.audience, label=changed))

    def named(self, text: str) -> _Tried:
        """Release to the person by name."""
        by_name = {Entry("person", self.profile.person)} if self.profile.person else set()
        return self.labelled(text, releasability=self.audience.label.releasability | by_name)

    @property
    def at_home(self) -> bool:
        """Whether the person is of the owner or of the originator."""
        return self.profile.organisation in (self.audience.owner, self.audience.originator)


def remedies(
    policies: PolicySet, profile: Profile, action: Action, audience: Audience, now: datetime
) -> tuple[Remedy, ...]:
    """Say what would have to change, in the order of the rule; nothing where it is allowed.

    If each of them is possible, then all together let the profile do this.
    """
    found, _ = tried_out(Case(policies, profile, action, audience, now))
    return found


def tried_out(case: Case) -> tuple[tuple[Remedy, ...], Case]:
    """Give what would have to change, and the case after all of it that can.

    What is not met is asked again after each change: a release brings releasability into play, and
    a role may be all that a release still lacked.
    """
    found: dict[str, Remedy] = {}
    while requirement := next((id_ for id_ in case.unmet() if id_ not in found), None):
        tried = _least(case, requirement)
        text = tried.text if tried else _nothing(case, requirement)
        found[requirement] = Remedy(requirement, text, tried is not None)
        case = case.after(tried) if tried else case
    return tuple(found.values()), case


def _least(case: Case, requirement: str) -> _Tried | None:
    """Give the first change after which the policies hold the requirement to be met."""
    return next(
        (one for one in _tries(case, requirement) if requirement not in case.after(one).unmet()),
        None,
    )


def _nothing(case: Case, requirement: str) -> str:
    gone = requirement == named.STATE and case.audience.state is State.WITHDRAWN
    return WITHDRAWN if gone else NOTHING


def _tries(case: Case, requirement: str) -> Iterator[_Tried]:
    tries = {
        named.STANDING: _standing,
        named.CONTENT_ROLE: _content_role,
        named.AREA: _area,
        named.CLEARANCE: _clearance,
        named.STATE: _state,
        named.RELEASABILITY: _releasability,
        named.CAVEATS: _caveats,
        named.NOT_BEFORE: _not_before,
        named.TERMS: _terms,
        named.ASSURANCE: _assurance,
        named.FORM: _own_role,
        named.PUBLIC: _public,
        named.PROCEDURE: _procedure,
    }
    yield from tries[requirement](case)


def _standing(case: Case) -> Iterator[_Tried]:
    profile, agreement = case.profile, _in_force(case)
    yield case.profiled(
        "The account and its organisation active again.", replace(profile, active=True)
    )
    yield case.profiled("An agreement in force.", replace(profile, agreement=agreement))
    yield case.profiled(
        "The account and its organisation active again, under an agreement in force.",
        replace(profile, active=True, agreement=agreement),
    )


def _in_force(case: Case) -> Agreement | None:
    """The agreement as it would be if it were in force; without one, the least that there is."""
    held, now = case.profile.agreement, case.now
    ceiling = held.ceiling if held else _lowest(case)
    if ceiling is None:
        return None
    areas = held.areas if held else frozenset({case.audience.area})
    return Agreement(now, now + _A_DAY, ceiling, areas)


def _lowest(case: Case) -> Marking | None:
    return next((scheme.markings[0] for scheme in _classifying(case)), None)


def _content_role(case: Case) -> Iterator[_Tried]:
    roles = case.profile.roles
    yield case.profiled(
        "The role reader, contributor or release authority.",
        replace(case.profile, roles=roles | {Role.READER}),
    )
    over = " and ".join(sorted(spoken(role) for role in roles & OVERSIGHT_ROLES))
    yield case.profiled(
        f"The role reader, contributor or release authority, instead of {over}.",
        replace(case.profile, roles=(roles - OVERSIGHT_ROLES) | {Role.READER}),
    )


def _area(case: Case) -> Iterator[_Tried]:
    agreement, area = case.profile.agreement, case.audience.area
    if agreement is not None:
        wider = replace(agreement, areas=agreement.areas | {area})
        yield case.profiled(
            f"An agreement that covers {spoken(area)}.", replace(case.profile, agreement=wider)
        )


def _clearance(case: Case) -> Iterator[_Tried]:
    """Try clearances and ceilings from the lowest on, first those of the person's own scheme."""
    profile, agreement = case.profile, case.profile.agreement
    if agreement is None:
        return
    text = case.policies.schemes.text
    for scheme in _classifying(case):
        for one in scheme.markings:
            cleared = replace(profile, clearance=one)
            yield case.profiled(f"A clearance of at least {text(one)}.", cleared)
        for one in scheme.markings:
            higher = replace(profile, agreement=replace(agreement, ceiling=one))
            yield case.profiled(f"An agreement up to at least {text(one)}.", higher)
        for one in scheme.markings:
            both = replace(profile, clearance=one, agreement=replace(agreement, ceiling=one))
            yield case.profiled(
                f"A clearance of at least {text(one)}, under an agreement up to it.", both
            )


def _classifying(case: Case) -> list[Scheme]:
    agreement = case.profile.agreement
    own = [case.profile.clearance, agreement.ceiling if agreement else None]
    first = [held.scheme for held in own if held]
    schemes = [one for one in case.policies.schemes.by_id.values() if one.kind == "lattice"]
    return sorted(schemes, key=lambda one: first.index(one.id) if one.id in first else len(first))


def _state(case: Case) -> Iterator[_Tried]:
    yield from _own_role(case)
    if case.audience.state is not State.WITHDRAWN:
        released = replace(case.audience, state=State.RELEASED)
        yield _Tried("Its release.", case.profile, released)


def _own_role(case: Case) -> Iterator[_Tried]:
    """Try the roles of those who prepare it and decide on it; only its own people can hold them."""
    if case.at_home:
        for role, told in (
            (Role.CONTRIBUTOR, "The role contributor or release authority."),
            (Role.RELEASE_AUTHORITY, "The role release authority."),
        ):
            yield case.profiled(told, replace(case.profile, roles=case.profile.roles | {role}))


def _releasability(case: Case) -> Iterator[_Tried]:
    if not case.profile.person:
        return
    own = Entry("org", case.profile.organisation)
    wide = case.labelled("", releasability=case.audience.label.releasability | {own})
    to_all = named.RELEASABILITY not in case.after(wide).unmet()
    told = f"Released to {own}, or to this person" if to_all else "Released to this person"
    yield case.named(f"{told} by name or by a grant.")


def _caveats(case: Case) -> Iterator[_Tried]:
    yield case.named("Released to this person by name or by a grant, since it is EYES ONLY.")
    yield case.labelled("A version without EYES ONLY.", eyes_only=False)
    yield case.labelled("A version without VIEW ONLY.", view_only=False)
    told = "A version without VIEW ONLY, released to this person by name or by a grant."
    yield replace(case, audience=case.named("").audience).labelled(told, view_only=False)


def _not_before(case: Case) -> Iterator[_Tried]:
    moment = case.audience.label.not_before
    if moment is not None:
        yield case.labelled(f"Only time: not before {moment_text(moment)}.", not_before=None)


def _terms(case: Case) -> Iterator[_Tried]:
    asked = case.audience.label.terms
    missing = ", ".join(sorted(asked - case.profile.accepted))
    accepted = replace(case.profile, accepted=case.profile.accepted | asked)
    if case.profile.person:
        yield case.profiled(f"The terms of use {missing} accepted as they stand.", accepted)


def _assurance(case: Case) -> Iterator[_Tried]:
    surer = replace(case.profile, assurance=Assurance.MULTI_FACTOR)
    yield case.profiled("Signing in with a second factor.", surer)


def _public(case: Case) -> Iterator[_Tried]:
    to_all = case.audience.label.releasability | {Entry("public")}
    yield case.labelled("Released to the public.", releasability=to_all)
    released = replace(case.labelled("", releasability=to_all).audience, state=State.RELEASED)
    yield _Tried("Its release to the public.", case.profile, released)


def _procedure(case: Case) -> Iterator[_Tried]:
    yield from _own_role(case)
    for state, told in (
        (State.DRAFT, "The version a draft."),
        (State.SUBMITTED, "The version submitted."),
        (State.RELEASED, "The version released."),
    ):
        moved = replace(case.audience, state=state)
        yield _Tried(told, case.profile, moved)
        for one in _own_role(replace(case, audience=moved)):
            yield replace(one, text=f"{told} {one.text}")
