"""Steps of the procedure for tests, each in a transaction of its own."""

from collections.abc import Mapping

from sqlalchemy import insert, text

from app import records, release
from app.access import Assurance
from app.core.errors import NotFound
from app.core.ids import PersonId, RecordId, VersionId, new_id
from app.identity import IdentityKeys, SigningKey
from app.identity.models import CredentialRow
from app.parties import actor_for
from app.parties.models import PersonRow
from app.release import AudiencePreview, DecisionView, Desk, ReviewView, ViewedAs
from tests.world import CEILINGS, World

KEYS = IdentityKeys(SigningKey.new(), sealing=bytes(32))
MFA = Assurance.MULTI_FACTOR


def submit(world: World, version_id: VersionId, by: str = "ida", comment: str = "") -> DecisionView:
    """Submit a draft."""
    with world.work() as work:
        return release.submit(work, world.gate, world.actor(work, by), version_id, comment)


def review(world: World, version_id: VersionId, by: str, sure: Assurance = MFA) -> ReviewView:
    """Look at a version in order to decide."""
    with world.work() as work:
        return release.review(work, world.gate, world.actor(work, by, sure), version_id)


def approve(
    world: World,
    version_id: VersionId,
    by: str = "iris",
    seen: str | None = None,
    sure: Assurance = MFA,
    *,
    alone: bool = False,
) -> DecisionView:
    """Approve a version, by default as it stands now; whoever else has to, does too.

    Args:
        alone: leave the other approvals that its markings need to the test.
    """
    seen_hash = last_hash(world, version_id) if seen is None else seen
    with world.work() as work:
        actor = world.actor(work, by, sure)
        made = release.approve(work, world.gate, actor, version_id, seen_hash=seen_hash, keys=KEYS)
    if not (made.releases or alone):
        approve_too(world, version_id, KEYS)
    return made


def approve_too(world: World, version_id: VersionId, keys: IdentityKeys) -> None:
    """Give the second approval, as somebody who is suspended before and after."""
    with world.owner() as session:
        slug = session.execute(
            text("SELECT owner FROM versions WHERE id = :id"), {"id": version_id}
        ).scalar_one()
        person = session.execute(
            insert(PersonRow)
            .values(
                id=new_id(),
                email=f"{new_id()}@{slug}.example",
                name="Second",
                organisation=slug,
                roles=["release_authority"],
                clearance=CEILINGS[slug],
                active=True,
                admitted_at=world.clock(),
            )
            .returning(PersonRow.id)
        ).scalar_one()
    with world.work() as work:
        actor = actor_for(work, world.schemes, PersonId(person), MFA)
        seen = release.review(work, world.gate, actor, version_id).seen_hash
        release.approve(work, world.gate, actor, version_id, seen_hash=seen, keys=keys)
    with world.owner() as session:
        session.execute(text("UPDATE people SET active = false WHERE id = :id"), {"id": person})


def consent(
    world: World,
    version_id: VersionId,
    by: str,
    seen: str | None = None,
    sure: Assurance = MFA,
) -> DecisionView:
    """Consent to a version, by default as it stands now."""
    seen_hash = last_hash(world, version_id) if seen is None else seen
    with world.work() as work:
        actor = world.actor(work, by, sure)
        return release.consent(work, world.gate, actor, version_id, seen_hash=seen_hash, keys=KEYS)


def give_back(
    world: World, version_id: VersionId, by: str = "iris", comment: str = "Shorter, please."
) -> DecisionView:
    """Return a submission to its writers."""
    with world.work() as work:
        actor = world.actor(work, by)
        return release.return_to_draft(work, world.gate, actor, version_id, comment=comment)


def refuse(
    world: World, version_id: VersionId, by: str = "iris", comment: str = "Not for exchange."
) -> DecisionView:
    """Refuse a submission."""
    with world.work() as work:
        actor = world.actor(work, by)
        return release.refuse(work, world.gate, actor, version_id, comment=comment)


def withdraw(
    world: World, version_id: VersionId, by: str = "iris", comment: str = "It was wrong."
) -> DecisionView:
    """Withdraw a released version."""
    with world.work() as work:
        actor = world.actor(work, by)
        return release.withdraw(work, world.gate, actor, version_id, comment=comment)


def preview(world: World, version_id: VersionId, by: str = "ida") -> AudiencePreview:
    """The exact audience, as this person is shown it."""
    with world.work() as work:
        return release.preview(work, world.gate, world.actor(work, by), version_id)


def desk(world: World, by: str, sure: Assurance = MFA) -> Desk:
    """What waits for this person."""
    with world.work() as work:
        return release.desk(work, world.gate, world.actor(work, by, sure))


def waiting_count(world: World, by: str) -> int:
    """The number beside the desk."""
    with world.work() as work:
        return release.waiting_count(work, world.gate, world.actor(work, by))


def history(world: World, record_id: RecordId, by: str) -> tuple[DecisionView, ...]:
    """The decisions on a record that this person may see."""
    with world.work() as work:
        return release.history(work, world.gate, world.actor(work, by), record_id)


def release_it(world: World, version_id: VersionId, by: str = "ida") -> DecisionView:
    """Submit and approve."""
    submit(world, version_id, by)
    return approve(world, version_id)


def last_hash(world: World, version_id: VersionId) -> str:
    """The content hash of the last submission; 64 zeros where there was none."""
    with world.owner() as session:
        found = session.execute(
            text(
                "SELECT content_hash FROM decisions WHERE version_id = :id AND kind = 'submit'"
                " ORDER BY id DESC LIMIT 1"
            ),
            {"id": version_id},
        ).scalar()
    return bytes(found).hex() if found else "0" * 64


def state(world: World, version_id: VersionId) -> str:
    """The state of a version."""
    with world.owner() as session:
        return str(
            session.execute(
                text("SELECT state FROM versions WHERE id = :id"), {"id": version_id}
            ).scalar_one()
        )


def enrol(world: World, *names: str) -> None:
    """Give people a second factor, as if they had set one up."""
    with world.owner() as session:
        for name in names:
            session.execute(
                insert(CredentialRow).values(
                    person_id=world.people[name],
                    password_hash="",
                    password_changed_at=world.clock(),
                    totp_confirmed_at=world.clock(),
                    totp_last_step=0,
                )
            )


def reads(
    world: World, record_ids: Mapping[str, RecordId], name: str, sure: Assurance
) -> dict[str, set[str]]:
    """The names of the parts that this person gets of each record; none where they are refused."""
    found: dict[str, set[str]] = {}
    with world.work() as work:
        actor = world.actor(work, name, sure)
        for case, record_id in record_ids.items():
            try:
                found[case] = _parts(records.read(work, world.gate, actor, record_id))
            except NotFound:
                found[case] = set()
    return found


def _parts(view: records.RecordView) -> set[str]:
    named = {"title": "Title", "summary": "Summary", "fields": "Details"}
    parts = {named.get(part.role, part.heading) for part in view.portions}
    return parts | {file.name for file in view.attachments}


def view_as(
    world: World, made: tuple[RecordId, int], by: str, whom: str, sure: Assurance = MFA
) -> ViewedAs:
    """A version of a record by its number, as somebody of its audience sees it."""
    with world.work() as work:
        actor = world.actor(work, by, sure)
        return release.view_as(work, world.gate, actor, *made, whom)
