"""Says an entry of the log as an OCSF event, for a SIEM: the same facts, in words it knows.

Every event carries its place in the log and its leaf hash, so that whoever finds something in a
SIEM can prove it against the log. Names of people and addresses are told only while they exist.
Source: OCSF 1.8.0 (schema.ocsf.io), with the profiles host, cloud and security_control.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Final

from app.audit.exports.ocsf_classes import (
    ASSIGN,
    CATEGORIES,
    ENTITIES,
    OTHER,
    REVOKE,
    Activity,
    OcsfClass,
    activity_of,
)

OCSF_VERSION: Final = "1.8.0"
PRODUCT: Final = {"name": "Entente", "uid": "entente", "vendor_name": "Entente"}
FAILED: Final = (".refused", ".damaged")
SEVERITIES: Final = {1: "Informational", 2: "Low", 4: "High"}
# What every event tells in an attribute; everything else goes to `unmapped`: nothing is lost.
TOLD: Final = frozenset({"id", "time", "type", "actor", "decision", "request", "session"})
Entry = Mapping[str, Any]
Told = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where an entry stands: the log's origin, its index from 0, and its leaf hash, 32 bytes."""

    origin: str
    index: int
    leaf_hash: bytes


@dataclass(frozen=True)
class StillKnown:
    """What stands beside the log and may have been erased: names by id or slug, the address."""

    people: Mapping[str, str] = field(default_factory=dict)
    organisations: Mapping[str, str] = field(default_factory=dict)
    address: str = ""


def ocsf_event(entry: Entry, place: Place, known: StillKnown) -> Told:
    """Give the OCSF event that says what an entry says."""
    kind, _, what = str(entry["subject"]).partition(":")
    activity = activity_of(entry["type"], kind, entry["decision"])
    if activity == ASSIGN and not _privileges(entry):
        activity = REVOKE
    failed = entry["decision"] == "deny" or (
        entry["type"].endswith(FAILED) and entry["decision"] != "allow"
    )
    severity = 4 if entry["type"].endswith(".damaged") else 2 if failed else 1
    return {
        "activity_id": activity.id,
        "activity_name": activity.caption(entry["type"]),
        "category_uid": activity.ocsf.category,
        "category_name": CATEGORIES[activity.ocsf.category],
        "class_uid": int(activity.ocsf),
        "class_name": activity.ocsf.caption,
        "type_uid": activity.type_uid,
        "type_name": f"{activity.ocsf.caption}: {activity.caption('Other')}",
        "time": _milliseconds(entry["time"]),
        "severity_id": severity,
        "severity": SEVERITIES[severity],
        "status_id": 2 if failed else 1,
        "status": "Failure" if failed else "Success",
        "message": entry["type"],
        "metadata": _metadata(entry, place, activity),
        "actor": _actor(entry, known),
        **_where_from(entry, known, activity),
        **_decision(entry),
        **_about(entry, known, activity, kind, what),
        "unmapped": {name: value for name, value in entry.items() if name not in TOLD},
    }


def _metadata(entry: Entry, place: Place, activity: Activity) -> Told:
    # The published schema ties `actor` to the profile host and `api` to the profile cloud.
    profiles = ["host", "security_control"] if entry["decision"] else ["host"]
    return {
        "version": OCSF_VERSION,
        "product": PRODUCT,
        "profiles": [*profiles, "cloud"] if activity.ocsf is OcsfClass.API_ACTIVITY else profiles,
        "uid": entry["id"],
        "correlation_uid": entry["request"],
        "event_code": entry["type"],
        "log_name": place.origin,
        "log_provider": "Entente",
        "original_time": entry["time"],
        "sequence": place.index,
        "labels": [
            f"log_origin={place.origin}",
            f"log_index={place.index}",
            f"leaf_hash={place.leaf_hash.hex()}",
        ],
    }


def _milliseconds(time: str) -> int:
    moment = datetime.fromisoformat(time)
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


def _actor(entry: Entry, known: StillKnown) -> Told:
    session = {"session": {"uid": entry["session"]}} if entry["session"] else {}
    if entry["actor"]:
        user = _user(entry["actor"], known)
        if entry["organisation"]:
            user["org"] = _named(entry["organisation"], known.organisations)
        return {"user": user, **session}
    return {"app_name": "Entente", "app_uid": f"entente-{entry['door']}", **session}


def _user(uid: str, known: StillKnown) -> Told:
    name = {"name": known.people[uid]} if uid in known.people else {}
    return {"uid": uid, **name, "type_id": 1, "type": "User"}


def _named(uid: str, names: Mapping[str, str]) -> Told:
    return {"uid": uid, **({"name": names[uid]} if uid in names else {})}


def _where_from(entry: Entry, known: StillKnown, activity: Activity) -> Told:
    if activity.ocsf is OcsfClass.APPLICATION_LIFECYCLE:
        return {}
    endpoint = {"name": entry["door"] or "entente", "svc_name": "Entente"}
    return {"src_endpoint": endpoint | ({"ip": known.address} if _is_ip(known.address) else {})}


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _decision(entry: Entry) -> Told:
    """Say what was decided and by which policies; what nobody decided on carries no profile."""
    decision = entry["decision"]
    if not decision:
        return {}
    allowed = decision == "allow"
    policies: Sequence[str] = entry["policies"]
    return {
        "action_id": 1 if allowed else 2,
        "action": "Allowed" if allowed else "Denied",
        "disposition_id": 1 if allowed else 2,
        "disposition": "Allowed" if allowed else "Blocked",
        "authorizations": [
            {"decision": decision, "policy": {"uid": name, "name": name, "is_applied": True}}
            for name in policies
        ]
        or [{"decision": decision}],
    }


def _about(entry: Entry, known: StillKnown, activity: Activity, kind: str, what: str) -> Told:
    """Give the attributes that belong to the class: what the event is about."""
    match activity.ocsf:
        case OcsfClass.FILE_HOSTING:
            return {"file": _file(entry, kind, what)}
        case OcsfClass.APPLICATION_LIFECYCLE:
            return {"app": {**PRODUCT, "feature": {"name": kind or "policies", "uid": what or "-"}}}
        case OcsfClass.ENTITY_MANAGEMENT:
            return {"entity": _entity(known, kind, what)}
        case OcsfClass.API_ACTIVITY:
            return _api(entry, kind, what)
    about = {"user": _whose(entry, known, kind, what)}
    if activity.ocsf is OcsfClass.AUTHENTICATION:
        return about | {"service": {"name": "Entente", "uid": "entente"}}
    if activity.ocsf is OcsfClass.USER_ACCESS:
        return about | {"privileges": _privileges(entry) or ["none"]}
    return about


def _file(entry: Entry, kind: str, what: str) -> Told:
    """Give the record, version or attachment; its title or file name is content, and not told."""
    details, is_file = entry["details"], kind == "attachment"
    version = details.get("version")
    markings = " // ".join(entry["markings"])
    return {
        "name": entry["subject"] or "draft",
        "uid": what or "unknown",
        "type_id": 1 if is_file else OTHER,
        "type": "Regular File" if is_file else kind.capitalize() or "Draft",
        **({"confidentiality": markings, "confidentiality_id": OTHER} if markings else {}),
        **({"version": str(version)} if version is not None else {}),
    }


def _entity(known: StillKnown, kind: str, what: str) -> Told:
    return {
        **_named(what, known.organisations if kind == "organisation" else {}),
        "type_id": ENTITIES[kind],
        "type": {"group": "Group", "organisation": "Organization"}.get(kind, kind.capitalize()),
    }


def _api(entry: Entry, kind: str, what: str) -> Told:
    resource = {"uid": what, "type": kind, "name": entry["subject"]} if what else {}
    return {
        "api": {"operation": entry["type"], "service": {"name": "Entente"}},
        "cloud": {"provider": "Self-hosted"},
        **({"resources": [resource]} if resource else {}),
    }


def _whose(entry: Entry, known: StillKnown, kind: str, what: str) -> Told:
    """Give whose account it is; one that nobody has stays unknown."""
    uid = what if kind == "person" and what else entry["actor"]
    return _user(uid, known) if uid else {"uid": "unknown", "type_id": 0, "type": "Unknown"}


def _privileges(entry: Entry) -> list[str]:
    details = entry["details"]
    clearance = details.get("clearance")
    return [*details.get("roles", []), *([f"clearance: {clearance}"] if clearance else [])]
