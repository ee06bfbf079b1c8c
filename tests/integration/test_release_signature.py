"""What was approved is signed: the signature holds, and fails when anything changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app import identity, release
from app.core.canonical import canonical_bytes
from app.core.ids import PersonId, RecordId, VersionId, new_id
from app.identity import IdentityKeys, SigningKey
from app.identity.signatures import sign
from app.release import BrokenSignature, DecisionView
from tests.records_world import begin, marking
from tests.release_world import KEYS, approve, consent, history, last_hash, submit, withdraw
from tests.world import World

Change = Callable[[DecisionView], DecisionView]


def released(world: World) -> tuple[DecisionView, DecisionView]:
    """A consent and an approval, as the portal shows them afterwards."""
    made = begin(
        world, "ida", originator="eu-ai-office", marking=marking("TLP:AMBER", "org:uni-eu")
    )
    submit(world, made.version_id)
    consent(world, made.version_id, "emil")
    approve(world, made.version_id)
    shown = {one.kind: one for one in history(world, made.record_id, "ida")}
    return shown["consent"], shown["approve"]


def said(**changes: object) -> Change:
    """A change of what the statement says."""
    return lambda one: replace(one, statement={**one.statement, **changes})


def audience(**changes: object) -> Change:
    """A change of the audience in the statement."""
    return lambda one: replace(
        one, statement={**one.statement, "audience": {**one.statement["audience"], **changes}}
    )


CHANGES: dict[str, Change] = {
    "content": lambda one: replace(one, content_hash_hex="0" * 64),
    "content, statement too": lambda one: said(content_hash="0" * 64)(
        replace(one, content_hash_hex="0" * 64)
    ),
    "kind": lambda one: replace(one, kind="consent" if one.kind == "approve" else "approve"),
    "person": lambda one: replace(one, person_id=PersonId(new_id())),
    "time": lambda one: replace(one, decided_at=one.decided_at + timedelta(seconds=1)),
    "comment": lambda one: replace(one, comment="Something else."),
    "record": lambda one: replace(one, record_id=RecordId(new_id())),
    "version": lambda one: replace(one, version_id=VersionId(new_id())),
    "markings": said(markings=["TLP:CLEAR"]),
    "reference": said(reference="ENT-2026-000000"),
    "number": said(number=2),
    "organisation": said(organisation="dtc"),
    "people": audience(people=1),
    "who they are": audience(people_hash="0" * 64),
    "organisations": audience(organisations={}),
    "public": audience(public=True),
    "something more": said(more=True),
    "no signature": lambda one: replace(one, signature=None),
    "half a signature": lambda one: replace(one, signature=(one.signature or "")[:-4]),
}


def test_the_signature_holds_and_says_what_was_decided(world: World) -> None:
    agreed, approved = released(world)
    assert release.verify_decision(KEYS, approved) == (
        "On 2026-03-02 at 12:00 UTC, Iris, Infocomm Media Development Authority, approved version "
        f"1 of {approved.statement['reference']} for 6 people of 3 organisations, marked "
        "TLP:AMBER. The signature holds: the content has the hash "
        f"{last_hash(world, approved.version_id)}."
    )
    assert "Emil, EU AI Office, consented to version 1 of" in release.verify_decision(KEYS, agreed)


def test_it_fails_when_anything_changes(world: World) -> None:
    agreed, approved = released(world)
    for name, change in CHANGES.items():
        with pytest.raises(BrokenSignature):
            release.verify_decision(KEYS, change(approved))
            pytest.fail(name)
    with pytest.raises(BrokenSignature):
        release.verify_decision(KEYS, replace(approved, signature=agreed.signature))


def test_another_deployments_signature_is_none(world: World) -> None:
    _, approved = released(world)
    others = IdentityKeys(SigningKey.new(), sealing=bytes(32))
    forged = identity.sign_statement(others, approved.statement)
    for keys, signature in ((others, approved.signature), (KEYS, forged)):
        with pytest.raises(BrokenSignature):
            release.verify_decision(keys, replace(approved, signature=signature))


def test_a_token_is_no_approval(world: World) -> None:
    _, approved = released(world)
    token = sign(KEYS, canonical_bytes(dict(approved.statement)), typ="at+jwt")
    with pytest.raises(BrokenSignature):
        release.verify_decision(KEYS, replace(approved, signature=token))


def test_a_retired_key_still_verifies(world: World) -> None:
    _, approved = released(world)
    rotated = IdentityKeys(SigningKey.new(), bytes(32), retired=(KEYS.signing.public,))
    assert "The signature holds" in release.verify_decision(rotated, approved)


def test_what_is_not_signed_says_so(world: World) -> None:
    _, approved = released(world)
    withdrawn = withdraw(world, approved.version_id)
    with pytest.raises(BrokenSignature, match="not signed"):
        release.verify_decision(KEYS, withdrawn)


@pytest.mark.parametrize("change", ["UPDATE decisions SET comment = 'x'", "DELETE FROM decisions"])
def test_decisions_are_never_rewritten(world: World, change: str) -> None:
    released(world)
    with world.owner() as session, pytest.raises(ProgrammingError, match="never changed"):
        session.execute(text(change))
    with world.work() as work, pytest.raises(ProgrammingError, match="permission denied"):
        work.session.execute(text(change))
