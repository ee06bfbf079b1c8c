"""The rule of reading, slowly and in its own words: policies and database must agree with it.

Written from the rule alone, clause by clause, one small function each. It shares nothing with the
policies but the facts and the markings' own order.
"""

from dataclasses import replace
from datetime import datetime

from app.access.facts import (
    Action,
    Agreement,
    Area,
    Assurance,
    Audience,
    Office,
    OfficeAction,
    Profile,
    Role,
    State,
)
from app.labels import Entry, Marking, Schemes

PREPARING = {Role.CONTRIBUTOR, Role.RELEASE_AUTHORITY}
SHOWING = {Action.READ, Action.DOWNLOAD, Action.TAKE_ORIGINAL, Action.TAKE_UNMARKED}
OPEN_STATES = {State.RELEASED, State.SUPERSEDED}


def may(
    schemes: Schemes, profile: Profile, action: Action, audience: Audience, now: datetime
) -> bool:
    """Whether the rule lets this profile do this with this audience now."""
    audience = marked_now(audience, now)
    if profile.person == "":
        public = action in SHOWING and public_may_read(schemes, audience, now)
        return public and form_lets_take(schemes, profile, action, audience)
    if not (
        in_standing(profile, now)
        and has_content_role(profile)
        and area_is_covered(profile.agreement, audience.area)
        and is_cleared(schemes, profile, audience)
        and (action is Action.WITHDRAW or is_sure_enough(schemes, profile, audience))
    ):
        return False
    if action in SHOWING:
        form = form_lets_take(schemes, profile, action, audience)
        return form and may_read(schemes, profile, audience, now)
    return is_theirs_to_do(profile, action, audience)


def marked_now(audience: Audience, now: datetime) -> Audience:
    """Marked as the latest planned change that has come says, in every scheme."""
    markings = audience.label.markings
    for change in audience.label.changes:
        if now >= change.at:
            markings = change.markings
    return replace(audience, label=replace(audience.label, markings=markings, changes=()))


def readers(
    schemes: Schemes, profiles: list[Profile], audience: Audience, now: datetime
) -> list[Profile]:
    """Those of the profiles who may read."""
    return [one for one in profiles if may(schemes, one, Action.READ, audience, now)]


def public_may_read(schemes: Schemes, audience: Audience, now: datetime) -> bool:
    """Released, with `public` in its set, public in every scheme used, past its not-before time."""
    label = audience.label
    return (
        audience.state is State.RELEASED
        and Entry("public") in label.releasability
        and all(schemes.is_public(marking) for marking in label.markings)
        and not label.eyes_only
        and (label.not_before is None or now >= label.not_before)
        and not label.terms
    )


def in_standing(profile: Profile, now: datetime) -> bool:
    """Rule 1: active, and now lies in the agreement's window, from inclusive, until exclusive."""
    agreement = profile.agreement
    if not profile.active or agreement is None:
        return False
    return agreement.valid_from <= now < agreement.valid_until


def has_content_role(profile: Profile) -> bool:
    """Rule 2: a content role, and neither auditor nor system administrator beside it."""
    content = profile.roles & {Role.READER, Role.CONTRIBUTOR, Role.RELEASE_AUTHORITY}
    return bool(content) and not profile.roles & {Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR}


def area_is_covered(agreement: Agreement | None, area: Area) -> bool:
    """Rule 3."""
    return agreement is not None and area in agreement.areas


def is_cleared(schemes: Schemes, profile: Profile, audience: Audience) -> bool:
    """Rule 4: every marking is dominated by the clearance and by the agreement's ceiling."""
    if profile.agreement is None:
        return False
    return all(
        suffices(schemes, profile.clearance, marking)
        and suffices(schemes, profile.agreement.ceiling, marking)
        for marking in audience.label.markings
        if marking.scheme != "tlp"
    )


def suffices(schemes: Schemes, clearance: Marking | None, marking: Marking) -> bool:
    """Whether a clearance, translated if need be, dominates a marking."""
    if clearance is None or clearance.scheme == "tlp":
        return False
    translated = schemes.translate_clearance(clearance, marking.scheme)
    return translated is not None and schemes.dominates(translated, marking)


def may_read(schemes: Schemes, profile: Profile, audience: Audience, now: datetime) -> bool:
    """Rules 5 to 8, for a person of whom rules 1 to 4 and 9 hold."""
    return (
        state_lets_read(profile, audience, now)
        and (not audience.label.eyes_only or eyes_only_lets_read(profile, audience, now))
        and not_before_lets_read(profile, audience, now)
        and (audience.label.terms <= profile.accepted or is_insider(profile, audience))
    )


def state_lets_read(profile: Profile, audience: Audience, now: datetime) -> bool:
    """Rule 5."""
    if audience.state in (State.DRAFT, State.SUBMITTED):
        return bool(profile.roles & PREPARING) and profile.organisation == audience.owner
    if audience.state is State.WITHDRAWN:
        return Role.RELEASE_AUTHORITY in profile.roles and is_of_owner_or_originator(
            profile, audience
        )
    return (
        is_insider(profile, audience)
        or is_released_to(profile, audience)
        or is_granted(profile, audience, now)
    )


def is_insider(profile: Profile, audience: Audience) -> bool:
    """A contributor or release authority of the owner or originator organisation."""
    return bool(profile.roles & PREPARING) and is_of_owner_or_originator(profile, audience)


def is_of_owner_or_originator(profile: Profile, audience: Audience) -> bool:
    """Whether the person works for one of the two organisations."""
    return profile.organisation in (audience.owner, audience.originator)


def is_released_to(profile: Profile, audience: Audience) -> bool:
    """Rule 6: an entry that the TLP marking lets count names the person."""
    tlp = next((mark.level for mark in audience.label.markings if mark.scheme == "tlp"), "clear")
    return any(
        entry_counts(tlp, entry) and entry_names(entry, profile)
        for entry in audience.label.releasability
    )


def is_granted(profile: Profile, audience: Audience, now: datetime) -> bool:
    """A grant counts like an entry that names the person, until its end, exclusive."""
    return any(one.person == profile.person and now < one.until for one in audience.grants)


def entry_counts(tlp: str, entry: Entry) -> bool:
    """Which entries a TLP level leaves standing, for people in standing."""
    kinds = {
        "red": {"person"},
        "amber-strict": {"person", "org"},
        "amber": {"person", "org", "group", "partners", "party"},
        "green": {"person", "org", "group", "partners", "party", "community", "public"},
        "clear": {"person", "org", "group", "partners", "party", "community", "public"},
    }
    return entry.kind in kinds[tlp]


def entry_names(entry: Entry, profile: Profile) -> bool:
    """Whether an entry names this person."""
    kind = profile.organisation_kind
    named = {
        "public": True,
        "community": True,
        "party": kind == "authority" and profile.party == entry.value,
        "partners": kind == "partner" and profile.party == entry.value,
        "org": profile.organisation == entry.value,
        "group": entry.value in profile.groups,
        "person": profile.person == entry.value,
    }
    return named[entry.kind]


def eyes_only_lets_read(profile: Profile, audience: Audience, now: datetime) -> bool:
    """Rule 7: only persons named or granted it, once those who prepare it let it go."""
    if audience.state in (State.DRAFT, State.SUBMITTED):
        return True
    named = Entry("person", profile.person) in audience.label.releasability
    return named or is_granted(profile, audience, now)


def not_before_lets_read(profile: Profile, audience: Audience, now: datetime) -> bool:
    """Rule 8: before its time only for those of the owner and originator who prepare."""
    not_before = audience.label.not_before
    if not_before is None or now >= not_before or audience.state not in OPEN_STATES:
        return True
    return is_insider(profile, audience)


def form_lets_take(schemes: Schemes, profile: Profile, action: Action, audience: Audience) -> bool:
    """In which form a file may leave: insiders take all; others no VIEW ONLY file at all, the
    original only of what is public, and what cannot carry a mark only below the step-up level."""
    markings = audience.label.markings
    if action is Action.READ or is_insider(profile, audience):
        return True
    if audience.label.view_only:
        return False
    if action is Action.TAKE_ORIGINAL:
        return all(schemes.is_public(marking) for marking in markings)
    if action is Action.TAKE_UNMARKED:
        return not any(schemes.needs_step_up(marking) for marking in markings)
    return True


def is_sure_enough(schemes: Schemes, profile: Profile, audience: Audience) -> bool:
    """Rule 9; it holds for every action but withdrawing, since each shows the content."""
    if not any(schemes.needs_step_up(marking) for marking in audience.label.markings):
        return True
    return profile.assurance in (Assurance.MULTI_FACTOR, Assurance.HARDWARE)


def is_theirs_to_do(profile: Profile, action: Action, audience: Audience) -> bool:
    """The rule's table of other actions, but for the four eyes, which only release can judge."""
    authority = Role.RELEASE_AUTHORITY in profile.roles
    own = profile.organisation == audience.owner
    if action in (Action.AMEND, Action.SUBMIT):
        return audience.state is State.DRAFT and own and bool(profile.roles & PREPARING)
    if action in (Action.APPROVE, Action.RETURN, Action.REFUSE):
        return audience.state is State.SUBMITTED and own and authority
    if action is Action.CONSENT:
        originator = profile.organisation == audience.originator
        return audience.state is State.SUBMITTED and originator and not own and authority
    if action is Action.GRANT:
        originator = profile.organisation == audience.originator
        return audience.state is State.RELEASED and originator and authority
    assert action is Action.WITHDRAW
    return (
        audience.state in OPEN_STATES and authority and is_of_owner_or_originator(profile, audience)
    )


def may_office(profile: Profile, action: OfficeAction, office: Office, now: datetime) -> bool:
    """The rule's table, for organisations and the log."""
    if profile.person == "" or not in_standing(profile, now):
        return False
    audits = Role.AUDITOR in profile.roles and profile.party == office.party
    if action is OfficeAction.REVIEW_LOG:
        return audits
    if action is OfficeAction.VERIFY_LOG:
        return audits and profile.organisation_kind == "authority"
    if action in (OfficeAction.ASK_DESTRUCTION, OfficeAction.CREATE_ORGANISATION):
        return Role.SYSTEM_ADMINISTRATOR in profile.roles
    if action is OfficeAction.READ_STATEMENTS and audits:
        return True
    return may_as_authority(profile, action, office) or (
        action not in OF_AUTHORITIES and may_in_own_organisation(profile, action, office)
    )


OF_AUTHORITIES = {
    OfficeAction.CHANGE_AGREEMENT,
    OfficeAction.CHANGE_GROUP,
    OfficeAction.PROPOSE_POLICIES,
}


def may_as_authority(profile: Profile, action: OfficeAction, office: Office) -> bool:
    """What the administrators of a party's authorities do for all who take part by that party."""
    if profile.organisation_kind != "authority" or profile.party != office.party:
        return False
    if action is OfficeAction.PROPOSE_POLICIES and Role.SYSTEM_ADMINISTRATOR in profile.roles:
        return True
    if action is OfficeAction.CONFIRM_CHANGE and profile.person == office.person:
        return False
    done = action in OF_AUTHORITIES or action is OfficeAction.CONFIRM_CHANGE
    return done and Role.ORGANISATION_ADMINISTRATOR in profile.roles


def may_in_own_organisation(profile: Profile, action: OfficeAction, office: Office) -> bool:
    """Which roles do this for their own organisation, and whether also where it is about them."""
    authority, administrator = Role.RELEASE_AUTHORITY, Role.ORGANISATION_ADMINISTRATOR
    roles, about_oneself = {
        OfficeAction.READ_STATEMENTS: ({administrator, authority}, True),
        OfficeAction.AGREE_DESTRUCTION: ({authority}, False),
        OfficeAction.REVIEW_ACCESS: ({administrator, authority}, False),
        OfficeAction.ISSUE_TERMS: ({authority}, True),
        OfficeAction.NAME_DEPUTY: ({authority}, True),
        OfficeAction.REQUEST_ACCESS: (PREPARING | {Role.READER}, True),
        OfficeAction.ANSWER_REQUEST: ({authority}, False),
    }.get(action, ({administrator}, False))
    own = profile.organisation == office.organisation != ""
    concerned = about_oneself or profile.person != office.person
    return own and concerned and bool(profile.roles & roles)
