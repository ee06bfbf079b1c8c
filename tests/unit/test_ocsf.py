"""Every entry of the log can be told as an OCSF event that the released schema takes."""

import copy
from typing import Any

import pytest

from app.audit.exports.ocsf import Place, StillKnown, ocsf_event
from app.web.log_words import EVENT_WORDS
from tests.ocsf_schema import released

PERSON = "01900000-0000-7000-8000-000000000001"
THING = "01900000-0000-7000-8000-000000000002"
PLACE = Place("portal.example/log/2026", 7, bytes(32))
KNOWN = StillKnown({PERSON: "Ida"}, {"imda": "An authority"}, "192.0.2.7")
KINDS = ("record", "version", "attachment", "person", "organisation", "party", "agreement")
ASKED = ("request", "recall")
REFUSED = ("read", "download", "amend", "approve", "review-log", "verify-log", "admit", "draft")


def entry(event: str, subject: str = "", decision: str = "allow", **changes: Any) -> dict[str, Any]:
    return {
        "schema": 1,
        "id": THING,
        "nonce": "00" * 16,
        "time": "2026-03-02T12:00:00.123456+00:00",
        "type": event,
        "subject": subject,
        "record": "",
        "actor": PERSON,
        "organisation": "imda",
        "organisations": ["imda"],
        "decision": decision,
        "policies": ["read-in-standing"],
        "audience": 3,
        "markings": ["SENSITIVE", "TLP:AMBER"],
        "served_bytes": 12,
        "details": {"version": 2, "roles": ["reader"], "clearance": "SENSITIVE"},
        "door": "web",
        "request": THING,
        "session": "0badcafe",
        "address_commitment": "",
        **changes,
    }


@pytest.mark.parametrize("event", [*EVENT_WORDS, *(f"{one}.refused" for one in REFUSED), "new.act"])
def test_every_event_is_valid_whatever_it_is_about(event: str) -> None:
    nobody = {"actor": "", "organisation": "", "policies": [], "markings": [], "session": ""}
    without: list[dict[str, Any]] = [{}, nobody, {"details": {}}]
    for kind in ("", *KINDS, *ASKED):
        subject = f"{kind}:{THING}" if kind else ""
        for decision in ("allow", "deny", ""):
            for changes in without:
                told = ocsf_event(entry(event, subject, decision, **changes), PLACE, KNOWN)
                assert released().faults(told) == [], (kind, decision, changes)


@pytest.mark.parametrize(
    ("event", "subject", "decision", "type_uid"),
    [
        ("record.read", "record", "allow", 600609),
        ("record.released", "version", "allow", 600612),
        ("attachment.added", "attachment", "allow", 600601),
        ("attachment.downloaded", "attachment", "allow", 600602),
        ("read.refused", "record", "deny", 600617),
        ("download.refused", "attachment", "deny", 600617),
        ("read.refused", "request", "deny", 600617),
        ("conversation.begun", "version", "allow", 600601),
        ("conversation.read", "version", "allow", 600609),
        ("conversation.message-withdrawn", "version", "allow", 600604),
        ("conversations.listed", "", "allow", 600302),
        ("recall.read", "recall", "allow", 600609),
        ("recall.exported", "recall", "allow", 600602),
        ("recall.confirmed", "recall", "allow", 600699),
        ("person.signed-in", "person", "allow", 300201),
        ("sign-in.refused", "", "deny", 300201),
        ("records.searched", "", "allow", 600302),
        ("log.reviewed", "party", "allow", 600302),
        ("review-log.refused", "party", "deny", 600399),
        ("person.suspended", "person", "allow", 300105),
        ("person.roles-assigned", "person", "allow", 300501),
        ("organisation.suspended", "organisation", "", 300412),
        ("policies.loaded", "policy-set", "", 600208),
    ],
)
def test_an_event_is_told_in_its_class(
    event: str, subject: str, decision: str, type_uid: int
) -> None:
    about = f"{subject}:{THING}" if subject else ""
    assert ocsf_event(entry(event, about, decision), PLACE, KNOWN)["type_uid"] == type_uid


def test_a_denial_says_so_and_names_the_policies() -> None:
    told = ocsf_event(entry("read.refused", f"record:{THING}", "deny"), PLACE, KNOWN)
    assert (told["action_id"], told["disposition_id"], told["status_id"]) == (2, 2, 2)
    assert told["authorizations"][0]["policy"]["uid"] == "read-in-standing"
    assert "security_control" in told["metadata"]["profiles"]


def test_a_release_that_was_refused_by_its_authority_is_no_denial() -> None:
    told = ocsf_event(entry("record.refused", f"version:{THING}"), PLACE, KNOWN)
    assert (told["action_id"], told["status_id"]) == (1, 1)


def test_every_event_says_where_it_stands_in_the_log() -> None:
    labels = ocsf_event(entry("record.read", f"record:{THING}"), PLACE, KNOWN)["metadata"]["labels"]
    assert labels == [
        "log_origin=portal.example/log/2026",
        "log_index=7",
        f"leaf_hash={'00' * 32}",
    ]


def test_erased_names_and_addresses_are_left_out() -> None:
    told = ocsf_event(entry("record.read", f"record:{THING}"), PLACE, StillKnown())
    assert told["actor"]["user"] == {
        "uid": PERSON,
        "type_id": 1,
        "type": "User",
        "org": {"uid": "imda"},
    }
    assert "ip" not in told["src_endpoint"]


@pytest.mark.parametrize(
    ("address", "told"), [("192.0.2.7", True), ("2001:db8::7", True), ("a host", False)]
)
def test_only_an_ip_address_is_told_as_one(address: str, told: bool) -> None:
    event = ocsf_event(entry("record.read", f"record:{THING}"), PLACE, StillKnown(address=address))
    assert released().faults(event) == []
    assert ("ip" in event["src_endpoint"]) is told


def test_nothing_of_an_entry_is_lost() -> None:
    given = entry("record.read", f"record:{THING}")
    assert ocsf_event(given, PLACE, KNOWN)["unmapped"].keys() >= {
        *("details", "markings", "nonce", "served_bytes", "organisations", "address_commitment"),
        *("schema", "audience", "record", "subject", "policies"),
    }


SPOILED: list[tuple[list[str], Any]] = [
    (["class_uid"], 1),
    (["type_uid"], 600602),
    (["category_uid"], 3),
    (["activity_id"], 77),
    (["activity_name"], "Upload"),
    (["metadata", "version"], "1.7.0"),
    (["metadata", "profiles"], ["security_control"]),
    (["metadata", "profiles"], ["host", "security_control", "none"]),
    (["metadata", "labels"], "one"),
    (["metadata", "product"], {}),
    (["time"], "2026-03-02T12:00:00Z"),
    (["file", "name"], None),
    (["file", "surprise"], "x"),
    (["actor"], {}),
    (["actor", "user", "uid"], 3),
    (["src_endpoint", "ip"], "nowhere"),
    (["authorizations"], {}),
    (["unmapped"], "text"),
    (["surprise"], 1),
]


@pytest.mark.parametrize(("path", "value"), SPOILED)
def test_the_validator_sees_what_is_wrong(path: list[str], value: Any) -> None:
    told = copy.deepcopy(ocsf_event(entry("record.read", f"record:{THING}"), PLACE, KNOWN))
    assert released().faults(told) == []
    place = told
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert released().faults(told) != []


@pytest.mark.parametrize("name", ["time", "metadata", "file", "src_endpoint", "severity_id"])
def test_the_validator_sees_what_is_missing(name: str) -> None:
    told = ocsf_event(entry("record.read", f"record:{THING}"), PLACE, KNOWN)
    del told[name]
    assert released().faults(told) != []
