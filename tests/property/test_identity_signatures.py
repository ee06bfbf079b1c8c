"""Whatever is altered in a signed statement, it no longer holds; unaltered, it says the same."""

import base64
import secrets
from datetime import timedelta

import pyotp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Unavailable
from app.core.ids import PersonId, new_id
from app.identity import (
    BadSignature,
    IdentityKeys,
    SigningKey,
    sign_statement,
    verify_statement,
)
from app.identity.second_factor import STEP_SECONDS, accepted_step, seal, unseal
from tests.world import NOON

KEYS = IdentityKeys(SigningKey.new(), secrets.token_bytes(32))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
STATEMENTS = st.dictionaries(st.text(max_size=10), PLAIN, max_size=4)
SIGNED = sign_statement(KEYS, {"version": "0198", "hash": "ab" * 32, "markings": ["SENSITIVE"]})
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
SECRET = secrets.token_bytes(20)
CODES = pyotp.TOTP(base64.b32encode(SECRET).decode())
PERSON = PersonId(new_id())


@given(STATEMENTS)
@settings(max_examples=60, deadline=None)
def test_a_statement_comes_back_as_it_was_signed(statement: dict[str, object]) -> None:
    assert verify_statement(KEYS, sign_statement(KEYS, statement)) == statement


@given(st.integers(0, len(SIGNED) - 1), st.sampled_from(ALPHABET))
@settings(max_examples=200, deadline=None)
def test_no_character_can_be_changed(position: int, character: str) -> None:
    altered = SIGNED[:position] + character + SIGNED[position + 1 :]
    if altered == SIGNED:
        return
    with pytest.raises(BadSignature):
        verify_statement(KEYS, altered)


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 10))
@settings(max_examples=60, deadline=None)
def test_nothing_can_be_left_out(position: int, length: int) -> None:
    with pytest.raises(BadSignature):
        verify_statement(KEYS, SIGNED[:position] + SIGNED[position + length :])


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_nothing_else_is_a_statement(text: str) -> None:
    with pytest.raises(BadSignature):
        verify_statement(KEYS, text)


@given(st.integers(0, 10**9), st.integers(-5, 5))
@settings(max_examples=100, deadline=None)
def test_a_code_is_taken_from_one_step_before_to_one_after(second: int, steps: int) -> None:
    now = NOON + timedelta(seconds=second)
    code = CODES.at(now + timedelta(seconds=steps * STEP_SECONDS))
    near = {CODES.at(now + timedelta(seconds=offset * STEP_SECONDS)) for offset in (-1, 0, 1)}

    assert (accepted_step(SECRET, code, now, last_step=0) is not None) == (code in near)


@given(st.integers(0, 10**9), st.integers(0, 4))
@settings(max_examples=100, deadline=None)
def test_no_code_works_twice(second: int, later: int) -> None:
    now = NOON + timedelta(seconds=second)
    code = CODES.at(now)
    step = accepted_step(SECRET, code, now, last_step=0)
    assert step is not None

    again = accepted_step(SECRET, code, now + timedelta(seconds=10 * later), last_step=step)
    assert again is None or again > step  # only where two steps have the same code


@given(st.text(max_size=12))
@settings(max_examples=100, deadline=None)
def test_what_is_no_code_is_just_wrong(code: str) -> None:
    near = {CODES.at(NOON, counter_offset=offset) for offset in (-1, 0, 1)}
    assert (accepted_step(SECRET, code, NOON, last_step=0) is not None) == (code in near)


@given(st.integers(0, 12 + 20 + 16 - 1), st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_a_sealed_secret_opens_only_whole_and_for_its_person(position: int, mask: int) -> None:
    sealed = seal(KEYS.sealing, PERSON, SECRET, random_bytes=secrets.token_bytes)
    altered = bytearray(sealed)
    altered[position] ^= mask

    assert unseal(KEYS.sealing, PERSON, sealed) == SECRET
    for key, person, body in (
        (KEYS.sealing, PERSON, bytes(altered)),
        (KEYS.sealing, PERSON, sealed[:position]),
        (KEYS.sealing, PersonId(new_id()), sealed),
        (bytes(32), PERSON, sealed),
    ):
        with pytest.raises(Unavailable):
            unseal(key, person, body)
