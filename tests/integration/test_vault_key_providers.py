"""One contract for every key provider: a file, a PKCS#11 token, AWS KMS, a transit engine."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.vault import (
    KeyDestroyed,
    KeyProvider,
    KeyUnavailable,
    NotAuthentic,
    OrgKeyId,
    current_key,
    ensure_key,
)
from tests.key_places import IMPATIENT, NETWORKED, PROVIDERS, SECRET, Place, make_place

DATA_KEY = bytes(range(32))
AAD = b'{"key":"k","marking":"RESTRICTED","scheme_version":"s","use":"entente/wrap/v1"}'


@pytest.fixture(params=PROVIDERS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return make_place(request.param, tmp_path)


@pytest.fixture(params=NETWORKED)
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return make_place(request.param, tmp_path)


@pytest.fixture
def keys(place: Place) -> KeyProvider:
    return place.open()


def test_a_wrapping_opens_and_is_never_the_same_twice(keys: KeyProvider) -> None:
    keys.check()
    assert keys.list_keys() == []
    key = keys.create_key("imda")

    first, second = (keys.wrap(key.id, DATA_KEY, AAD) for _ in range(2))

    assert first != second
    assert DATA_KEY not in first
    assert [keys.unwrap(key.id, one, AAD) for one in (first, second)] == [DATA_KEY] * 2


def test_it_opens_only_with_its_key_and_associated_data(keys: KeyProvider) -> None:
    ours, theirs = keys.create_key("imda"), keys.create_key("dg-connect")
    wrapped = keys.wrap(ours.id, DATA_KEY, AAD)

    for key_id, aad in ((ours.id, AAD + b" "), (ours.id, b""), (theirs.id, AAD)):
        with pytest.raises(NotAuthentic):
            keys.unwrap(key_id, wrapped, aad)


@pytest.mark.parametrize("kind", PROVIDERS)
def test_any_altered_byte_is_refused(kind: str, tmp_path: Path) -> None:
    keys = make_place(kind, tmp_path).open()
    key = keys.create_key("imda")
    wrapped = keys.wrap(key.id, DATA_KEY, AAD)
    # Where another key's id comes to stand in it, this KMS server says only that it refuses.
    refusals = (NotAuthentic, KeyUnavailable) if kind == "awskms" else NotAuthentic

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @example(at=3, other=1)  # transit keeps the version of the key here: none is numbered 0
    @given(at=st.integers(0, len(wrapped) - 1), other=st.integers(1, 255))
    def refuse(at: int, other: int) -> None:
        altered = bytearray(wrapped)
        altered[at] ^= other
        with pytest.raises(refusals):
            keys.unwrap(key.id, bytes(altered), AAD)

    refuse()
    for cut in (b"", wrapped[:-1], wrapped + b"\0"):
        with pytest.raises(NotAuthentic):
            keys.unwrap(key.id, cut, AAD)
    assert keys.unwrap(key.id, wrapped, AAD) == DATA_KEY


def test_keys_are_told_in_the_order_of_their_creation(place: Place, keys: KeyProvider) -> None:
    made = [
        keys.create_key("imda"),
        keys.create_key("dg-connect"),
        keys.create_key("imda", purpose="01930000-0000-7000-8000-0000000000a1"),
        keys.create_key("imda"),
    ]

    assert keys.list_keys() == place.open().list_keys() == made
    assert current_key(keys, "imda") == made[3].id
    keys.destroy(made[3].id)
    assert current_key(keys, "imda") == made[0].id
    keys.destroy(made[0].id)
    for ask in (current_key, ensure_key):
        with pytest.raises(KeyUnavailable):
            ask(keys, "imda")
    assert ensure_key(keys, "dg-connect") == made[1].id


def test_a_key_for_one_attachment_is_a_key_like_any_other(keys: KeyProvider) -> None:
    alone = keys.create_key("imda", purpose="01930000-0000-7000-8000-0000000000a1")

    assert ensure_key(keys, "imda") != alone.id
    assert keys.unwrap(alone.id, keys.wrap(alone.id, DATA_KEY, AAD), AAD) == DATA_KEY


def test_a_destroyed_key_opens_nothing_and_is_remembered(place: Place, keys: KeyProvider) -> None:
    key, other = keys.create_key("imda"), keys.create_key("imda", purpose="a1")
    wrapped, others = (keys.wrap(one.id, DATA_KEY, AAD) for one in (key, other))

    keys.destroy(key.id)

    for holder in (keys, place.open()):
        told = holder.list_keys()
        assert [one.id for one in told] == [key.id, other.id]
        assert [one.purpose for one in told] == ["organisation", "a1"]
        assert told[0].destroyed_at is not None
        assert told[0].created_at == key.created_at < told[0].destroyed_at
        with pytest.raises(KeyDestroyed):
            holder.unwrap(key.id, wrapped, AAD)
        with pytest.raises(KeyDestroyed):
            holder.wrap(key.id, DATA_KEY, AAD)
        with pytest.raises(KeyDestroyed):
            holder.destroy(key.id)
        assert holder.unwrap(other.id, others, AAD) == DATA_KEY
    assert [one.destroyed_at is None for one in keys.list_keys()] == [False, True]


def test_an_unknown_key_is_not_available(keys: KeyProvider) -> None:
    wrapped = keys.wrap(keys.create_key("imda").id, DATA_KEY, AAD)
    unknown = OrgKeyId("01930000-0000-4000-8000-000000000000")

    with pytest.raises(KeyUnavailable):
        keys.wrap(unknown, DATA_KEY, AAD)
    with pytest.raises(KeyUnavailable):
        keys.unwrap(unknown, wrapped, AAD)
    with pytest.raises(KeyUnavailable):
        keys.destroy(unknown)
    assert len(keys.list_keys()) == 1


def test_what_another_creates_and_destroys_is_seen_at_once(place: Place, keys: KeyProvider) -> None:
    command = place.open()
    key = command.create_key("imda")
    wrapped = keys.wrap(key.id, DATA_KEY, AAD)
    assert current_key(keys, "imda") == key.id

    command.destroy(key.id)

    with pytest.raises(KeyDestroyed):
        keys.unwrap(key.id, wrapped, AAD)
    with pytest.raises(KeyDestroyed):
        keys.wrap(key.id, DATA_KEY, AAD)


def test_many_threads_may_use_it_at_once(keys: KeyProvider) -> None:
    key = keys.create_key("imda")

    def use(number: int) -> bool:
        data_key = number.to_bytes(32)
        return keys.unwrap(key.id, keys.wrap(key.id, data_key, AAD), AAD) == data_key

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(40)))


def _tells_nothing(problem: KeyUnavailable) -> None:
    told = f"{problem.title} {problem.detail}"
    assert SECRET not in told
    assert "http" not in told
    assert DATA_KEY.hex() not in told


FAULTS = {
    "refused": None,
    "hanging": None,
    "error": (500, b'{"errors":["internal"]}'),
    "down": (503, b'{"errors":["Vault is sealed"]}'),
    "garbled": (200, b"<html>"),
    "redirected": (307, b""),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_service_that_is_down_is_told_plainly_and_soon(remote: Place, fault: str) -> None:
    keys = remote.open()
    key = keys.create_key("imda")
    wrapped = keys.wrap(key.id, DATA_KEY, AAD)
    hurried = remote.open(IMPATIENT) if fault == "hanging" else keys
    remote.faults.hanging = fault == "hanging"
    remote.faults.always = FAULTS[fault]
    if fault == "refused":
        remote.faults.close()

    for ask in (
        lambda: hurried.unwrap(key.id, wrapped, AAD),
        hurried.check,
    ):
        begun = time.monotonic()
        with pytest.raises(KeyUnavailable) as caught:
            ask()
        assert time.monotonic() - begun < 8
        _tells_nothing(caught.value)

    remote.faults.mend()
    if fault != "refused":
        assert keys.unwrap(key.id, wrapped, AAD) == DATA_KEY


FAILING = {
    "awskms": (400, b'{"__type":"ValidationException","message":"no"}'),
    "transit": (400, b'{"errors":["no"]}'),
}


def test_a_destruction_that_broke_off_may_be_asked_again(remote: Place) -> None:
    keys = remote.open()
    for passes in range(9):
        key = keys.create_key("imda")
        wrapped = keys.wrap(key.id, DATA_KEY, AAD)
        remote.faults.passes, remote.faults.always = passes, FAILING[remote.kind]
        try:
            keys.destroy(key.id)
        except KeyUnavailable:
            remote.faults.mend()
            told = {one.id: one.destroyed_at for one in keys.list_keys()}
            assert told[key.id] is None
            keys.destroy(key.id)
        remote.faults.mend()
        told = {one.id: one.destroyed_at for one in keys.list_keys()}
        assert told[key.id] is not None
        with pytest.raises(KeyDestroyed):
            keys.unwrap(key.id, wrapped, AAD)
    assert len(keys.list_keys()) == 9


BUSY = {
    "awskms": (400, b'{"__type":"ThrottlingException","message":"Rate exceeded"}'),
    "transit": (429, b'{"errors":["request path: rate limit quota exceeded"]}'),
}


def test_a_service_that_is_busy_is_asked_again(remote: Place) -> None:
    keys = remote.open()
    key = keys.create_key("imda")
    wrapped = keys.wrap(key.id, DATA_KEY, AAD)
    remote.faults.asked.clear()
    remote.faults.faults.append(BUSY[remote.kind])

    assert keys.unwrap(key.id, wrapped, AAD) == DATA_KEY
    assert remote.faults.asked[0] == remote.faults.asked[1]


def test_nothing_that_goes_over_the_network_tells_a_marking(tmp_path: Path) -> None:
    place = make_place("awskms", tmp_path)
    keys = place.open()
    key = keys.create_key("imda")

    keys.unwrap(key.id, keys.wrap(key.id, DATA_KEY, AAD), AAD)

    assert b"RESTRICTED" not in b"".join(place.faults.asked)
