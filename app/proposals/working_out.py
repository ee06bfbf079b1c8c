"""Works out what changes would do, before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from app import impact, parties
from app.access import Gate, Role
from app.core.canonical import canonical_hash
from app.core.ids import PersonId
from app.core.work import Work
from app.impact import Impact
from app.parties import Change, PersonName
from app.proposals import binding, rules
from app.proposals.models import ProposalRow
from app.proposals.rules import Facts
from app.proposals.saying import NOBODY, say
from app.proposals.views import WorkedOut


def work_out(work: Work, gate: Gate, changes: Sequence[Change]) -> WorkedOut:
    """Work out what these changes of parties would do, over the whole store.

    It writes nothing: call it while nothing has been written.
    """
    supposed = parties.suppose(work.session, gate.keeper.current.schemes, changes)
    found = impact.of_people(work, gate, supposed.after, names=supposed.names)
    offices = {
        person: gained
        for person, after in supposed.after.items()
        if (gained := rules.offices_gained(Facts(supposed.before[person], after)))
    }
    known = parties.names(work.session, list(supposed.after))
    plain = [parties.as_plain(work.session, one) for one in changes]
    return WorkedOut(
        changes=say(work, plain),
        impact=found,
        offices=offices,
        names={**supposed.names, **known},
        needs_second_person=rules.needs_second_person(found, offices),
        gaining=rules.who_gains(found, offices),
        losing=frozenset(
            one for one in _losing(found) if (was := supposed.before[one]) and was.active
        ),
        admitted=tuple(supposed.names),
    )


def work_out_policies(work: Work, gate: Gate, row: ProposalRow) -> WorkedOut:
    """Work out again what the proposed policies would do, over the whole store.

    Raises:
        Conflict: other policies are in force than when they were proposed.
    """
    (change,) = row.changes
    found = binding.anew(work, gate, change["key"], change["before"]["version"])
    return WorkedOut(
        changes=say(work, row.changes),
        impact=found,
        offices={},
        names=parties.names(work.session, [one.person for one in found.people]),
        needs_second_person=True,
        gaining=rules.who_gains(found, {}),
        losing=_losing(found),
    )


def as_kept(row: ProposalRow, work: Work) -> WorkedOut:
    """Give what was worked out when it was proposed or decided on, with the names of now."""
    found = Impact.from_json(row.impact["impact"])
    offices = {
        PersonId(UUID(person)): frozenset(map(Role, roles))
        for person, roles in row.impact["offices"].items()
    }
    names = parties.names(work.session, [*(one.person for one in found.people), *offices])
    return WorkedOut(
        changes=say(work, row.changes),
        impact=_named(found, names),
        offices=offices,
        names=names,
        needs_second_person=True,
        gaining=rules.who_gains(found, offices),
        losing=_losing(found),
    )


def to_keep(
    found: Impact,
    offices: Mapping[PersonId, frozenset[Role]],
    ids: Mapping[PersonId, PersonId] | None = None,
) -> dict[str, Any]:
    """Give what was worked out as it is kept: nobody's name; `ids` are those given since."""
    plain = _named(found, {}).to_json()
    known = {str(person): str(id_) for person, id_ in (ids or {}).items()}
    for person in plain["people"]:
        person["person"] = known.get(person["person"], person["person"])
    return {
        "impact": plain,
        "offices": {
            known.get(str(person), str(person)): sorted(roles) for person, roles in offices.items()
        },
    }


def hash_of(worked: WorkedOut) -> bytes:
    """Give the hash of what is shown to whoever confirms, 32 bytes: who gains and loses how much.

    Moments, examples and the ids of people who are not known yet are drawn anew each time. Two
    people may have one name: whoever is known is told by their id too.
    """

    def who(person: PersonId) -> list[str]:
        known = "" if person in worked.admitted else str(person)
        return [worked.names.get(person, NOBODY).name, known]

    people = sorted(
        [
            who(one.person),
            [one.gained_count, one.lost_count, one.more_count, one.less_count, one.later_count],
            sorted(one.acts_gained),
            sorted(one.acts_lost),
        ]
        for one in worked.impact.people
    )
    offices = sorted([who(person), sorted(roles)] for person, roles in worked.offices.items())
    public = [worked.impact.public_gained_count, worked.impact.public_later_count]
    return canonical_hash([worked.impact.policy_set, people, offices, public])


def _losing(found: Impact) -> frozenset[PersonId]:
    return frozenset(one.person for one in found.people if one.loses)


def _named(found: Impact, names: Mapping[PersonId, PersonName]) -> Impact:
    return replace(
        found,
        people=tuple(
            replace(
                one,
                name=names.get(one.person, NOBODY).name,
                organisation=names.get(one.person, NOBODY).organisation,
            )
            for one in found.people
        ),
    )
