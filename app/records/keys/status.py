"""What there is of keys: which wraps how much, what waits, what was asked for and what is gone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from app import parties
from app.access import Gate
from app.core.ids import PersonId
from app.core.work import Work
from app.records.keys import queries
from app.records.keys.models import DestructionRow
from app.records.keys.rotating import count_waiting, living_keys
from app.vault import ORGANISATION, KeyProvider, OrgKey, OrgKeyId

State = Literal["current", "older", "own", "being destroyed", "destroyed", "came back"]


@dataclass(frozen=True)
class KeyLine:
    """A key. `attachment` is set for one that was made for an attachment alone.

    `count` is what it wraps now, versions counted singly; `proof` the entry of the log that tells
    of its end. "came back": the log says that it was destroyed, and the provider has it again.
    """

    id: str
    organisation: str
    state: State
    count: int
    created_at: datetime
    destroyed_at: datetime | None = None
    attachment: UUID | None = None
    proof: UUID | None = None


@dataclass(frozen=True)
class OrganisationLine:
    """An organisation with its keys, the newest first, and how much waits to be wrapped anew."""

    slug: str
    name: str
    waiting: int
    keys: tuple[KeyLine, ...]


@dataclass(frozen=True)
class RequestLine:
    """A request that can still be agreed to, or that was and is not carried out yet."""

    id: UUID
    organisation: str
    keys_count: int
    attachment: UUID | None
    reason: str
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    agreed: bool


@dataclass(frozen=True)
class KeysView:
    """All of it."""

    organisations: tuple[OrganisationLine, ...]
    requests: tuple[RequestLine, ...]

    @property
    def came_back(self) -> list[KeyLine]:
        """Give the keys that were destroyed and that the provider has all the same."""
        every = (key for one in self.organisations for key in one.keys)
        return [key for key in every if key.state == "came back"]


def status(work: Work, gate: Gate, keys: KeyProvider) -> KeysView:
    """Tell what there is of keys.

    Raises:
        KeyUnavailable: the provider does not answer.
    """
    listed = keys.list_keys()
    found = [*_vanished(work, listed), *listed]
    counts: Counter[str] = Counter()
    for use in queries.uses(work.session):
        counts[use.key_id] += use.count
    slugs = sorted({key.organisation for key in found})
    names = parties.organisation_names(work.session, slugs)
    return KeysView(
        tuple(
            _organisation(work, gate, keys, slug, names.get(slug, slug), found, counts)
            for slug in slugs
        ),
        _requests(work),
    )


def _vanished(work: Work, found: Sequence[OrgKey]) -> list[OrgKey]:
    """Give the destroyed keys of which the provider keeps no memory."""
    known = {key.id for key in found}
    whose = {row.id: row.organisation for row in queries.requests(work.session)}
    return [
        OrgKey(OrgKeyId(row.key_id), whose[row.request], row.destroyed_at, row.destroyed_at)
        for row in queries.destroyed_keys(work.session).values()
        if row.key_id not in known
    ]


def _organisation(
    work: Work,
    gate: Gate,
    keys: KeyProvider,
    slug: str,
    name: str,
    found: Sequence[OrgKey],
    counts: Counter[str],
) -> OrganisationLine:
    living = living_keys(work, keys, slug)
    current = living[-1].id if living else ""
    doomed = queries.doomed_keys(work.session)
    gone = queries.destroyed_keys(work.session)

    def state(key: OrgKey) -> State:
        if key.destroyed_at:
            return "destroyed"
        if key.id in gone:
            return "came back"
        if key.id in doomed:
            return "being destroyed"
        if key.purpose != ORGANISATION:
            return "own"
        return "current" if key.id == current else "older"

    return OrganisationLine(
        slug,
        name,
        count_waiting(work, gate, living),
        tuple(
            KeyLine(
                id=key.id,
                organisation=slug,
                state=state(key),
                count=counts[key.id],
                created_at=key.created_at,
                destroyed_at=key.destroyed_at
                or (gone[key.id].destroyed_at if key.id in gone else None),
                attachment=None if key.purpose == ORGANISATION else UUID(key.purpose),
                proof=gone[key.id].entry_id if key.id in gone else None,
            )
            for key in reversed(found)
            if key.organisation == slug
        ),
    )


def _requests(work: Work) -> tuple[RequestLine, ...]:
    rows = [row for row in queries.requests(work.session) if _is_open(row, work.now)]
    names = parties.names(work.session, [PersonId(row.asked_by) for row in rows])
    return tuple(
        RequestLine(
            id=row.id,
            organisation=row.organisation,
            keys_count=len(row.keys),
            attachment=row.attachment,
            reason=row.reason,
            asked_by=names[PersonId(row.asked_by)].name,
            asked_at=row.asked_at,
            expires_at=row.asked_at + queries.VALID_FOR,
            agreed=row.agreed_at is not None,
        )
        for row in rows
    )


def _is_open(row: DestructionRow, now: datetime) -> bool:
    if row.done_at or row.withdrawn_at:
        return False
    return row.agreed_at is not None or now < row.asked_at + queries.VALID_FOR
