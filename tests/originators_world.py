"""Material of one organisation in the records of another, for tests."""

from app import records, release
from app.access import Assurance
from app.core.ids import AttachmentId, PortionId, RecordId, VersionId
from app.records import DraftInput, DraftView, RecordView
from app.release import ConsentView, DecisionView
from app.vault import begin_seal, open_attachment
from tests import release_world as steps
from tests.records_world import ARRANGEMENT, read, released
from tests.vault_world import Vault
from tests.world import World


def quote(world: World, version_id: VersionId, portion_id: PortionId, by: str) -> DraftView:
    """Quote a part in a draft."""
    with world.work() as work:
        actor = world.actor(work, by)
        return records.quote(work, world.gate, actor, version_id, portion_id)


def carry(
    world: World, vault: Vault, version_id: VersionId, file: AttachmentId, by: str
) -> records.AttachmentView:
    """Attach a file of a record to a draft of another."""
    with world.work() as work:
        actor = world.actor(work, by)
        opened, facts = records.carry(
            work, world.gate, actor, version_id, file, arrangement=ARRANGEMENT
        )
    with (
        open_attachment(
            opened.permit,
            opened.envelope,
            opened.binding,
            opened.seal_label,
            keys=vault.keys,
            blobs=vault.blobs,
        ) as source,
        begin_seal(facts.binding, facts.seal_label, keys=vault.keys, blobs=vault.blobs) as sealing,
    ):
        for piece in source.chunks():
            sealing.write(piece)
        sealed = sealing.finish()
    assert facts.carried is not None
    with world.work() as work:
        actor = world.actor(work, by)
        view = records.attach(
            work,
            world.gate,
            actor,
            facts,
            sealed,
            name=facts.carried.name,
            media_type=facts.carried.media_type,
        )
    vault.blobs.promote(sealed.blob)
    return view


def amend(world: World, draft: DraftView, by: str, **changes: object) -> DraftView:
    """Save a draft with some of its fields changed."""
    command = DraftInput.model_validate({**draft.input.model_dump(), **changes})
    with world.work() as work:
        actor = world.actor(work, by)
        return records.amend(
            work, world.gate, actor, draft.version_id, command, edition=draft.edition
        )


def section_of(view: RecordView, heading: str) -> PortionId:
    """The id of a section, the last of this heading."""
    return [part.id for part in view.portions if part.heading == heading][-1]


def quoted(world: World, draft: DraftView, source: RecordId, by: str = "ella") -> DraftView:
    """A draft that quotes the section "Method" of a record."""
    return quote(world, draft.version_id, section_of(read(world, by, source), "Method"), by)


def asked(world: World, version_id: VersionId, by: str, sure: Assurance = steps.MFA) -> ConsentView:
    """What this person is asked to consent to."""
    with world.work() as work:
        return release.consent_view(work, world.gate, world.actor(work, by, sure), version_id)


def origins(world: World, record_id: RecordId, by: str) -> records.OriginsView:
    """The chain of a record, as this person sees it."""
    with world.work() as work:
        return records.origins(work, world.gate, world.actor(work, by), record_id)


def consent(world: World, version_id: VersionId, by: str, seen: str | None = None) -> DecisionView:
    """Consent to what is asked, by default as it stands."""
    return steps.consent(world, version_id, by, seen or asked(world, version_id, by).seen_hash)


def decline(world: World, version_id: VersionId, by: str, comment: str = "Not ours.") -> None:
    """Decline what is asked."""
    with world.work() as work:
        actor = world.actor(work, by)
        release.decline(work, world.gate, actor, version_id, comment=comment)


def source_of_imda(world: World, **changes: object) -> RecordId:
    """A record of IMDA that everybody who takes part may read."""
    return released(world, **changes).record_id
