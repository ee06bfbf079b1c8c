"""Destroys keys, and so for ever what they wrap: one person asks, another agrees, the log proves.

The order that survives a crash: what else a key wraps is moved away first; the agreement is
committed, from when on the key wraps nothing new; the provider destroys the key; the wrappings are
forgotten and each key's end is written in the log; the blobs go. Agreeing again goes on with
whatever of that is left.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from uuid import UUID

from app.access import Actor, Gate, Office, OfficeAction, Role
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.ids import PersonId, new_id
from app.core.journal import Detail, Event, Typed
from app.core.work import Origin, Units, Work
from app.records.blobs import blobs_in_use
from app.records.keys import queries
from app.records.keys.models import DestructionRow
from app.records.keys.planning import Plan, check_known, living, office, others_of, plan_again
from app.records.keys.rotating import Rotation, Watch, unwatched
from app.vault import BlobStore, KeyDestroyed, KeyProvider, OrgKeyId, blob_name

AT_ONCE = 200  # wrappings forgotten, or keys written of, in a unit of work
TRIES = 3
MOST_NAMED = 100  # keys in one entry of the log


@dataclass(frozen=True)
class Destroyed:
    """What a destruction did: how many attachments are gone, with how many keys."""

    keys_count: int
    attachments_count: int


def ask(work: Work, gate: Gate, actor: Actor, plan: Plan, reason: str) -> UUID:
    """Ask that keys be destroyed; nothing is, until a release authority has agreed.

    Raises:
        Forbidden: the actor is no system administrator.
        Invalid: there is no reason.
    """
    reason = reason.strip()
    if not reason:
        raise Invalid(fields={"reason": "Say why, without naming a person."})
    request_id = new_id()
    gate.enter_office(
        work,
        actor,
        OfficeAction.ASK_DESTRUCTION,
        office(work, plan.organisation),
        event="key.destruction-asked",
        details={**_told(request_id, plan), "reason": Typed(reason)},
    )
    queries.insert_request(
        work.session,
        id=request_id,
        organisation=plan.organisation,
        attachment=plan.attachment,
        record_id=plan.record_id,
        keys=list(plan.keys),
        rotate_others=plan.rotate_others,
        whole=plan.whole,
        reason=reason,
        asked_by=_person(actor),
        asked_at=work.now,
    )
    return request_id


def withdraw(work: Work, gate: Gate, actor: Actor, request_id: UUID) -> None:
    """Let a request not be carried out: by a system administrator, or by whom it waits for.

    Raises:
        NotFound: there is no such request.
        Forbidden: it is not the actor's to withdraw.
        Conflict: it was agreed to, or withdrawn.
    """
    row = _request(work, request_id, lock=True)
    asks = Role.SYSTEM_ADMINISTRATOR in actor.profile.roles
    gate.enter_office(
        work,
        actor,
        OfficeAction.ASK_DESTRUCTION if asks else OfficeAction.AGREE_DESTRUCTION,
        office(work, row.organisation),
        event="key.destruction-withdrawn",
        details={"request": str(request_id)},
    )
    if row.agreed_at or row.withdrawn_at:
        raise Conflict("This request was agreed to or withdrawn before.")
    queries.update_request(
        work.session, request_id, withdrawn_by=_person(actor), withdrawn_at=work.now
    )


@dataclass(frozen=True)
class Destruction:
    """The parts that a destruction needs."""

    units: Units
    gate: Gate
    keys: KeyProvider
    blobs: BlobStore
    arrangement: str
    origin: Origin

    def plan(self, request_id: UUID, who: Callable[[Work], Actor]) -> Plan:
        """Say, to whom it is to agree, what the end of these keys would destroy as of now.

        Raises:
            as `agree`.
        """
        with self.units.begin(self.origin) as work:
            row = self._let(work, request_id, who(work))
            return plan_again(work, self.keys, row)

    def agree(
        self, request_id: UUID, who: Callable[[Work], Actor], watch: Watch = unwatched
    ) -> Destroyed:
        """Agree to a request and carry it out; one that broke off on the way is gone on with.

        Raises:
            NotFound: there is no such request.
            Forbidden: it is not the actor's to agree, or they asked for it themselves.
            Conflict: it was withdrawn, has expired, or is not what it was when it was asked for.
            KeyUnavailable: the provider does not answer; agreeing again goes on.
        """
        with self.units.begin(self.origin) as work:
            row = self._let(work, request_id, who(work))
            agreed = row.agreed_at is not None
        for _ in range(TRIES):
            if agreed:
                break
            if row.rotate_others and row.attachment is not None:
                self._move_others(row, row.attachment, watch)
            agreed = self._commit(request_id, who)
        else:
            raise Conflict("Other attachments keep arriving under these keys. Agree again soon.")
        return self._finish(request_id)

    def _let(self, work: Work, request_id: UUID, actor: Actor) -> DestructionRow:
        row = _request(work, request_id)
        self.gate.decide_office(
            work,
            actor,
            OfficeAction.AGREE_DESTRUCTION,
            _agreed_office(work, row, actor),
            details={"request": str(request_id)},
        )
        if row.withdrawn_at:
            raise Conflict("This request was withdrawn.")
        if row.agreed_at is None and work.now >= row.asked_at + queries.VALID_FOR:
            raise Conflict("This request has expired. Let it be asked for again.")
        return row

    def _move_others(self, row: DestructionRow, attachment: UUID, watch: Watch) -> None:
        rotation = Rotation(
            self.units, self.gate, self.keys, row.organisation, self.arrangement, self.origin
        )
        rotated = rotation.run(watch, away_from=row.keys, stay={attachment})
        if rotated.damaged:
            names = ", ".join(sorted({one.reference for one in rotated.damaged}))
            raise Conflict(
                f"The wrapped keys of attachments of {names} are damaged, so they cannot be moved"
                " to another key. Restore or remove those first."
            )

    def _commit(self, request_id: UUID, who: Callable[[Work], Actor]) -> bool:
        """Commit to the end of the keys, unless something else has come under them meanwhile."""
        with self.units.begin(self.origin) as work:
            actor = who(work)
            row = self._let(work, request_id, actor)
            before = _wrapping(work, row)
            plan = plan_again(work, self.keys, row)
            permit = self.gate.decide_office(
                work, actor, OfficeAction.AGREE_DESTRUCTION, _agreed_office(work, row, actor)
            )
            # From here on others wait: no provider is asked any more.
            row = _request(work, request_id, lock=True)
            if row.agreed_at:
                return True
            if row.withdrawn_at:
                raise Conflict("This request was withdrawn.")
            queries.hold_still(work.session, plan.keys)
            if _wrapping(work, row) != before:
                return False
            if row.attachment and others_of(work, plan.keys, row.attachment):
                return False
            details = {**_told(request_id, plan), "elsewhere": _few(plan.elsewhere)}
            self.gate.record_office(work, permit, event="key.destruction-agreed", details=details)
            queries.note_agreed(work.session, request_id, plan.keys, _person(actor), work.now)
        return True

    def _finish(self, request_id: UUID) -> Destroyed:
        """Carry out what was agreed to; each step may be repeated."""
        with self.units.begin(self.origin) as work:
            row = _request(work, request_id)
            check_known(work, self.keys, row.keys)
        came_back = living(self.keys, row.keys)
        for key_id in came_back:
            try:
                self.keys.destroy(OrgKeyId(key_id))
            except KeyDestroyed:
                continue
        if still := living(self.keys, row.keys):
            raise Conflict(f"The key provider still has {', '.join(still)}. Agree again.")
        forgotten = self._forget(request_id)
        count = 0
        for start in range(0, len(row.keys), AT_ONCE):
            count += self._tell(row, row.keys[start : start + AT_ONCE], came_back)
        with self.units.begin(self.origin) as work:
            if row.done_at is None:
                queries.update_request(work.session, request_id, done_at=work.now)
            orphans = forgotten - blobs_in_use(work)
        for blob in orphans:
            self.blobs.delete(blob_name(blob))
        return Destroyed(len(row.keys), count)

    def _forget(self, request_id: UUID) -> set[str]:
        found: set[str] = set()
        while True:
            with self.units.begin(self.origin) as work:
                forgotten = queries.forget_wrappings(work.session, request_id, AT_ONCE)
            if not forgotten:
                return found
            found |= forgotten

    def _tell(self, row: DestructionRow, keys: Collection[str], came_back: Collection[str]) -> int:
        """Write in the log that each key is destroyed, and again if it had come back."""
        count = 0
        with self.units.begin(self.origin) as work:
            known = queries.destroyed_keys(work.session)
            for key_id in keys:
                attachments = queries.destroyed_count(work.session, key_id)
                count += attachments
                if key_id in known and key_id not in came_back:
                    continue
                work.record(_proof(row, key_id, attachments, again=key_id in known))
                if key_id not in known:
                    queries.insert_destroyed(
                        work.session,
                        key_id=key_id,
                        request=row.id,
                        destroyed_at=work.now,
                        entry_id=work.appended[-1][0],
                    )
        return count


def _wrapping(work: Work, row: DestructionRow) -> set[str]:
    """Give the keys among which none may come while it is planned which of them end."""
    if row.attachment:
        return set(queries.keys_ever(work.session, row.attachment))
    return {use.key_id for use in queries.uses(work.session)} if row.whole else set()


def _agreed_office(work: Work, row: DestructionRow, actor: Actor) -> Office:
    """Give the office of agreeing, which nobody holds over what they asked for themselves."""
    own = row.asked_by == actor.person
    return replace(office(work, row.organisation), person=str(actor.person) if own else "")


def _proof(row: DestructionRow, key_id: str, attachments: int, *, again: bool) -> Event:
    return Event(
        type="key.destroyed",
        subject=f"organisation:{row.organisation}",
        record=row.record_id,
        organisations=frozenset({row.organisation}),
        details={
            "key": key_id,
            "request": str(row.id),
            "attachments": attachments,
            "attachment": str(row.attachment or ""),
            "asked_by": str(row.asked_by),
            "agreed_by": str(row.agreed_by),
            "again": again,
            "reason": Typed(row.reason),
        },
    )


def _told(request_id: UUID, plan: Plan) -> dict[str, Detail]:
    return {
        "request": str(request_id),
        "keys": _few(plan.keys),
        "keys_count": len(plan.keys),
        "attachment": str(plan.attachment or ""),
        "attachments": plan.count,
        "rotate_others": plan.rotate_others,
        "whole": plan.whole,
    }


def _few(keys: Collection[str]) -> list[str]:
    """Give as many as an entry holds; all of them stand in the table of requests."""
    return sorted(keys)[:MOST_NAMED]


def _request(work: Work, request_id: UUID, *, lock: bool = False) -> DestructionRow:
    row = queries.request(work.session, request_id, lock=lock)
    if row is None:
        raise NotFound("There is no request of this number. See: entente keys status")
    return row


def _person(actor: Actor) -> PersonId:
    if actor.person is None:
        raise Forbidden("Only a person can do this.")
    return actor.person
