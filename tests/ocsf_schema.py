"""Validates OCSF events against the released schema.

Checked are: required and unknown attributes (those of a profile count only where the event names
that profile), enumerations and the text beside them, arrays, types, `type_uid`, `category_uid`,
`at_least_one` and `just_one`, and that nothing deprecated is used.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).parent / "vectors" / "ocsf" / "ocsf-1.8.0.json"
# The schema's compiler gives these their parent's constraint in place of their own.
CONSTRAINT_LOST = {"network_endpoint", "endpoint"}
OTHER = 99
INT32, INT64 = 2**31, 2**63


@cache
def released() -> "Schema":
    """Read the released schema once."""
    return Schema(json.loads(SCHEMA.read_text()))


def _text(value: object) -> bool:
    return isinstance(value, str)


def _whole(limit: int) -> Any:
    return lambda value: type(value) is int and -limit <= value < limit


def _like(pattern: str) -> Any:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _parses(parse: Any) -> Any:
    def check(value: object) -> bool:
        try:
            parse(value)
        except (ValueError, TypeError):
            return False
        return isinstance(value, str)

    return check


TYPES: Mapping[str, Any] = {
    "boolean_t": lambda value: type(value) is bool,
    "datetime_t": _parses(datetime.fromisoformat),
    "email_t": _like(r"[^@\s]+@[^@\s]+"),
    "file_hash_t": _like(r"[0-9A-Fa-f]+"),
    "file_name_t": _text,
    "file_path_t": _text,
    "float_t": lambda value: type(value) in (int, float),
    "hostname_t": _like(r"[A-Za-z0-9.-]+"),
    "integer_t": _whole(INT32),
    "ip_t": _parses(ip_address),
    "json_t": lambda _: True,
    "long_t": _whole(INT64),
    "port_t": lambda value: type(value) is int and 0 <= value <= 65535,
    "process_name_t": _text,
    "resource_uid_t": _text,
    "string_t": _text,
    "timestamp_t": lambda value: type(value) is int and 0 <= value < INT64,
    "url_t": _like(r"[a-z][a-z0-9+.-]*:.+"),
    "username_t": _text,
    "uuid_t": _like(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
}


@dataclass(frozen=True)
class Schema:
    """The classes and objects of one release."""

    plain: Mapping[str, Any]

    def faults(self, event: Mapping[str, Any]) -> list[str]:
        """Give what is wrong with an event, nothing when it is valid."""
        classes = {one["uid"]: one for one in self.plain["classes"].values()}
        found = classes.get(event.get("class_uid"))
        if found is None:
            return [f"class_uid: no such class {event.get('class_uid')}"]
        profiles = event.get("metadata", {}).get("profiles", [])
        unknown = set(profiles) - set(found["profiles"])
        return [
            *(f"metadata.profiles: {one} is none of the class" for one in sorted(unknown)),
            *self._sums(event, found["uid"]),
            *self._object(event, found, found["name"], set(profiles)),
        ]

    def _sums(self, event: Mapping[str, Any], uid: int) -> Iterator[str]:
        if event.get("type_uid") != uid * 100 + event.get("activity_id", -1):
            yield "type_uid: not class_uid * 100 + activity_id"
        if event.get("category_uid") != uid // 1000:
            yield "category_uid: not that of the class"
        if event.get("metadata", {}).get("version") != self.plain["version"]:
            yield "metadata.version: another release"

    def _object(
        self, value: Any, spec: Mapping[str, Any], at: str, profiles: set[str]
    ) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at}: not an object"
            return
        known = {
            name: one
            for name, one in spec["attributes"].items()
            if not one.get("profile") or one["profile"] in profiles
        }
        for name in value.keys() - known.keys():
            yield f"{at}.{name}: unknown"
        for name, one in known.items():
            if name in value:
                yield from self._attribute(value, name, one, f"{at}.{name}", profiles)
            elif one["requirement"] == "required":
                yield f"{at}.{name}: missing"
        yield from _constraints(value, spec, at)

    def _attribute(
        self,
        owner: Mapping[str, Any],
        name: str,
        spec: Mapping[str, Any],
        at: str,
        profiles: set[str],
    ) -> Iterator[str]:
        value = owner[name]
        if spec.get("@deprecated"):
            yield f"{at}: deprecated"
        if bool(spec["is_array"]) is not isinstance(value, list):
            yield f"{at}: {'not an array' if spec['is_array'] else 'an array'}"
            return
        for one in value if spec["is_array"] else [value]:
            yield from self._value(one, spec, at, profiles)
        if "enum" in spec and spec.get("sibling") in owner:
            yield from _beside(value, owner[spec["sibling"]], spec, at)

    def _value(
        self, value: Any, spec: Mapping[str, Any], at: str, profiles: set[str]
    ) -> Iterator[str]:
        kind = spec["type"]
        if kind == "object":
            if not isinstance(value, dict):
                yield f"{at}: not an object"
        elif kind in self.plain["objects"]:
            yield from self._object(value, self.plain["objects"][kind], at, profiles)
        elif not TYPES[kind](value):
            yield f"{at}: not a {kind}: {value!r}"
        if "enum" in spec and str(value) not in spec["enum"]:
            yield f"{at}: {value!r} is none of the enumeration"


def _beside(value: Any, text: Any, spec: Mapping[str, Any], at: str) -> Iterator[str]:
    """Check the text beside a number: the caption, but for what only the source has a word for."""
    caption = spec["enum"].get(str(value), {}).get("caption")
    if value != OTHER and text != caption:
        yield f"{at}: {text!r} stands beside {value}, which is {caption!r}"


def _constraints(value: Mapping[str, Any], spec: Mapping[str, Any], at: str) -> Iterator[str]:
    if spec["name"] in CONSTRAINT_LOST:
        return
    for rule, names in (spec.get("constraints") or {}).items():
        count = sum(name in value for name in names)
        if count == 0 or (rule == "just_one" and count > 1):
            yield f"{at}: {rule} of {', '.join(names)}"
