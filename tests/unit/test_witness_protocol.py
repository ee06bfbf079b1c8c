"""A witness answers as tlog-witness says, and cosigns only what continues what it cosigned."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app import tlog
from app.core.errors import Invalid, Unavailable
from app.witness import Refusal, TrustedLogs, Witness, WitnessKeys, WitnessState, create_app
from tests.tlog_world import AT, LOG, LOG_PQ, ORIGIN, SG, ed25519, signed
from tests.witness_world import FORK, TREE, cosigned, make_witness, request


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return make_witness(tmp_path)


@pytest.fixture
def client(witness: Witness) -> TestClient:
    return TestClient(create_app(witness), raise_server_exceptions=False)


def post(client: TestClient, body: bytes) -> tuple[int, str]:
    answer = client.post("/add-checkpoint", content=body)
    return answer.status_code, answer.text


def body_with(note: tlog.Note, *, old: int = 0, proof: tuple[bytes, ...] = ()) -> bytes:
    return tlog.AddCheckpoint(old, proof, note.serialised()).serialised()


def test_a_first_checkpoint_is_cosigned_with_both_keys(client: TestClient, tmp_path: Path) -> None:
    answer = client.post("/add-checkpoint", content=request(0, 50))

    keys = WitnessKeys.load_or_create(tmp_path, None).vkeys
    note = signed(TREE, 50, LOG)
    lines = tlog.parse_cosignatures(answer.content, note, keys)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert tlog.verify_note(tlog.Note(note.text, lines), keys) == tuple(
        tlog.Verified(key, AT) for key in keys
    )


def test_what_continues_is_cosigned_and_served(client: TestClient, tmp_path: Path) -> None:
    given = [post(client, request(old, size)) for old, size in [(0, 3), (3, 64), (64, 120)]]

    assert [status for status, _ in given] == [200, 200, 200]
    answer = client.get(f"/{tlog.origin_hash(ORIGIN)}/checkpoint")
    served = tlog.Note.parse(answer.content)
    keys = WitnessKeys.load_or_create(tmp_path, None).vkeys
    assert (answer.status_code, served.text) == (200, signed(TREE, 120, LOG).text)
    assert served.serialised() == signed(TREE, 120, LOG).serialised() + given[-1][1]
    assert len(tlog.verify_note(served, [LOG.vkey, *keys])) == 3


def test_the_same_checkpoint_is_cosigned_again(client: TestClient) -> None:
    post(client, request(0, 50))

    assert post(client, request(50, 50))[0] == 200


def test_an_empty_log_is_cosigned(client: TestClient) -> None:
    assert post(client, request(0, 0))[0] == 200
    assert post(client, request(0, 7))[0] == 200


def test_another_old_size_is_told_the_right_one(client: TestClient) -> None:
    post(client, request(0, 50))

    answer = client.post("/add-checkpoint", content=request(40, 60))

    assert (answer.status_code, answer.content) == (409, b"50\n")
    assert answer.headers["content-type"] == "text/x.tlog.size"
    assert post(client, request(0, 60)) == (409, "50\n")


def test_a_smaller_checkpoint_is_refused(client: TestClient, tmp_path: Path) -> None:
    post(client, request(0, 50))

    shrunk = body_with(signed(TREE, 40, LOG), old=50)

    assert post(client, shrunk)[0] == 400
    assert post(client, request(30, 40)) == (409, "50\n")
    assert cosigned(tmp_path) == tlog.Checkpoint(ORIGIN, 50, TREE.root(50))


FORGED: dict[str, Callable[[], bytes]] = {
    "another-log-after-the-fork": lambda: request(50, 60, FORK),
    "another-root-of-the-same-size": lambda: request(50, 50, FORK),
    "proof-of-another-size": lambda: body_with(
        signed(TREE, 60, LOG), old=50, proof=tuple(tlog.consistency_proof(40, 60, TREE))
    ),
    "no-proof": lambda: body_with(signed(TREE, 60, LOG), old=50),
    "proof-too-long": lambda: body_with(
        signed(TREE, 60, LOG),
        old=50,
        proof=(*tlog.consistency_proof(50, 60, TREE), b"a" * 32),
    ),
    "proof-where-there-is-nothing-to-prove": lambda: body_with(
        signed(TREE, 50, LOG), old=50, proof=(b"a" * 32,)
    ),
}


@pytest.mark.parametrize("fault", FORGED)
def test_what_does_not_continue_is_not_cosigned(
    client: TestClient, tmp_path: Path, fault: str
) -> None:
    post(client, request(0, 50))
    before = cosigned(tmp_path)

    status, text = post(client, FORGED[fault]())

    assert status == 422
    assert "—" not in text
    assert cosigned(tmp_path) == before
    assert post(client, request(50, 60))[0] == 200


def test_a_first_checkpoint_has_no_proof(client: TestClient) -> None:
    assert post(client, body_with(signed(TREE, 5, LOG), proof=(b"a" * 32,)))[0] == 422


def test_an_empty_log_has_the_root_of_the_empty_tree(client: TestClient) -> None:
    text = tlog.Checkpoint(ORIGIN, 0, b"a" * 32).text()

    assert post(client, body_with(tlog.Note(text, (LOG.sign(text, AT),))))[0] == 422


def test_two_logs_of_one_size_are_kept_as_evidence(
    client: TestClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    post(client, request(0, 50))
    with caplog.at_level(logging.CRITICAL, logger="entente.witness"):
        post(client, request(50, 50, FORK))
        post(client, request(50, 50, FORK))

    (evidence,) = tmp_path.glob("*.contradiction-*")
    assert evidence.read_text() == signed(FORK, 50, LOG).serialised()
    assert "two different logs of 50 entries" in caplog.text


def test_evidence_does_not_fill_the_disk(client: TestClient, tmp_path: Path) -> None:
    post(client, request(0, 50))
    for number in range(100):
        (tmp_path / f"{tlog.origin_hash(ORIGIN)}.contradiction-{number:016x}").touch()

    post(client, request(50, 50, FORK))

    assert len(list(tmp_path.glob("*.contradiction-*"))) == 100


def test_an_unknown_log_is_refused(client: TestClient) -> None:
    note = signed(TREE, 5, tlog.Signer.ed25519("other.example", ed25519("log")), origin="o.example")

    assert post(client, body_with(note))[0] == 404


def test_a_checkpoint_that_the_log_did_not_sign_is_refused(client: TestClient) -> None:
    imposter = tlog.Signer.ed25519(ORIGIN, ed25519("imposter"))
    good = signed(TREE, 5, LOG)
    moved = tlog.Note(signed(TREE, 6, LOG).text, good.signatures)
    half = tlog.Note(good.text, (*good.signatures, *signed(TREE, 6, LOG_PQ).signatures))

    assert post(client, body_with(signed(TREE, 5, imposter)))[0] == 403
    assert post(client, body_with(moved))[0] == 403
    assert post(client, body_with(half))[0] == 403


def test_either_key_of_the_log_is_enough(tmp_path: Path) -> None:
    only_pq = make_witness(tmp_path, logs=(LOG_PQ.vkey.text(),))

    assert only_pq.add_checkpoint(body_with(signed(TREE, 5, LOG, LOG_PQ)))


def test_only_the_log_s_own_signatures_are_kept(client: TestClient, tmp_path: Path) -> None:
    stranger = tlog.Signer.ed25519("stranger.example", ed25519("stranger"))

    post(client, body_with(signed(TREE, 5, stranger, LOG)))

    served = tlog.Note.parse(client.get(f"/{tlog.origin_hash(ORIGIN)}/checkpoint").content)
    assert [one.name for one in served.signatures] == [ORIGIN, SG, SG]


@pytest.mark.parametrize(
    "body",
    [b"", b"old 0\n\n", b"old 0\n\nno note\n", request(0, 5)[:-2], request(0, 5) + b"\n"],
)
def test_a_malformed_request_is_refused(client: TestClient, body: bytes) -> None:
    assert post(client, body)[0] == 400


def test_a_request_beyond_the_limit_is_not_read_to_its_end(client: TestClient) -> None:
    assert post(client, b"a" * (tlog.MAX_REQUEST_BYTES + 1))[0] == 413


def test_a_line_that_mldsa44_would_leave_out_is_cosigned_with_ed25519_alone(
    client: TestClient,
) -> None:
    text = tlog.Checkpoint(ORIGIN, 5, TREE.root(5), ("further",)).text()

    status, lines = post(client, body_with(tlog.Note(text, (LOG.sign(text, AT),))))

    assert (status, lines.count("\n")) == (200, 1)
    assert post(client, request(5, 9))[0] == 200


@pytest.mark.parametrize("path", ["", "00" * 32, "../keys", "A" * 64, "%2e%2e"])
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    post(client, request(0, 5))

    assert client.get(f"/{path}/checkpoint").status_code == 404
    assert client.get("/keys.json").status_code == 404
    assert client.get("/add-checkpoint").status_code == 405


def test_no_file_beside_the_records_is_served(tmp_path: Path) -> None:
    witness = make_witness(tmp_path / "state")
    (tmp_path / "outside.checkpoint").write_text("secret")
    (tmp_path / "state" / "other.checkpoint").write_text("secret")

    for name in ("../outside", "other"):
        with pytest.raises(Refusal) as refused:
            witness.checkpoint(name)
        assert refused.value.status == 404


def test_a_clock_that_is_set_back_does_not_contradict_an_earlier_cosignature(
    tmp_path: Path,
) -> None:
    make_witness(tmp_path, at=AT).add_checkpoint(request(0, 50))

    later = make_witness(tmp_path, at=AT - 3600).add_checkpoint(request(50, 60))

    keys = WitnessKeys.load_or_create(tmp_path, None).vkeys
    note = tlog.Note(signed(TREE, 60, LOG).text, tlog.parse_signatures(later))
    assert {one.timestamp for one in tlog.verify_note(note, keys)} == {AT}


@pytest.mark.parametrize("damage", ["cut", "emptied", "another-log", "not-its-own"])
def test_a_damaged_record_is_never_taken_for_none(tmp_path: Path, damage: str) -> None:
    witness = make_witness(tmp_path)
    witness.add_checkpoint(request(0, 50))
    (record,) = tmp_path.glob("*.checkpoint")
    text = record.read_text()
    other = tlog.Checkpoint("other.example", 5, b"a" * 32).text()
    signers = WitnessKeys.load_or_create(tmp_path, None).signers
    record.write_text(
        {
            "cut": text[:-9],
            "emptied": "",
            "another-log": tlog.Note(other, (signers[0].sign(other, AT),)).serialised(),
            "not-its-own": signed(TREE, 40, LOG).serialised(),
        }[damage]
    )

    with pytest.raises(Unavailable):
        witness.add_checkpoint(request(0, 50))
    client = TestClient(create_app(witness), raise_server_exceptions=False)
    assert post(client, request(40, 50))[0] == 500


class TestTrust:
    def test_a_new_log_is_taken_up_without_a_restart(self, tmp_path: Path) -> None:
        next_year = tlog.Signer.ed25519("portal.example/log/2027", ed25519("next"))
        witness = make_witness(tmp_path)
        body = body_with(signed(TREE, 5, next_year, origin=next_year.vkey.name))
        with pytest.raises(Refusal) as refused:
            witness.add_checkpoint(body)
        assert refused.value.status == 404

        (tmp_path / "logs").write_text(f"# the log of 2027\n\n{next_year.vkey.text()}\n")

        assert witness.add_checkpoint(body)
        assert witness.add_checkpoint(request(0, 50))

    def test_a_new_key_is_taken_up_and_the_old_one_let_go(self, tmp_path: Path) -> None:
        new = tlog.Signer.ed25519(ORIGIN, ed25519("new"))
        (tmp_path / "logs").write_text(f"{LOG.vkey.text()}\n")
        witness = make_witness(tmp_path, logs=())
        witness.add_checkpoint(request(0, 5))

        (tmp_path / "logs").write_text(f"{LOG.vkey.text()}\n{new.vkey.text()}\n")
        assert witness.add_checkpoint(body_with(signed(TREE, 5, new), old=5))
        (tmp_path / "logs").write_text(f"{new.vkey.text()}\n")
        with pytest.raises(Refusal) as refused:
            witness.add_checkpoint(request(5, 9))

        assert refused.value.status == 403

    def test_a_file_that_became_wrong_changes_nothing(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "logs").write_text(f"{LOG.vkey.text()}\n")
        witness = make_witness(tmp_path, logs=())

        (tmp_path / "logs").write_text("no key\n")

        assert witness.add_checkpoint(request(0, 5))
        assert "not the key of a log" in caplog.text

    @pytest.mark.parametrize(
        "line", ["no key", " ", tlog.Signer.cosigner_ed25519("w", ed25519("w")).vkey.text()]
    )
    def test_a_file_that_is_wrong_from_the_start_is_refused(
        self, tmp_path: Path, line: str
    ) -> None:
        (tmp_path / "logs").write_text(f"{line}\n")

        with pytest.raises(Invalid):
            TrustedLogs.load([], tmp_path)


class TestKeys:
    def test_keys_are_made_once_and_read_by_their_owner_alone(self, tmp_path: Path) -> None:
        made = WitnessKeys.load_or_create(tmp_path, SG)

        assert WitnessKeys.load_or_create(tmp_path, None).vkeys == made.vkeys
        assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
        assert list(tmp_path.iterdir()) == [tmp_path / "keys.json"]

    def test_keys_that_others_can_read_are_refused(self, tmp_path: Path) -> None:
        WitnessKeys.load_or_create(tmp_path, SG)
        (tmp_path / "keys.json").chmod(0o640)

        with pytest.raises(Unavailable, match="chmod 600"):
            WitnessKeys.load_or_create(tmp_path, SG)

    @pytest.mark.parametrize("name", [None, "", "a b", "a+b", "n" * 256])
    def test_a_new_witness_has_a_name(self, tmp_path: Path, name: str | None) -> None:
        with pytest.raises(Invalid):
            WitnessKeys.load_or_create(tmp_path, name)
        assert list(tmp_path.iterdir()) == []

    def test_a_key_does_not_change_its_name(self, tmp_path: Path) -> None:
        WitnessKeys.load_or_create(tmp_path, SG)

        with pytest.raises(Invalid, match=SG):
            WitnessKeys.load_or_create(tmp_path, "other.example")

    @pytest.mark.parametrize(
        "text", ["", "{}", "[]", '{"name": "a", "ed25519": "", "mldsa44": ""}']
    )
    def test_keys_that_cannot_be_read_are_not_made_anew(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "keys.json").write_text(text)
        (tmp_path / "keys.json").chmod(0o600)

        with pytest.raises(Unavailable):
            WitnessKeys.load_or_create(tmp_path, SG)


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(Unavailable):
        WitnessState.open(tmp_path / "file" / "state")


def test_the_record_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    make_witness(tmp_path / "state").add_checkpoint(request(0, 5))

    assert (tmp_path / "state").stat().st_mode & 0o077 == 0
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "state").iterdir()} == {0}
