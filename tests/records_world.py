"""Drafts and releases for tests, made by the verbs that the portal itself uses."""

from time import sleep
from typing import Any

from sqlalchemy import text

from app import records
from app.access import Action, Actor, Permit, Subject
from app.core.ids import RecordId, VersionId
from app.core.work import Work
from app.records import DraftInput, DraftView, MarkingInput, SectionInput
from app.vault import begin_seal
from tests.vault_world import Vault
from tests.world import World

GREEN = "TLP:GREEN"
HIGH = "CONFIDENTIAL \\ SENSITIVE HIGH"
ARRANGEMENT = "Test arrangement"
BYTES = b"a table of numbers"


def marking(markings: str = GREEN, release_to: str = "community", **more: Any) -> MarkingInput:
    """A marking, by default for everybody who takes part."""
    return MarkingInput(markings=markings, release_to=release_to, **more)


def section(heading: str, body: str = "Text.", own: MarkingInput | None = None) -> SectionInput:
    """A section, by default marked as the title."""
    return SectionInput(heading=heading, body=body, marking=own)


def draft_input(**changes: Any) -> DraftInput:
    """A complete research paper, with what a test changes."""
    given: dict[str, Any] = {
        "kind": "research",
        "area": "research",
        "title": "On evaluations",
        "marking": marking(),
        "summary": "What was **found**.",
        "fields": {"authors": "A. Author", "year": "2026"},
        "sections": [section("Method"), section("Results", "| a | b |\n|---|---|\n| 1 | 2 |")],
    }
    return DraftInput(**(given | changes))


def begin(world: World, name: str = "ida", **changes: Any) -> DraftView:
    """A draft by this person, in a transaction of its own."""
    with world.work() as work:
        return records.draft(work, world.gate, world.actor(work, name), draft_input(**changes))


def permit_for(
    world: World, work: Work, actor: Actor, action: Action, version_id: VersionId
) -> Permit:
    """Pass the gate for a decision, as the release domain does."""
    facts = records.version_facts(work, world.gate, actor, action, version_id)
    return world.gate.pass_through(
        work,
        actor,
        action,
        facts.audience_ids,
        subject=Subject("version", version_id, facts.record_id),
        event=f"record.{action}",
    )


def submit(world: World, version_id: VersionId, name: str = "ida") -> None:
    """Submit a draft."""
    with world.work() as work:
        actor = world.actor(work, name)
        permit = permit_for(world, work, actor, Action.SUBMIT, version_id)
        records.freeze(work, world.gate, permit, version_id, world.people[name])


def release(world: World, version_id: VersionId, by: str = "ivan", name: str = "ida") -> None:
    """Submit and release a draft."""
    submit(world, version_id, name)
    with world.work() as work:
        actor = world.actor(work, by)
        permit = permit_for(world, work, actor, Action.APPROVE, version_id)
        records.publish(work, world.gate, permit, version_id, world.people[by])


def withdraw(world: World, version_id: VersionId, by: str = "ivan", reason: str = "Wrong") -> None:
    """Withdraw a released version."""
    with world.work() as work:
        actor = world.actor(work, by)
        permit = permit_for(world, work, actor, Action.WITHDRAW, version_id)
        records.withdraw(work, world.gate, permit, version_id, reason)


def released(world: World, **changes: Any) -> DraftView:
    """A record of IMDA, released; given as the draft that it was."""
    made = begin(world, **changes)
    release(world, made.version_id)
    return made


def read(world: World, name: str, record_id: RecordId) -> records.RecordView:
    """What this person reads, in a transaction of its own."""
    with world.work() as work:
        return records.read(work, world.gate, world.actor(work, name), record_id)


def attach(
    world: World,
    vault: Vault,
    version_id: VersionId,
    name: str = "ida",
    own: MarkingInput | None = None,
    file_name: str = "results.csv",
) -> records.AttachmentView:
    """Seal a small file and attach it to a draft, as an upload does."""
    with world.work() as work:
        facts = records.authorise_attaching(
            work, world.gate, world.actor(work, name), version_id, own, arrangement=ARRANGEMENT
        )
    with begin_seal(facts.binding, facts.seal_label, keys=vault.keys, blobs=vault.blobs) as sealing:
        sealing.write(BYTES)
        sealed = sealing.finish()
    with world.work() as work:
        actor = world.actor(work, name)
        view = records.attach(
            work, world.gate, actor, facts, sealed, name=file_name, media_type="text/csv; a=b"
        )
    vault.blobs.promote(sealed.blob)
    return view


def wait_for_a_blocked_statement(world: World) -> None:
    """Return once a transaction of this world waits for another one."""
    blocked = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(200):
        with world.owner() as session:
            if session.scalar(blocked):
                return
        sleep(0.05)
    raise AssertionError("nobody waits")
