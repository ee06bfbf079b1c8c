"""Attachments under keys, and the people who rotate and destroy those."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app import records
from app.access import Actor
from app.core.ids import AttachmentId
from app.core.work import Origin, Work
from app.records import keys
from app.vault import BlobStore, KeyProvider, begin_seal, open_attachment
from tests.records_world import ARRANGEMENT, HIGH, attach, begin, marking, release
from tests.vault_world import Vault
from tests.world import World

CLI = Origin(door="cli")
AT_HIGH = marking(HIGH, "party:SG")


class NoBodies:
    """A store that nothing may be read from or written to."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nobody may {name} a body")


def attached(world: World, vault: Vault, *, high: bool = False, out: bool = False) -> AttachmentId:
    """An attachment of IMDA, at a level with keys of its own if `high`, released if `out`."""
    made = begin(world, marking=AT_HIGH) if high else begin(world)
    view = attach(world, vault, made.version_id)
    if out:
        release(world, made.version_id)
    return view.id


def who(world: World, name: str) -> Callable[[Work], Actor]:
    """Make this person act, whatever the unit of work."""
    return lambda work: world.actor(work, name)


def rotation(world: World, provider: KeyProvider, slug: str = "imda") -> keys.Rotation:
    return keys.Rotation(world.units, world.gate, provider, slug, ARRANGEMENT, CLI)


def destruction(world: World, vault: Vault, blobs: BlobStore | None = None) -> keys.Destruction:
    return keys.Destruction(
        world.units, world.gate, vault.keys, blobs or vault.blobs, ARRANGEMENT, CLI
    )


def asked(world: World, make: Callable[[Work], keys.Plan], by: str = "sys") -> UUID:
    """A request, asked for by this person."""
    with world.work() as work:
        plan = make(work)
        return keys.ask(work, world.gate, world.actor(work, by), plan, "Sent by mistake")


def for_attachment(
    vault: Vault, attachment: UUID, *, rotate_others: bool = False
) -> Callable[[Work], keys.Plan]:
    return lambda work: keys.plan_attachment(
        work, vault.keys, attachment, rotate_others=rotate_others
    )


def key_of(world: World, attachment: UUID) -> str:
    """Which key wraps an attachment now."""
    with world.owner() as session:
        asked_for = text("SELECT envelope #>> '{sealed,key_id}' FROM attachments WHERE id = :id")
        return str(session.scalar(asked_for, {"id": attachment}))


def bytes_of(world: World, vault: Vault, attachment: UUID, name: str = "ida") -> bytes:
    """What this person gets of an attachment."""
    with world.work() as work:
        found = records.open_attachment(
            work,
            world.gate,
            world.actor(work, name),
            AttachmentId(attachment),
            arrangement=ARRANGEMENT,
        )
        opened = open_attachment(
            found.permit,
            found.envelope,
            found.binding,
            found.seal_label,
            keys=vault.keys,
            blobs=vault.blobs,
        )
    with opened:
        return b"".join(opened.chunks())


def half_attached(world: World, vault: Vault) -> Callable[[], None]:
    """A file whose bytes are sealed and whose row is not written yet; gives what writes it."""
    made = begin(world)
    with world.work() as work:
        facts = records.authorise_attaching(
            work,
            world.gate,
            world.actor(work, "ida"),
            made.version_id,
            None,
            arrangement=ARRANGEMENT,
        )
    with begin_seal(facts.binding, facts.seal_label, keys=vault.keys, blobs=vault.blobs) as sealing:
        sealing.write(b"late")
        sealed = sealing.finish()

    def finish() -> None:
        with world.work() as work:
            records.attach(
                work,
                world.gate,
                world.actor(work, "ida"),
                facts,
                sealed,
                name="late.csv",
                media_type="text/csv",
            )

    return finish
