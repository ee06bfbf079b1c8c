"""Which profile may do what with which audience: decided by Cedar once, kept as rows.

A row is served only while it holds: under the policies now in force, for every audience there is,
and before the next moment at which time alone could change an answer. Everything else is decided
again before anything is answered.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import (
    ARRAY,
    Boolean,
    Integer,
    Text,
    and_,
    bindparam,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from app.access.facts import Action, Profile, State
from app.access.interning import HELD, audiences
from app.access.many import Answers, decide_many
from app.access.models import AudienceRow, VisibilityRow, VisibilitySetRow
from app.access.pdp import PolicySet
from app.access.policy_history import keep_policies
from app.access.remembered import remembered
from app.core.errors import Unavailable
from app.core.ids import AudienceId, ProfileId

ATTEMPTS = 5


@dataclass(frozen=True)
class Decided:
    """For one profile and action: under which policies, up to which audience, when, until when.

    Whatever was decided so is the same whenever it is read again.
    """

    profile_id: ProfileId
    action: Action
    policy_set: str
    through: int
    decided_at: datetime
    holds_until: datetime | None

    def holds(self, newest: int, now: datetime) -> bool:
        """Tell whether it covers every audience there is, and the moment."""
        return self.through >= newest and self.lasts(now)

    def lasts(self, now: datetime) -> bool:
        """Tell whether time alone has changed no answer yet."""
        return self.holds_until is None or now < self.holds_until


@dataclass(frozen=True)
class Allowed:
    """The audiences that a profile may act on now, all of them and the released ones."""

    all: tuple[AudienceId, ...]
    released: tuple[AudienceId, ...]
    decided: Decided


def allowed(
    session: Session,
    policies: PolicySet,
    profile_id: ProfileId,
    profile: Profile,
    action: Action,
    now: datetime,
) -> Allowed:
    """Give the audiences that the profile may act on now, deciding what is not decided yet.

    Raises:
        Unavailable: other processes decide anew all the time.
    """
    known = remembered(session)
    for _ in range(ATTEMPTS):
        decided = _decided_now(session, policies, profile_id, profile, action, now)
        # One for each: what was decided before takes as many ids, and is asked for no more.
        kept = cast("Allowed | None", known.get("allowed", (profile_id, action)))
        if kept is not None and kept.decided == decided:
            return kept
        found = _read(session, decided)
        if found is not None:
            known.keep("allowed", (profile_id, action), found)
            return found
        session.info.pop(HELD, None)
    raise Unavailable("Access is being decided anew. Try again in a moment.")


def deciding_policies(
    session: Session, decided: Decided, ids: Iterable[AudienceId]
) -> tuple[str, ...]:
    """Give the ids of the policies that decided about these audiences, sorted."""
    asked = frozenset(ids)
    return remembered(session).once(
        "policies", (decided, asked), lambda: _policies(session, decided, asked)
    )


def _policies(session: Session, decided: Decided, ids: frozenset[AudienceId]) -> tuple[str, ...]:
    found = session.scalars(
        select(func.unnest(VisibilityRow.policies))
        .where(
            VisibilityRow.profile_id == decided.profile_id,
            VisibilityRow.action == decided.action,
            VisibilityRow.audience_id.in_(ids),
        )
        .distinct()
    )
    return tuple(sorted(found))


def _read(session: Session, decided: Decided) -> Allowed | None:
    """Read what was decided so; None where it was decided anew meanwhile.

    Rows and what they rest on are read in one statement: rows that a process with other policies
    writes in between are not served.
    """
    of_set = and_(
        VisibilityRow.profile_id == VisibilitySetRow.profile_id,
        VisibilityRow.action == VisibilitySetRow.action,
        VisibilityRow.allowed,
    )
    rows = session.execute(
        select(AudienceRow.id, AudienceRow.state)
        .select_from(VisibilitySetRow)
        .outerjoin(VisibilityRow, of_set)
        .outerjoin(AudienceRow, AudienceRow.id == VisibilityRow.audience_id)
        .where(
            VisibilitySetRow.profile_id == decided.profile_id,
            VisibilitySetRow.action == decided.action,
            VisibilitySetRow.policy_set == decided.policy_set,
            VisibilitySetRow.through_audience_id == decided.through,
            VisibilitySetRow.decided_at == decided.decided_at,
            VisibilitySetRow.holds_until.is_not_distinct_from(decided.holds_until),
        )
        .order_by(AudienceRow.id)
    ).all()
    if not rows:
        return None
    found = [row for row in rows if row.id is not None]
    return Allowed(
        all=tuple(AudienceId(row.id) for row in found),
        released=tuple(AudienceId(row.id) for row in found if row.state == State.RELEASED),
        decided=decided,
    )


def _decided_now(
    session: Session,
    policies: PolicySet,
    profile_id: ProfileId,
    profile: Profile,
    action: Action,
    now: datetime,
) -> Decided:
    """Give under what all is decided now, having decided what was not."""
    newest, of_actions = _held(session, policies.version, profile_id)
    held = of_actions.get(action)
    if held is not None and held.holds(newest, now):
        return held
    keep_policies(session, policies, now)
    # Nothing is added to what a process with other policies has decided since we looked.
    current = _held_still(session, policies.version, profile_id, action)
    if current is not None and current.holds(newest, now):
        of_actions[action] = current
        return current
    lasting = current if current is not None and current.lasts(now) else None
    start, until = (lasting.through, lasting.holds_until) if lasting else (0, None)
    ids = session.scalars(
        select(AudienceRow.id)
        .where(AudienceRow.id > start, AudienceRow.id <= newest)
        .order_by(AudienceRow.id)
    ).all()
    facts = audiences(session, map(AudienceId, ids))
    asked = [facts[AudienceId(id_)] for id_ in ids]
    answers = decide_many(policies, action, [profile], asked, now)
    ends = [end for end in (until, answers.holds_until(0)) if end is not None]
    decided = Decided(profile_id, action, policies.version, newest, now, min(ends, default=None))
    _write(session, decided, ids, answers)
    _upsert_set(session, decided, answers, beside=lasting is not None)
    of_actions[action] = decided
    return decided


def _held(
    session: Session, version: str, profile_id: ProfileId
) -> tuple[int, dict[Action, Decided]]:
    """Give the newest audience, and what these policies' decisions are held under, by action.

    A transaction looks once, for all actions, and again when it has interned an audience itself.
    """
    seen: dict[object, tuple[int, dict[Action, Decided]]] = session.info.setdefault(HELD, {})
    if (profile_id, version) not in seen:
        rows = session.execute(_HELD_NOW, {"profile": profile_id, "version": version}).all()
        seen[profile_id, version] = (
            rows[0].newest,
            {
                (action := Action(row.action)): Decided(
                    profile_id,
                    action,
                    version,
                    row.through_audience_id,
                    row.decided_at,
                    row.holds_until,
                )
                for row in rows
                if row.action is not None
            },
        )
    return seen[profile_id, version]


# Asked by every request: made once.
_HELD_NOW = (
    select(
        select(func.coalesce(func.max(AudienceRow.id), 0)).scalar_subquery().label("newest"),
        VisibilitySetRow.action,
        VisibilitySetRow.through_audience_id,
        VisibilitySetRow.decided_at,
        VisibilitySetRow.holds_until,
    )
    .select_from(select(literal(1)).subquery())
    .outerjoin(
        VisibilitySetRow,
        and_(
            VisibilitySetRow.profile_id == bindparam("profile"),
            VisibilitySetRow.policy_set == bindparam("version"),
        ),
    )
)


def _held_still(
    session: Session, version: str, profile_id: ProfileId, action: Action
) -> Decided | None:
    """Give under what these policies' decisions are held, and keep others from it until the end."""
    row = session.scalar(
        select(VisibilitySetRow)
        .where(VisibilitySetRow.profile_id == profile_id, VisibilitySetRow.action == action)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or row.policy_set != version:
        return None
    through = row.through_audience_id
    return Decided(profile_id, action, version, through, row.decided_at, row.holds_until)


def _write(session: Session, decided: Decided, ids: Sequence[int], answers: Answers) -> None:
    """Keep what was decided, lower ids first, as whoever decides the same at the same time does."""
    rows = [
        {"id": id_, "allowed": one.allowed, "policies": one.policies}
        for id_, one in zip(ids, answers.of(0), strict=True)
    ]
    kept = (
        func.jsonb_to_recordset(bindparam("rows", rows, JSONB))
        .table_valued(
            column("id", Integer), column("allowed", Boolean), column("policies", ARRAY(Text))
        )
        .render_derived(name="kept", with_types=True)
    )
    statement = insert(VisibilityRow).from_select(
        ["profile_id", "action", "audience_id", "allowed", "policies"],
        select(
            literal(decided.profile_id),
            literal(decided.action),
            kept.c.id,
            kept.c.allowed,
            kept.c.policies,
        ).order_by(kept.c.id),
    )
    if rows:
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["profile_id", "action", "audience_id"],
                set_={
                    "allowed": statement.excluded.allowed,
                    "policies": statement.excluded.policies,
                },
            )
        )


def _upsert_set(session: Session, decided: Decided, answers: Answers, *, beside: bool) -> None:
    """Keep under what it was decided, and how many answers rest on each policy.

    `beside`: those counted before stand beside these, for audiences that are new.
    """
    counts = Counter({id_: on.bit_count() for id_, on in answers.reasons(0).items()})
    if beside:
        counts.update(_counted(session, decided))
    held = {
        "policy_set": decided.policy_set,
        "through_audience_id": decided.through,
        "decided_at": decided.decided_at,
        "holds_until": decided.holds_until,
        "policy_counts": dict(counts),
    }
    session.execute(
        insert(VisibilitySetRow)
        .values(profile_id=decided.profile_id, action=decided.action, **held)
        .on_conflict_do_update(index_elements=["profile_id", "action"], set_=held)
    )


def _counted(session: Session, decided: Decided) -> dict[str, int]:
    return session.scalars(
        select(VisibilitySetRow.policy_counts).where(
            VisibilitySetRow.profile_id == decided.profile_id,
            VisibilitySetRow.action == decided.action,
        )
    ).one()
