"""What every sound policy set denies and permits, asked of each one before it decides anything.

Cedar can fail open without a word: a forbid on an action group does not fire where the hierarchy
was lost, a forbid that errors is skipped. So a newly loaded set is asked about people and documents
whose answers are known, made of the deployment's own schemes and of no real organisation.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.access.facts import (
    PUBLIC,
    SEEING,
    Action,
    Agreement,
    Area,
    Assurance,
    Audience,
    Grant,
    Office,
    OfficeAction,
    Profile,
    Role,
    State,
)
from app.access.policy_files import PolicyError
from app.access.policy_set import PolicySet
from app.labels import Entry, Label, Scheme, Schemes

_NOW = datetime(2025, 6, 1, tzinfo=UTC)
_YEAR = timedelta(days=365)
_SEE = tuple(sorted(SEEING))


@dataclass(frozen=True)
class Known:
    """One question whose answer is known, and why it must be so."""

    why: str
    profile: Profile
    action: Action | OfficeAction
    thing: Audience | Office
    allowed: bool


def check_canary(policy_set: PolicySet) -> None:
    """Check that the set answers every known question as it must.

    Raises:
        PolicyError: it does not; the detail lists each wrong answer.
    """
    wrong = [
        f"Canary: {known.profile.person or 'the public'} {'was' if allowed else 'was not'} allowed "
        f"to {known.action}, though {known.why}."
        for known, allowed in _answers(policy_set)
        if allowed != known.allowed
    ]
    if wrong:
        raise PolicyError("\n".join(wrong))


def _answers(policy_set: PolicySet) -> Iterator[tuple[Known, bool]]:
    """Ask every question, those of one person and act together."""
    together: dict[tuple[Profile, Action | OfficeAction], list[Known]] = {}
    for known in known_answers(policy_set.schemes):
        together.setdefault((known.profile, known.action), []).append(known)
    for (profile, action), asked in together.items():
        offices = [known.thing for known in asked if isinstance(known.thing, Office)]
        audiences = [known.thing for known in asked if isinstance(known.thing, Audience)]
        decisions = [
            *(
                policy_set.decide_office(profile, OfficeAction(action), one, _NOW)
                for one in offices
            ),
            *(policy_set.decide(profile, Action(action), audiences, _NOW) if audiences else ()),
        ]
        yield from zip(asked, (one.allowed for one in decisions), strict=True)


def known_answers(schemes: Schemes) -> Iterator[Known]:
    """Give the questions and their answers for a deployment's schemes."""
    lattices = [scheme for scheme in schemes.by_id.values() if scheme.kind == "lattice"]
    if not lattices:
        raise PolicyError("Canary: no scheme classifies, so no clearance can be judged.")
    yield from _reading(lattices[0])
    for scheme in schemes.by_id.values():
        yield from _markings(schemes, scheme, lattices[0])
    yield from _procedure(lattices[0])
    yield from _offices(lattices[0])


def _reading(scheme: Scheme) -> Iterator[Known]:
    reader, document = _reader(scheme), _document(scheme)
    agreement = _agreement(scheme)
    yield Known("it is released to the reader", reader, Action.READ, document, True)
    yield Known("it is released to the reader", reader, Action.DOWNLOAD, document, True)
    view_only = _labelled(document, view_only=True)
    yield Known("its pages may be viewed", reader, Action.READ, view_only, True)
    for action in sorted(SEEING - {Action.READ}):
        yield Known("it may be viewed only", reader, action, view_only, False)
    ended = replace(agreement, valid_until=_NOW)
    later = replace(agreement, valid_from=_NOW + _YEAR / 2)
    elsewhere = replace(agreement, areas=frozenset({Area.TRENDS}))
    to_nobody = _labelled(document, releasability=frozenset())
    granted = replace(to_nobody, grants=_granted(_NOW + _YEAR))
    people = [
        ("the account is suspended", replace(reader, active=False)),
        ("there is no agreement", replace(reader, agreement=None)),
        ("the agreement has ended", replace(reader, agreement=ended)),
        ("the agreement has not begun", replace(reader, agreement=later)),
        ("the agreement covers another area", replace(reader, agreement=elsewhere)),
        ("no role is held", replace(reader, roles=frozenset())),
        ("an auditor sees no content", replace(reader, roles=frozenset(Role))),
        ("there is no clearance", replace(reader, clearance=None)),
        ("it is released to others", replace(reader, organisation="canary-other")),
        ("nobody signed in", PUBLIC),
    ]
    things = [
        ("it is a draft", replace(document, state=State.DRAFT)),
        ("it is only submitted", replace(document, state=State.SUBMITTED)),
        ("it was withdrawn", replace(document, state=State.WITHDRAWN)),
        ("it is released to nobody", to_nobody),
        ("it is for the eyes of others only", _labelled(document, eyes_only=True)),
        ("its not-before time is to come", _labelled(document, not_before=_NOW + _YEAR)),
        ("its terms of use are not accepted", _labelled(document, terms=frozenset({"canary"}))),
        ("the grant has ended", replace(to_nobody, grants=_granted(_NOW))),
        ("it was granted to another", replace(to_nobody, grants=_granted(_NOW + _YEAR, "other"))),
    ]
    yield Known("it was granted", reader, Action.READ, granted, True)
    accepted = replace(reader, accepted=frozenset({"canary"}))
    terms = _labelled(document, terms=frozenset({"canary"}))
    yield Known("its terms are accepted", accepted, Action.READ, terms, True)
    for action in _SEE:
        yield from (Known(why, who, action, document, False) for why, who in people)
        yield from (Known(why, reader, action, thing, False) for why, thing in things)


def _markings(schemes: Schemes, scheme: Scheme, lattice: Scheme) -> Iterator[Known]:
    """Each marking must fit the schema, be readable by somebody, and bind everybody else."""
    reader = _reader(scheme if scheme.kind == "lattice" else lattice)
    unsure = replace(reader, assurance=Assurance.PASSWORD)
    named = frozenset({Entry("person", reader.person)})
    public = frozenset({Entry("public")})
    for marking in scheme.markings:
        document = _labelled(_document(lattice), markings=(marking,), releasability=named)
        open_to_all = _labelled(document, releasability=public)
        yield Known("a reader is cleared and named", reader, Action.READ, document, True)
        if schemes.needs_step_up(marking):
            why = "its marking needs a second factor"
            yield from (Known(why, unsure, action, document, False) for action in _SEE)
            why = "what is marked so high leaves marked or not at all"
            yield Known(why, reader, Action.TAKE_UNMARKED, document, False)
        if not schemes.is_public(marking):
            why = "its marking is not public"
            yield Known(why, reader, Action.TAKE_ORIGINAL, document, False)
            yield from (Known(why, PUBLIC, action, open_to_all, False) for action in _SEE)
        if scheme.kind == "lattice":
            yield from _too_low(scheme, document)


def _too_low(scheme: Scheme, document: Audience) -> Iterator[Known]:
    """The highest clearances that do not suffice, in each dimension; and none of another kind."""
    reader = _reader(scheme)
    (marking,) = document.label.markings
    below = [low for low in scheme.markings if not scheme.covers(low, marking)]
    for low in below:
        if any(scheme.covers(other, low) for other in below if other != low):
            continue
        bounded = replace(_agreement(scheme), ceiling=low)
        for who in (replace(reader, clearance=low), replace(reader, agreement=bounded)):
            why = "clearance or ceiling is too low"
            yield Known(why, who, Action.READ, document, False)
            yield from (
                Known(why, _authority(who), action, _fitting(document, action), False)
                for action in Action
                if marking == scheme.markings[-1]
            )


def _procedure(scheme: Scheme) -> Iterator[Known]:
    """The release authority may, nobody else: each forbid on the group fires for each action."""
    authority = _authority(_reader(scheme))
    elsewhere = replace(_agreement(scheme), areas=frozenset({Area.TRENDS}))
    others = [
        ("the account is suspended", replace(authority, active=False)),
        ("there is no agreement", replace(authority, agreement=None)),
        ("the agreement covers another area", replace(authority, agreement=elsewhere)),
        ("an auditor sees no content", replace(authority, roles=frozenset(Role))),
    ]
    strangers = [
        ("a reader may not", replace(authority, roles=frozenset({Role.READER}))),
        ("it is another organisation's", replace(authority, organisation="canary-other")),
        ("nobody signed in", PUBLIC),
    ]
    for action in Action:
        document = _fitting(_document(scheme), action)
        yield Known("a release authority may", authority, action, document, True)
        denied = others if action in _SEE else others + strangers
        yield from (Known(why, who, action, document, False) for why, who in denied)


def _offices(scheme: Scheme) -> Iterator[Known]:
    needed = {
        OfficeAction.ADMIT: {Role.ORGANISATION_ADMINISTRATOR},
        OfficeAction.SUSPEND: {Role.ORGANISATION_ADMINISTRATOR},
        OfficeAction.ASSIGN_ROLES: {Role.ORGANISATION_ADMINISTRATOR},
        OfficeAction.CREATE_ORGANISATION: {Role.SYSTEM_ADMINISTRATOR},
        OfficeAction.ASK_DESTRUCTION: {Role.SYSTEM_ADMINISTRATOR},
        OfficeAction.AGREE_DESTRUCTION: {Role.RELEASE_AUTHORITY},
        OfficeAction.REVIEW_ACCESS: {
            Role.ORGANISATION_ADMINISTRATOR,
            Role.RELEASE_AUTHORITY,
        },
        OfficeAction.ISSUE_TERMS: {Role.RELEASE_AUTHORITY},
        OfficeAction.REQUEST_ACCESS: {Role.READER, Role.CONTRIBUTOR, Role.RELEASE_AUTHORITY},
        OfficeAction.ANSWER_REQUEST: {Role.RELEASE_AUTHORITY},
        OfficeAction.NAME_DEPUTY: {Role.RELEASE_AUTHORITY},
        OfficeAction.CHANGE_AGREEMENT: {Role.ORGANISATION_ADMINISTRATOR},
        OfficeAction.CHANGE_GROUP: {Role.ORGANISATION_ADMINISTRATOR},
        OfficeAction.CONFIRM_CHANGE: {Role.ORGANISATION_ADMINISTRATOR},
        OfficeAction.PROPOSE_POLICIES: {
            Role.ORGANISATION_ADMINISTRATOR,
            Role.SYSTEM_ADMINISTRATOR,
        },
        OfficeAction.REVIEW_LOG: {Role.AUDITOR},
        OfficeAction.VERIFY_LOG: {Role.AUDITOR},
        OfficeAction.READ_STATEMENTS: {
            Role.AUDITOR,
            Role.ORGANISATION_ADMINISTRATOR,
            Role.RELEASE_AUTHORITY,
        },
    }
    office = Office(party="CANARY", organisation="canary", person="canary-somebody")
    for action, roles in needed.items():
        for role in sorted(roles):
            holder = replace(_reader(scheme), roles=frozenset({role}))
            suspended = replace(holder, active=False)
            without = replace(holder, agreement=None)
            yield Known("the office is theirs", holder, action, office, True)
            yield Known("the account is suspended", suspended, action, office, False)
            yield Known("there is no agreement", without, action, office, False)
        other = replace(_reader(scheme), roles=frozenset(Role) - roles)
        yield Known("the role is not held", other, action, office, False)
        yield Known("nobody signed in", PUBLIC, action, office, False)
    administrator = replace(_reader(scheme), roles=frozenset({Role.ORGANISATION_ADMINISTRATOR}))
    alone = replace(office, person=administrator.person)
    for action in (OfficeAction.CONFIRM_CHANGE, OfficeAction.ASSIGN_ROLES, OfficeAction.ADMIT):
        yield Known("nobody does this for themselves", administrator, action, alone, False)


def _reader(scheme: Scheme) -> Profile:
    """Somebody cleared to the top of a scheme, to whom nothing but the document says no."""
    return Profile(
        person="canary-reader",
        organisation="canary",
        organisation_kind="authority",
        party="CANARY",
        roles=frozenset({Role.READER}),
        clearance=scheme.highest_of(scheme.levels[-1]),
        groups=frozenset(),
        agreement=_agreement(scheme),
        assurance=Assurance.HARDWARE,
        active=True,
    )


def _agreement(scheme: Scheme) -> Agreement:
    top = scheme.highest_of(scheme.levels[-1])
    return Agreement(_NOW - _YEAR, _NOW + _YEAR, top, frozenset({Area.RESEARCH}))


def _authority(reader: Profile) -> Profile:
    return replace(reader, roles=frozenset({Role.RELEASE_AUTHORITY}))


def _document(scheme: Scheme) -> Audience:
    """Something of the lowest marking, released to the canary's organisation."""
    label = Label((scheme.markings[0],), releasability=frozenset({Entry("org", "canary")}))
    return Audience(State.RELEASED, "canary-owner", "canary-owner", label, Area.RESEARCH)


def _granted(until: datetime, person: str = "canary-reader") -> frozenset[Grant]:
    return frozenset({Grant(person, until)})


def _labelled(audience: Audience, **changes: object) -> Audience:
    return replace(audience, label=replace(audience.label, **changes))  # type: ignore[arg-type]


def _fitting(audience: Audience, action: Action) -> Audience:
    """The document in the state, and from the owner, that make an action the canary's to do."""
    if action is Action.CONSENT:
        return replace(audience, state=State.SUBMITTED, originator="canary")
    if action is Action.GRANT:
        return replace(audience, originator="canary")
    own = replace(audience, owner="canary")
    if action in (Action.AMEND, Action.SUBMIT):
        return replace(own, state=State.DRAFT)
    if action in (Action.APPROVE, Action.RETURN, Action.REFUSE):
        return replace(own, state=State.SUBMITTED)
    return own
