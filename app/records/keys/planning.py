"""What the end of a key would destroy, said before anybody agrees to it.

A backup of the database holds the wrappings of its day. So an attachment is destroyed for good only
with every key that ever wrapped it; what shares one of those with others cannot be destroyed alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from app import parties
from app.access import Office
from app.core.errors import Conflict, NotFound
from app.core.work import Work
from app.records.keys import queries
from app.records.keys.models import DestructionRow
from app.vault import ORGANISATION, KeyProvider, KeyUnavailable, OrgKey


@dataclass(frozen=True)
class Plan:
    """What would be destroyed: `count` attachments, versions counted singly, of these records.

    `others_count` is what else the keys wrap, which is moved to another key first. `elsewhere`
    names living keys that once wrapped what is destroyed: with them an old backup opens it.
    """

    organisation: str
    name: str
    keys: tuple[str, ...]
    count: int
    references: tuple[str, ...]
    others_count: int
    elsewhere: tuple[str, ...]
    shared: bool
    attachment: UUID | None = None
    record_id: UUID | None = None
    rotate_others: bool = False
    whole: bool = False


def plan_key(work: Work, keys: KeyProvider, key_id: str) -> Plan:
    """Plan the end of one key, with everything that it wraps.

    Raises:
        NotFound: there is no such key.
        Conflict: it is destroyed already.
    """
    key = next((one for one in keys.list_keys() if one.id == key_id), None)
    if key is None:
        raise NotFound(f"There is no key {key_id}. See: entente keys status")
    if key.destroyed_at:
        raise Conflict("This key is destroyed already.")
    return _plan(work, keys, key.organisation, [key_id])


def plan_organisation(work: Work, keys: KeyProvider, slug: str) -> Plan:
    """Plan the end of every key of an organisation, with all of its attachments.

    Raises:
        NotFound: there is no such organisation, or it has no key.
    """
    found = [key.id for key in _living(keys) if key.organisation == slug]
    if not found:
        raise NotFound(f"No organisation {slug} has a key.")
    return _plan(work, keys, slug, found, whole=True)


def plan_attachment(
    work: Work, keys: KeyProvider, attachment_id: UUID, *, rotate_others: bool
) -> Plan:
    """Plan the end of every key that ever wrapped one attachment.

    Raises:
        NotFound: there is no such attachment.
        Conflict: it is destroyed already, or shares a key with others that are to stay.
    """
    file = queries.file_of(work.session, attachment_id)
    if file is None:
        raise NotFound("There is no attachment with this identifier.")
    found = _living_of(work, keys, file.attachment)
    if not found:
        raise Conflict("This attachment is destroyed already.")
    plan = _plan(
        work,
        keys,
        file.originator,
        found,
        attachment=file.attachment,
        record_id=file.record_id,
        rotate_others=rotate_others,
    )
    if plan.shared and not rotate_others:
        raise Conflict(
            "This attachment is, or once was, wrapped by a key of its whole organisation, so it"
            " cannot be destroyed alone. With --rotate-others everything else moves to a new key"
            f" of the organisation first ({plan.others_count} attachments now), and the old key"
            " is destroyed; backups made before open nothing of the organisation any more."
        )
    return plan


def plan_again(work: Work, keys: KeyProvider, row: DestructionRow) -> Plan:
    """Plan what was asked for, as things stand now.

    Raises:
        Conflict: the attachment was wrapped by another key since it was asked for.
    """
    asked = set(row.keys)
    if row.whole:
        asked |= {key.id for key in _living(keys) if key.organisation == row.organisation}
    if row.attachment and not set(_living_of(work, keys, row.attachment)) <= asked:
        raise Conflict(
            "Since this was asked for, the attachment was wrapped by another key. Withdraw the"
            " request, and let it be asked for again."
        )
    return _plan(
        work,
        keys,
        row.organisation,
        sorted(asked),
        attachment=row.attachment,
        record_id=row.record_id,
        rotate_others=row.rotate_others,
        whole=row.whole,
    )


def living(keys: KeyProvider, ids: Collection[str]) -> list[str]:
    """Give those of the keys that the provider still has."""
    return [key.id for key in _living(keys) if key.id in ids]


def check_known(work: Work, keys: KeyProvider, ids: Collection[str]) -> None:
    """Check that the provider knows these keys, living or destroyed: another one destroys nothing.

    Raises:
        KeyUnavailable: it does not know one that nobody has destroyed yet.
    """
    known = {str(key.id) for key in keys.list_keys()}
    if strange := set(ids) - known - set(queries.destroyed_keys(work.session)):
        raise KeyUnavailable(
            f"The key provider knows no key {min(strange)}. Is ENTENTE_KEY_PROVIDER the right one?"
        )


def others_of(work: Work, keys: Collection[str], attachment: UUID) -> int:
    """Count what these keys wrap beside an attachment."""
    return sum(item.file != attachment for item in queries.every_wrapped_by(work.session, keys))


def office(work: Work, organisation: str) -> Office:
    """Give the organisation as that of which keys are destroyed."""
    party = parties.parties_of(work.session, [organisation]).get(organisation, "")
    return Office(party=party, organisation=organisation)


def _plan(
    work: Work,
    keys: KeyProvider,
    organisation: str,
    ids: Collection[str],
    *,
    attachment: UUID | None = None,
    record_id: UUID | None = None,
    rotate_others: bool = False,
    whole: bool = False,
) -> Plan:
    names = parties.organisation_names(work.session, [organisation])
    found = list(queries.every_wrapped_by(work.session, ids))
    going = [item for item in found if attachment in (None, item.file)]
    existing: dict[str, OrgKey] = {key.id: key for key in _living(keys)}
    elsewhere = set(queries.keys_elsewhere(work.session, ids)) if attachment is None else set()
    return Plan(
        organisation=organisation,
        name=names.get(organisation, organisation),
        keys=tuple(ids),
        count=len(going),
        references=tuple(sorted({item.reference for item in going})),
        others_count=len(found) - len(going),
        elsewhere=tuple(sorted(elsewhere & set(existing))),
        shared=any(existing[one].purpose == ORGANISATION for one in ids if one in existing),
        attachment=attachment,
        record_id=record_id,
        rotate_others=rotate_others,
        whole=whole,
    )


def _living(keys: KeyProvider) -> list[OrgKey]:
    return [key for key in keys.list_keys() if key.destroyed_at is None]


def _living_of(work: Work, keys: KeyProvider, attachment: UUID) -> list[str]:
    """Give the keys that ever wrapped an attachment and whose end nobody has agreed to.

    Raises:
        KeyUnavailable: the provider does not know one of them.
    """
    ever = set(queries.keys_ever(work.session, attachment)) - queries.doomed_keys(work.session)
    check_known(work, keys, ever)
    return living(keys, ever)
