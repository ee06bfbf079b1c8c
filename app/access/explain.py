"""Why somebody may or may not: every requirement by name, met or not, with the facts that decided.

Cedar gives no reason where nothing permits, so the explanation does not start from its reasons but
from the ordered requirements, each judged by the policies that state it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.access import requirements as named
from app.access.facts import Action, Audience, Profile, State
from app.access.policy_files import PolicyText
from app.access.policy_set import Decision, PolicySet
from app.labels import Marking, Schemes, print_releasability

_RELEASED = frozenset({State.RELEASED, State.SUPERSEDED})
# Met only when a permit applies; the others are met unless a forbid does.
_GRANTING = frozenset({named.STATE, named.RELEASABILITY, named.PUBLIC, named.PROCEDURE})


@dataclass(frozen=True)
class Requirement:
    """One requirement, whether it is met, why in words, and the policies that state it."""

    id: str
    text: str
    met: bool
    detail: str
    policies: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """A decision, every requirement in the order of the rule, and the policies that decided."""

    decision: Decision
    requirements: tuple[Requirement, ...]
    policies: tuple[PolicyText, ...]


@dataclass(frozen=True)
class _Question:
    schemes: Schemes
    profile: Profile
    audience: Audience  # with its label in force
    now: datetime


def explain(
    policy_set: PolicySet, profile: Profile, action: Action, audience: Audience, now: datetime
) -> Explanation:
    """Explain one decision; it is allowed exactly when every requirement listed is met."""
    (decision,) = policy_set.decide(profile, action, [audience], now)
    applying = policy_set.applying(profile, action, audience, now)
    in_force = replace(audience, label=audience.label.at(now))
    question = _Question(policy_set.schemes, profile, in_force, now)
    wanted = named.requirements_of(action, signed_in=bool(profile.person))
    return Explanation(
        decision=decision,
        requirements=tuple(_judge(policy_set, id_, applying, question) for id_ in wanted),
        policies=tuple(policy_set.policies[id_] for id_ in decision.policies),
    )


def _judge(
    policy_set: PolicySet, requirement: str, applying: frozenset[str], question: _Question
) -> Requirement:
    stating = [one for one in policy_set.policies.values() if one.requirement == requirement]
    broken = [one for one in stating if one.effect == "forbid" and one.id in applying]
    granted = [one for one in stating if one.effect == "permit" and one.id in applying]
    waits = _waits(requirement, question.audience.state)
    met = waits or (not broken and (bool(granted) or requirement not in _GRANTING))
    reasons = [one.explain for one in broken or granted] if not waits else []
    return Requirement(
        id=requirement,
        text=named.REQUIREMENTS[requirement],
        met=met,
        detail=" ".join([*reasons, _FACTS[requirement](question)]),
        policies=tuple(one.id for one in broken or granted or stating),
    )


def _waits(requirement: str, state: State) -> bool:
    """Whether the state leaves the question to another requirement: one of the two decides."""
    released = state in _RELEASED
    return requirement == (named.STATE if released else named.RELEASABILITY)


def _standing(question: _Question) -> str:
    profile = question.profile
    account = "Active" if profile.active else "Suspended"
    if profile.agreement is None:
        return f"{account}; no agreement."
    since, until = profile.agreement.valid_from, profile.agreement.valid_until
    return f"{account}; agreement from {moment_text(since)} until {moment_text(until)}."


def _content_role(question: _Question) -> str:
    roles = ", ".join(sorted(map(spoken, question.profile.roles)))
    return f"Roles held: {roles or 'none'}."


def _area(question: _Question) -> str:
    agreement = question.profile.agreement
    covered = ", ".join(sorted(map(spoken, agreement.areas))) if agreement else ""
    area = spoken(question.audience.area)
    return f"The area is {area}; the agreement covers {covered or 'none'}."


def _clearance(question: _Question) -> str:
    profile, label = question.profile, question.audience.label
    marked = " and ".join(_marking(question, marking) for marking in label.markings)
    ceiling = profile.agreement.ceiling if profile.agreement else None
    held, limit = _worth(question, profile.clearance), _worth(question, ceiling)
    return f"Marked {marked}; cleared for {held}, agreement up to {limit}."


def _worth(question: _Question, clearance: Marking | None) -> str:
    """A clearance, and what it is worth in each other scheme that the marking uses."""
    held, schemes = _marking(question, clearance), question.schemes
    if clearance is None or not _classifies(schemes, clearance):
        return held
    foreign = [
        marking.scheme
        for marking in question.audience.label.markings
        if marking.scheme != clearance.scheme and _classifies(schemes, marking)
    ]
    worth = [_marking(question, schemes.translate_clearance(clearance, one)) for one in foreign]
    return f"{held} (worth {' and '.join(worth)})" if worth else held


def _state(question: _Question) -> str:
    audience = question.audience
    if audience.state in _RELEASED:
        return f"The version is {audience.state}: its releasability decides."
    return f"The version is {audience.state}; {_owners(audience)}."


def _releasability(question: _Question) -> str:
    audience = question.audience
    if audience.state not in _RELEASED:
        return "Decides only once the version is released."
    entries = print_releasability(audience.label.releasability)
    marked = " and ".join(_marking(question, marking) for marking in audience.label.markings)
    told = f"Released to {entries or 'nobody else'}, marked {marked}; {_owners(audience)}."
    return " ".join([told, *_grants(question)])


def _grants(question: _Question) -> Iterator[str]:
    """What was granted to this person; what was granted to others is not theirs to know."""
    for grant in sorted(question.audience.grants):
        if grant.person == question.profile.person:
            ended = grant.until <= question.now
            yield f"A grant {'ended' if ended else 'lasts until'} {moment_text(grant.until)}."


def _caveats(question: _Question) -> str:
    label = question.audience.label
    eyes = "EYES ONLY" if label.eyes_only else "Not EYES ONLY"
    return f"{eyes}; {'VIEW ONLY' if label.view_only else 'not VIEW ONLY'}."


def _form(question: _Question) -> str:
    label, schemes = question.audience.label, question.schemes
    marked = " and ".join(_marking(question, marking) for marking in label.markings)
    public = all(_known(schemes, one) and schemes.is_public(one) for one in label.markings)
    return f"Marked {marked}, {'public' if public else 'not public'}; {_owners(question.audience)}."


def _not_before(question: _Question) -> str:
    moment = question.audience.label.not_before
    return f"Not before {moment_text(moment)}." if moment else "There is no such time."


def _terms(question: _Question) -> str:
    asked = sorted(question.audience.label.terms)
    if not asked:
        return "There are none."
    missing = sorted(set(asked) - question.profile.accepted)
    return f"Asked for are {', '.join(asked)}; not accepted {', '.join(missing) or 'is none'}."


def _assurance(question: _Question) -> str:
    label, schemes = question.audience.label, question.schemes
    held = f"Signed in with {spoken(question.profile.assurance)}"
    high = [marking for marking in label.markings if _known(schemes, marking)]
    needs = any(map(schemes.needs_step_up, high))
    return f"{held}; the marking {'asks' if needs else 'does not ask'} for more than a password."


def _procedure(question: _Question) -> str:
    audience, organisation = question.audience, question.profile.organisation
    state = f"The version is {audience.state}; {_owners(audience)}."
    return f"{_content_role(question)} Organisation: {organisation or 'none'}. {state}"


_FACTS: Mapping[str, Callable[[_Question], str]] = {
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
    named.PUBLIC: _releasability,
    named.PROCEDURE: _procedure,
    named.FORM: _form,
}


def _owners(audience: Audience) -> str:
    if audience.owner == audience.originator:
        return f"owner and originator are {audience.owner}"
    return f"the owner is {audience.owner}, the originator {audience.originator}"


def _known(schemes: Schemes, marking: Marking) -> bool:
    scheme = schemes.by_id.get(marking.scheme)
    return scheme is not None and marking in scheme.markings


def _classifies(schemes: Schemes, marking: Marking) -> bool:
    return _known(schemes, marking) and schemes.by_id[marking.scheme].kind == "lattice"


def _marking(question: _Question, marking: Marking | None) -> str:
    if marking is None:
        return "nothing"
    known = _known(question.schemes, marking)
    return question.schemes.text(marking) if known else f"{marking.key} (unknown here)"


def moment_text(moment: datetime) -> str:
    """Say a moment as explanations do, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def spoken(word: str) -> str:
    """Say a name of the policies in words."""
    return str(word).replace("_", " ")
