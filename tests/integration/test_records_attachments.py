"""Attachments: sealed for one draft, carried by revisions, opened with a permit only."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import records
from app.access import Action, Assurance, Audience, Decision, PolicySet, Profile, State, visibility
from app.access.many import NOTHING, Answers, decide_many
from app.core.errors import Invalid, Refused
from app.core.ids import AttachmentId
from app.records import EditedMeanwhile, NotInThisState
from app.vault import NotAuthentic, Sealed, current_key, open_attachment
from tests.records_world import (
    ARRANGEMENT,
    BYTES,
    HIGH,
    attach,
    begin,
    draft_input,
    marking,
    permit_for,
    read,
    release,
    released,
    submit,
    wait_for_a_blocked_statement,
)
from tests.vault_world import Vault
from tests.world import World


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def download(world: World, vault: Vault, name: str, attachment_id: AttachmentId) -> bytes:
    with world.work() as work:
        opened = records.open_attachment(
            work, world.gate, world.actor(work, name), attachment_id, arrangement=ARRANGEMENT
        )
    with open_attachment(
        opened.permit,
        opened.envelope,
        opened.binding,
        opened.seal_label,
        keys=vault.keys,
        blobs=vault.blobs,
    ) as body:
        return b"".join(bytes(chunk) for chunk in body.chunks())


def test_an_attachment_is_sealed_listed_and_opened(world: World, vault: Vault) -> None:
    made = begin(world)
    view = attach(world, vault, made.version_id, file_name="C:\\x\\re\u202esults.csv")
    assert (view.name, view.media_type, view.size_bytes) == ("results.csv", "text/csv", len(BYTES))
    assert view.marking.text == "TLP:GREEN"
    release(world, made.version_id)
    shown = read(world, "eric", made.record_id).attachments
    assert [(one.id, one.downloadable) for one in shown] == [(view.id, True)]
    assert download(world, vault, "eric", view.id) == BYTES
    assert [event[0] for event in world.events()][1:3] == ["attachment.begun", "attachment.added"]
    assert world.events()[-1] == ("attachment.downloaded", "eric", f"attachment:{view.id}")
    (told,) = world.told("attachment.downloaded")
    assert told["served_bytes"] == len(BYTES)
    assert told["record"] == str(made.record_id)


def test_a_higher_attachment_leaves_no_trace_and_does_not_open(world: World, vault: Vault) -> None:
    made = begin(world)
    high = attach(world, vault, made.version_id, own=marking(HIGH, "community"))
    low = attach(world, vault, made.version_id)
    release(world, made.version_id)
    shown = read(world, "uma", made.record_id)
    assert [one.id for one in shown.attachments] == [low.id]
    assert shown.banner and shown.banner.text == "TLP:GREEN"
    with pytest.raises(Refused):
        download(world, vault, "uma", high.id)
    assert world.events()[-1][:2] == ("download.refused", "uma")
    # So high, what cannot carry a mark leaves to those who prepared it and nobody else.
    with pytest.raises(Refused):
        download(world, vault, "dana", high.id)
    assert world.events()[-1][:2] == ("take-unmarked.refused", "dana")
    assert download(world, vault, "ivan", high.id) == BYTES


def test_what_needs_a_second_factor_is_out_of_a_passwords_reach(world: World, vault: Vault) -> None:
    made = begin(world)
    high = attach(world, vault, made.version_id, own=marking(HIGH, "community"))
    release(world, made.version_id)
    with pytest.raises(Refused), world.work() as work:
        actor = world.actor(work, "dana", Assurance.PASSWORD)
        records.open_attachment(work, world.gate, actor, high.id, arrangement=ARRANGEMENT)


@pytest.mark.parametrize("name", ["ines", "dana", "emil", "abel"])
def test_only_writers_of_the_draft_attach_and_detach(world: World, vault: Vault, name: str) -> None:
    made = begin(world)
    view = attach(world, vault, made.version_id)
    with pytest.raises(Refused):
        attach(world, vault, made.version_id, name)
    with pytest.raises(Refused), world.work() as work:
        records.detach(work, world.gate, world.actor(work, name), view.id)
    with pytest.raises(Refused):
        download(world, vault, name, view.id)


def test_a_detached_file_is_gone_and_a_frozen_one_stays(world: World, vault: Vault) -> None:
    made = begin(world)
    gone, kept = attach(world, vault, made.version_id), attach(world, vault, made.version_id)
    with world.work() as work:
        detached = records.detach(work, world.gate, world.actor(work, "ivan"), gone.id)
    assert detached == made.version_id
    submit(world, made.version_id)
    with pytest.raises(Refused), world.work() as work:
        records.detach(work, world.gate, world.actor(work, "ida"), kept.id)
    with pytest.raises(DBAPIError, match="never changed"), world.work() as work:
        world.gate.scope(work, world.actor(work, "iris"))
        work.session.execute(text("UPDATE attachments SET name = 'x'"))
    assert [one.id for one in read(world, "iris", made.record_id).attachments] == [kept.id]


def test_a_file_sealed_while_the_draft_is_submitted_is_not_attached(
    world: World, vault: Vault
) -> None:
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
    envelope = vault.seal(BYTES, facts.binding, facts.seal_label)
    submit(world, made.version_id)
    with pytest.raises((Refused, NotInThisState)), world.work() as work:
        sealed = Sealed(envelope, envelope.blob, envelope.size_bytes)
        actor = world.actor(work, "ida")
        records.attach(work, world.gate, actor, facts, sealed, name="x", media_type="")


def test_a_submission_and_an_attachment_in_the_same_moment_exclude_each_other(
    world: World, vault: Vault
) -> None:
    made = begin(world)
    with ThreadPoolExecutor(1) as other:
        with world.work() as work:
            actor = world.actor(work, "ida")
            permit = permit_for(world, work, actor, Action.SUBMIT, made.version_id)
            records.freeze(work, world.gate, permit, made.version_id, world.people["ida"])
            late = other.submit(attach, world, vault, made.version_id, "ivan")
            wait_for_a_blocked_statement(world)
        told = late.exception()
    assert isinstance(told, NotInThisState)
    assert read(world, "iris", made.record_id).attachments == ()


def test_what_may_be_read_but_not_downloaded_is_named_only(
    world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = begin(world)
    view = attach(world, vault, made.version_id)
    release(world, made.version_id)
    decide = PolicySet.decide

    def without_download(
        policies: PolicySet,
        profile: Profile,
        action: Action,
        audiences: Sequence[Audience],
        now: datetime,
    ) -> list[Decision]:
        decisions = decide(policies, profile, action, audiences, now)
        kept = action is not Action.DOWNLOAD
        return [replace(one, allowed=one.allowed and kept) for one in decisions]

    def none_to_download(
        policies: PolicySet,
        action: Action,
        profiles: Sequence[Profile],
        audiences: Sequence[Audience],
        now: datetime,
    ) -> Answers:
        answers = decide_many(policies, action, profiles, audiences, now)
        nothing = [NOTHING] * len(profiles)
        return replace(answers, rulings=nothing) if action is Action.DOWNLOAD else answers

    monkeypatch.setattr(PolicySet, "decide", without_download)
    monkeypatch.setattr(visibility, "decide_many", none_to_download)
    (shown,) = read(world, "eric", made.record_id).attachments
    assert (shown.id, shown.downloadable) == (view.id, False)
    with pytest.raises(Refused):
        download(world, vault, "eric", view.id)


def test_a_revision_carries_the_same_sealed_bytes(world: World, vault: Vault) -> None:
    made = begin(world)
    first = attach(world, vault, made.version_id)
    release(world, made.version_id)
    with world.work() as work:
        next_ = records.revise(work, world.gate, world.actor(work, "ida"), made.record_id)
    release(world, next_.version_id)
    (second,) = read(world, "eric", made.record_id).attachments
    assert second.id != first.id
    assert download(world, vault, "eric", second.id) == BYTES
    assert download(world, vault, "eric", first.id) == BYTES
    with world.owner() as session:
        assert session.scalar(text("SELECT count(DISTINCT blob) FROM attachments")) == 1
    with world.work() as work:
        shown = records.compare(work, world.gate, world.actor(work, "eric"), made.record_id, 1, 2)
    assert (shown.added_attachments, shown.removed_attachments) == ((), ())


def test_relabelling_wraps_the_key_anew_under_the_new_marking(world: World, vault: Vault) -> None:
    made = begin(world)
    view = attach(world, vault, made.version_id)
    with world.work() as work:
        again = records.relabel(
            work,
            world.gate,
            world.actor(work, "ivan"),
            view.id,
            marking("SENSITIVE; TLP:AMBER", "org:eu-ai-office"),
            arrangement=ARRANGEMENT,
            keys=vault.keys,
        )
    assert again.marking.text == "SENSITIVE // TLP:AMBER"
    assert world.told("attachment.relabelled")[0]["details"]["labels"] == [
        "file: TLP:GREEN, to community becomes SENSITIVE // TLP:AMBER, to org:eu-ai-office"
    ]
    release(world, made.version_id)
    assert download(world, vault, "eric", view.id) == BYTES
    assert read(world, "uma", made.record_id).attachments == ()
    with world.owner() as session:  # a lower marking by hand does not open the wrapping
        session.execute(
            text(
                "UPDATE attachments SET audience_id = (SELECT audience_id FROM versions"
                " WHERE versions.id = attachments.version_id)"
            )
        )
    with pytest.raises(NotAuthentic):
        download(world, vault, "uma", view.id)


def test_every_use_of_a_key_names_it_on_the_log(world: World, vault: Vault) -> None:
    made = begin(world)
    view = attach(world, vault, made.version_id)
    before = current_key(vault.keys, "imda")
    after = vault.keys.create_key("imda").id
    with world.work() as work:
        actor = world.actor(work, "ivan")
        asked = marking("TLP:AMBER", "org:eu-ai-office")
        records.relabel(
            work, world.gate, actor, view.id, asked, arrangement=ARRANGEMENT, keys=vault.keys
        )
    release(world, made.version_id)
    download(world, vault, "eric", view.id)

    used = [
        (kind, world.told(kind)[-1]["details"]["key"])
        for kind in ("attachment.added", "attachment.relabelled", "attachment.downloaded")
    ]
    assert [key for _, key in used] == [before, before, after]


def test_a_file_claimed_by_another_record_does_not_open(world: World, vault: Vault) -> None:
    made, other = begin(world), begin(world)
    view, claim = (attach(world, vault, one.version_id) for one in (made, other))
    with world.owner() as session:
        # The database keeps everybody else from it.
        session.execute(text("SET session_replication_role = replica"))
        session.execute(
            text(
                "UPDATE attachments a SET blob = b.blob, envelope = b.envelope FROM attachments b"
                " WHERE a.id = :claim AND b.id = :view"
            ),
            {"claim": claim.id, "view": view.id},
        )
    with pytest.raises(NotAuthentic):
        download(world, vault, "ida", claim.id)


def test_a_marking_above_the_ceiling_is_refused_before_any_byte(world: World, vault: Vault) -> None:
    made = begin(world)
    with pytest.raises(Invalid) as told:
        attach(world, vault, made.version_id, own=marking("TOP SECRET"))
    assert "accredited" in told.value.fields["marking.markings"]
    assert list(vault.blobs.list()) == []


def test_attaching_does_not_disturb_who_types_meanwhile(world: World, vault: Vault) -> None:
    made = begin(world)
    attach(world, vault, made.version_id, "ivan")
    with world.work() as work:
        actor = world.actor(work, "ida")
        command = draft_input(area="trends")
        again = records.amend(work, world.gate, actor, made.version_id, command, edition=1)
        assert len(again.attachments) == 1
        parts = records.audiences_after(work, world.gate, actor, made.version_id, State.DRAFT)
    assert {part.audience.area for part in parts} == {"trends"}
    with pytest.raises(EditedMeanwhile), world.work() as work:
        actor = world.actor(work, "ivan")
        records.amend(work, world.gate, actor, made.version_id, command, edition=1)


def test_what_a_draft_carries_is_part_of_its_hash(world: World, vault: Vault) -> None:
    made = begin(world)
    hashes = set()
    for _ in range(2):
        with world.work() as work:
            world.gate.scope(work, world.actor(work, "ida"))
            hashes.add(records.content_hash(work, made.version_id))
        attach(world, vault, made.version_id)
    assert len(hashes) == 2


def test_an_unreleased_file_is_out_of_reach(world: World, vault: Vault) -> None:
    made = released(world)
    with world.work() as work:
        next_ = records.revise(work, world.gate, world.actor(work, "ida"), made.record_id)
    view = attach(world, vault, next_.version_id)
    with pytest.raises(Refused):
        download(world, vault, "eric", view.id)
    assert read(world, "eric", made.record_id).attachments == ()
