"""Parties, organisations, agreements, people and groups as plain facts, and back into rows."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.core.ids import new_id
from app.core.journal import Detail, Event
from app.core.work import Work
from app.parties.models import (
    AgreementRow,
    GroupOrganisationRow,
    GroupPersonRow,
    GroupRow,
    OrganisationRow,
    PartyRow,
    PersonRow,
)

Kind = Literal["party", "organisation", "agreement", "person", "group"]
Facts = Mapping[str, Any]
Key = tuple[Kind, str]
Stock = dict[Key, Facts]

# What comes later refers to what comes before.
ORDER: Sequence[Kind] = ("party", "organisation", "agreement", "person", "group")

_KEYED: Mapping[Kind, tuple[Any, str]] = {
    "party": (PartyRow, "code"),
    "organisation": (OrganisationRow, "slug"),
    "agreement": (AgreementRow, "organisation"),
}
_NEW: Mapping[Kind, str] = {
    "party": "party.added",
    "organisation": "organisation.admitted",
    "agreement": "agreement.concluded",
    "person": "person.admitted",
    "group": "group.formed",
}
# Names and addresses are personal: the journal has no place for them.
_TOLD: Mapping[Kind, Sequence[str]] = {
    "party": ("scheme",),
    "organisation": ("kind", "party", "active"),
    "agreement": ("valid_from", "valid_until", "ceiling", "areas"),
    "person": ("organisation", "roles", "clearance", "active"),
    "group": ("organisations",),
}


def kept(session: Session) -> Stock:
    """Give everything that is kept, as plain facts; people by their e-mail address."""
    stock: Stock = {}
    for kind, (table, key_name) in _KEYED.items():
        for row in session.execute(select(table.__table__)).mappings():
            stock[kind, row[key_name]] = _facts(row, but=(key_name,))
    emails = {}
    # Who was erased is nobody whom a file could name again.
    still_known = select(PersonRow.__table__).where(PersonRow.erased_at.is_(None))
    for row in session.execute(still_known).mappings():
        emails[row["id"]] = row["email"]
        stock["person", row["email"]] = _facts(row, but=("id", "email", "admitted_at", "erased_at"))
    people: dict[str, list[str]] = {}
    for group, person_id in session.execute(select(GroupPersonRow.group, GroupPersonRow.person_id)):
        people.setdefault(group, []).append(emails[person_id])
    members: dict[str, list[str]] = {}
    for group, slug in session.execute(
        select(GroupOrganisationRow.group, GroupOrganisationRow.organisation)
    ):
        members.setdefault(group, []).append(slug)
    for slug, name in session.execute(select(GroupRow.slug, GroupRow.name)):
        stock["group", slug] = {
            "name": name,
            "people": sorted(people.get(slug, [])),
            "organisations": sorted(members.get(slug, [])),
        }
    return stock


def _facts(row: RowMapping, but: Sequence[str]) -> Facts:
    return {
        name: sorted(value) if isinstance(value, list) else value
        for name, value in row.items()
        if name not in but
    }


def hold(session: Session, kind: Kind, key: str) -> None:
    """Keep others from changing this before the transaction ends, whether it is there or not."""
    table, key_name = {**_KEYED, "person": (PersonRow, "email"), "group": (GroupRow, "slug")}[kind]
    named = getattr(table, key_name)
    session.execute(select(named).where(named == key).with_for_update())


def write(work: Work, kind: Kind, key: str, before: Facts | None, after: Facts | None) -> Event:
    """Make one change (`after` None dissolves a group), and give the event that tells of it."""
    subject = key
    if kind == "group":
        _write_group(work.session, key, after)
    elif after is None:
        raise ValueError("only groups are dissolved; people and organisations are suspended")
    elif kind == "person":
        subject = _write_person(work, key, before, after)
    else:
        _upsert(work.session, kind, key, after)
    told: dict[str, Detail] = {name: _plain((after or {}).get(name)) for name in _TOLD[kind]}
    if before and after:
        told["changed"] = sorted(name for name in after if after[name] != before[name])
    return Event(
        type=_event(kind, before, after),
        subject=f"{kind}:{subject}",
        organisations=_concerned(kind, key, before) | _concerned(kind, key, after),
        details=told,
    )


def _concerned(kind: Kind, key: str, facts: Facts | None) -> frozenset[str]:
    if facts is None or kind == "party":
        return frozenset()
    if kind == "group":
        return frozenset(facts["organisations"])
    return frozenset({facts["organisation"] if kind == "person" else key})


def _event(kind: Kind, before: Facts | None, after: Facts | None) -> str:
    if before is None:
        return _NEW[kind]
    if after is None:
        return f"{kind}.dissolved"
    if before.get("active") != after.get("active"):
        return f"{kind}.resumed" if after["active"] else f"{kind}.suspended"
    return f"{kind}.changed"


def _plain(value: Any) -> Detail:
    if value is None or isinstance(value, bool | str):
        return value
    return [str(part) for part in value] if isinstance(value, list) else value.isoformat()


def _upsert(session: Session, kind: Kind, key: str, facts: Facts) -> None:
    table, key_name = _KEYED[kind]
    session.execute(
        upsert(table)
        .values({key_name: key, **facts})
        .on_conflict_do_update(index_elements=[key_name], set_=dict(facts))
    )


def _write_person(work: Work, email: str, before: Facts | None, after: Facts) -> str:
    if before is None:
        person_id = new_id()
        values = {"id": person_id, "email": email, "admitted_at": work.now, **after}
        work.session.execute(insert(PersonRow).values(values))
        return str(person_id)
    changed = update(PersonRow).where(PersonRow.email == email).values(**after)
    return str(work.session.execute(changed.returning(PersonRow.id)).scalar_one())


def _write_group(session: Session, slug: str, after: Facts | None) -> None:
    session.execute(delete(GroupPersonRow).where(GroupPersonRow.group == slug))
    session.execute(delete(GroupOrganisationRow).where(GroupOrganisationRow.group == slug))
    if after is None:
        session.execute(delete(GroupRow).where(GroupRow.slug == slug))
        return
    session.execute(
        upsert(GroupRow)
        .values(slug=slug, name=after["name"])
        .on_conflict_do_update(index_elements=["slug"], set_={"name": after["name"]})
    )
    ids = session.scalars(select(PersonRow.id).where(PersonRow.email.in_(after["people"]))).all()
    for person_id in ids:
        session.execute(insert(GroupPersonRow).values(group=slug, person_id=person_id))
    for member in after["organisations"]:
        session.execute(insert(GroupOrganisationRow).values(group=slug, organisation=member))
