"""The PKCS#11 token: its keys never come out, and what goes wrong with a token is told plainly."""

import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from threading import Event
from typing import Any

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

from app.core.clock import utc_now
from app.vault import KeyUnavailable, OrgKey
from app.vault.pkcs11_keys import Pkcs11Keys
from app.vault.pkcs11_thread import thread_of
from tests.key_places import SECRET, make_place, softhsm

DATA_KEY = bytes(range(32))


@pytest.fixture
def keys() -> Pkcs11Keys:
    module, label = softhsm()
    return Pkcs11Keys(Path(module), label, SECRET, now=utc_now, timeout_seconds=5)


def at_token(ask: Callable[[Any], Any]) -> Any:
    """Do something with a session of the token, on the thread that may."""
    module, label = softhsm()

    def act() -> Any:
        with pkcs11.lib(module).get_token(token_label=label).open(rw=True) as session:
            return ask(session)

    return thread_of(module).ask(act, 10)


def take_value(session: Any, key: Any) -> None:
    key[Attribute.VALUE]


def wrap_out(session: Any, key: Any) -> None:
    template = {Attribute.WRAP: True, Attribute.SENSITIVE: False}
    taker = session.generate_key(KeyType.AES, 256, template=template)
    taker.wrap_key(key, mechanism=Mechanism.AES_KEY_WRAP)


def make_extractable(session: Any, key: Any) -> None:
    key[Attribute.EXTRACTABLE] = True


def copy_extractable(session: Any, key: Any) -> None:
    key.copy({Attribute.EXTRACTABLE: True})


@pytest.mark.parametrize("take", [take_value, wrap_out, make_extractable, copy_extractable])
def test_a_key_does_not_come_out_of_the_token(
    keys: Pkcs11Keys, take: Callable[[Any, Any], None]
) -> None:
    made = keys.create_key("imda")

    def attempt(session: Any) -> None:
        (key,) = list(session.get_objects({Attribute.ID: made.id.encode()}))
        take(session, key)

    with pytest.raises(pkcs11.PKCS11Error):
        at_token(attempt)


def test_a_key_was_never_outside_and_does_nothing_but_wrap(keys: Pkcs11Keys) -> None:
    made = keys.create_key("imda")

    def look(session: Any) -> dict[str, set[bool]]:
        asked = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.ID: made.id.encode()}
        (key,) = list(session.get_objects(asked))
        names = "TOKEN PRIVATE SENSITIVE ALWAYS_SENSITIVE NEVER_EXTRACTABLE LOCAL ENCRYPT DECRYPT"
        never = "EXTRACTABLE MODIFIABLE WRAP UNWRAP SIGN VERIFY DERIVE"
        return {
            "yes": {key[Attribute[name]] for name in names.split()},
            "no": {key[Attribute[name]] for name in never.split()},
        }

    assert at_token(look) == {"yes": {True}, "no": {False}}


def test_a_token_that_hangs_makes_keys_unavailable_and_not_the_portal(keys: Pkcs11Keys) -> None:
    module, _ = softhsm()
    key = keys.create_key("imda")
    over = Event()
    keys._timeout_seconds = 0.2
    with pytest.raises(TimeoutError):
        thread_of(module).ask(over.wait, 0.01)

    begun = time.monotonic()
    with pytest.raises(KeyUnavailable, match="does not answer in time"):
        keys.create_key("imda-late")
    assert time.monotonic() - begun < 2

    over.set()
    keys._timeout_seconds = 5
    assert keys.wrap(key.id, DATA_KEY, b"") != b""
    # What nobody waited for any more was not done behind their back.
    assert [one for one in keys.list_keys() if one.organisation == "imda-late"] == []


# The library complains to nobody that the search of the lost session cannot be ended.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_session_that_was_lost_is_opened_again(keys: Pkcs11Keys) -> None:
    key = keys.create_key("imda")
    thread_of(softhsm()[0]).ask(lambda: keys._session.close(), 5)

    assert keys.unwrap(key.id, keys.wrap(key.id, DATA_KEY, b"a"), b"a") == DATA_KEY


def test_a_destruction_that_broke_off_may_be_asked_again(keys: Pkcs11Keys) -> None:
    key = keys.create_key("imda")

    def record_only(session: Any) -> None:
        gone = OrgKey(key.id, key.organisation, key.created_at, utc_now())
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.DATA,
                Attribute.TOKEN: True,
                Attribute.LABEL: keys._names.of(gone),
            }
        )

    at_token(record_only)
    (told,) = [one for one in keys.list_keys() if one.id == key.id]
    assert told.destroyed_at is None
    keys.destroy(key.id)
    (told,) = [one for one in keys.list_keys() if one.id == key.id]
    assert told.destroyed_at is not None


def test_a_child_that_was_forked_uses_the_token_too(keys: Pkcs11Keys) -> None:
    key = keys.create_key("imda")
    wrapped = keys.wrap(key.id, DATA_KEY, b"a")
    forking = multiprocessing.get_context("fork")
    answers = forking.SimpleQueue()
    child = forking.Process(target=lambda: answers.put(keys.unwrap(key.id, wrapped, b"a")))
    child.start()
    child.join(20)

    assert child.exitcode == 0
    assert answers.get() == DATA_KEY
    assert keys.unwrap(key.id, wrapped, b"a") == DATA_KEY


SCRIPT = """
    import json, os, shutil, sys
    from pathlib import Path
    from app.core.clock import utc_now
    from app.vault import open_keys
    from tests.key_places import SECRET, init_token
    url, key, wrapped, tokens = sys.argv[1:]
    def told(ask):
        try:
            return ask()
        except Exception as problem:
            return [type(problem).__name__, str(problem)]
    def opened(address, secret=SECRET):
        return open_keys(address, secret=secret, now=utc_now, environ={})
    before = set(Path(tokens).iterdir())
    init_token("lost")
    (its_folder,) = set(Path(tokens).iterdir()) - before
    answers = {"absent": told(lambda: opened(url.replace("=entente", "=nobody")))}
    keys = opened(url)
    answers["unwrapped"] = keys.unwrap(key, bytes.fromhex(wrapped), b"a").hex()
    made = keys.create_key("dg-connect")
    answers["made"] = [made.id, keys.wrap(made.id, bytes(32), b"a").hex()]
    # Its last session is closed, and so the process is logged out.
    keys._thread.ask(keys._session.close, 5)
    answers["wrong"] = told(lambda: opened(url, "a wrong PIN"))
    keys._pin = "another PIN"
    answers["changed"] = [told(keys.check)]
    keys._pin = SECRET
    answers["changed"] += [told(keys.check), told(opened(url).check)]
    lost = opened(url.replace("=entente", "=lost"))
    of_lost = lost.create_key("imda")
    shutil.rmtree(its_folder)
    answers["lost"] = told(lambda: lost.wrap(of_lost.id, bytes(32), b"a"))
    print(json.dumps(answers))
"""


def test_another_process_shares_the_token_and_is_told_what_is_wrong(tmp_path: Path) -> None:
    place = make_place("pkcs11", tmp_path)
    keys = place.open()
    key = keys.create_key("imda")
    wrapped = keys.wrap(key.id, DATA_KEY, b"a")
    tokens = Path(os.environ["SOFTHSM2_CONF"]).parent / "tokens"
    ran = subprocess.run(
        [sys.executable, "-c", dedent(SCRIPT), place.url, key.id, wrapped.hex(), str(tokens)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)

    assert told["wrong"] == ["KeyUnavailable", "the token refuses its PIN"]
    assert told["absent"][0] == "KeyUnavailable"
    assert "no token of this label" in told["absent"][1]
    assert told["unwrapped"] == DATA_KEY.hex()
    made, theirs = told["made"]
    assert keys.unwrap(made, bytes.fromhex(theirs), b"a") == bytes(32)
    refused = ["KeyUnavailable", "the token refuses its PIN"]
    assert told["changed"] == [refused, refused, None]
    assert told["lost"][0] == "KeyUnavailable"
    assert "a wrong PIN" not in ran.stdout
    assert SECRET not in ran.stdout
