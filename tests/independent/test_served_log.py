"""The log as it is served, witnessed over HTTP, verified by an implementation in JavaScript."""

import json
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import httpx

from app import log
from app.core.database import Database
from app.demo import run_witnesses
from tests.api_world import Api
from tests.log_world import write
from tests.portal import serving

VERIFIER = Path(__file__).parent / "verify.mjs"
NODE = Path(sys.executable).with_name("node")


def verify(url: str, policy: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [str(NODE), str(VERIFIER), url, "--policy", str(policy), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


SIZE = 600


def test_the_served_log_verifies(peopled_database: Database, tmp_path: Path) -> None:
    stop = threading.Event()
    with serving(peopled_database, tmp_path) as portal, log.new_client() as client:
        world, api = portal.world, Api(portal)
        world.log = replace(world.log, post=log.http_post(client))
        run_witnesses(world.log, tmp_path, stop)
        token = api.token("aude")
        write(world, SIZE)
        world.sequence()
        for witness in log.witnesses(world.log.policy()):
            log.ask_witness(world.log, witness)
        policy = tmp_path / "policy"
        published = httpx.get(f"{portal.url}/log/policy").text
        keys = httpx.get(f"{portal.url}/log/keys").text.splitlines()
        # The policy names the keys that every verifier knows; this one knows the others too.
        others = "".join(f"log {key}\n" for key in keys if key not in published)
        policy.write_text(others + published)

        told = verify(f"{portal.url}/log", policy, "--token", token)
        hashes = verify(f"{portal.url}/log", policy, "--no-entries")
        strangers = verify(f"{portal.url}/log", policy)
        stop.set()

    assert told.returncode == 0, told.stderr
    answer = json.loads(told.stdout)
    assert answer["size"] >= SIZE
    assert [one["type"] for one in answer["signed"]] == [1, 6]
    assert sorted(one["type"] for one in answer["witnessed"]) == [4, 4]
    # Meanwhile the log has grown: that its entries were read stands on it.
    assert json.loads(hashes.stdout)["size"] >= answer["size"]
    assert "401" in strangers.stderr
