"""Groups, as the authorities of a party look after who of their party belongs to them.

A group may hold people and organisations of several parties: each party's authorities see and
change their own, and see of the others only how many there are.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from app.access import Actor, Gate, Office, OfficeAction
from app.core.errors import Invalid, NotFound
from app.core.work import Work
from app.parties import queries
from app.parties.apply import difference
from app.parties.commands import ChangeGroup, FormGroup
from app.parties.planning import Plan, lock
from app.parties.stock import kept
from app.parties.views import GroupMembers


def groups_page(work: Work, gate: Gate, actor: Actor) -> Sequence[GroupMembers]:
    """Show every group with the members of the actor's party, having written that.

    Raises:
        Forbidden: the actor does not administer an authority.
    """
    office = Office(actor.profile.party)
    event = "groups.listed"
    gate.enter_office(work, actor, OfficeAction.CHANGE_GROUP, office, event=event)
    return queries.group_members(work.session, actor.profile.party)


def plan_group(work: Work, gate: Gate, actor: Actor, slug: str, command: ChangeGroup) -> Plan:
    """Plan to have a group hold, of the actor's party, exactly whom the command names.

    A command to form one names a group that there is not.

    Raises:
        Forbidden: the actor does not administer an authority.
        NotFound: there is no such group.
        Invalid: a name is taken or not the actor's to change, or a member not of their party.
    """
    party = actor.profile.party
    office = Office(party)
    permit = gate.decide_office(work, actor, OfficeAction.CHANGE_GROUP, office)
    lock(work.session)
    before = kept(work.session).get(("group", slug))
    forms = isinstance(command, FormGroup)
    if before is None and not forms:
        raise NotFound
    if before is not None and forms:
        raise Invalid(fields={"slug": "There is a group of this short name already."})
    members = queries.members_of(work.session, party)
    _check_own(command.people, members.people, "people")
    _check_own(command.organisations, members.organisations, "organisations")
    others = set(before["people"] if before else ()) - members.people
    other_houses = set(before["organisations"] if before else ()) - members.organisations
    if before and before["name"] != command.name and (others or other_houses):
        message = "Another party has members in this group, so its name stays as it is."
        raise Invalid(fields={"name": message})
    after = {
        "name": command.name,
        "people": sorted(command.people | others),
        "organisations": sorted(command.organisations | other_houses),
    }
    return Plan(permit, office, difference("group", slug, before, after))


def _check_own(named: AbstractSet[str], own: AbstractSet[str], field: str) -> None:
    strangers = sorted(named - own)
    if strangers:
        raise Invalid(fields={field: f"Nobody of your party is known as {', '.join(strangers)}."})
