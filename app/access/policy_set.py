"""A policy set that decides: facts in, an answer with its reasons and its time limit out."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import cedarpy

from app.access.conditions import Conditions
from app.access.entities import EntityMaker, microseconds
from app.access.facts import Action, Audience, Office, OfficeAction, Profile
from app.access.policy_files import PolicyError, PolicyText
from app.labels import Schemes

# Cedar holds the interpreter's lock while it decides, about 0.1 ms a question: other threads get
# their turn between slices.
_SLICE = 100


@dataclass(frozen=True)
class Decision:
    """An answer, the ids of the policies that gave it, and the moment from which to ask again.

    `policies` is sorted, and empty when nothing permits. `holds_until` is the next moment at
    which the answer may change by the passing of time alone; None is never.
    """

    allowed: bool
    policies: tuple[str, ...]
    holds_until: datetime | None


@dataclass(frozen=True)
class PolicySet:
    """The parsed policies of a deployment with its schema and schemes; it never changes.

    `version` is the SHA-256 over everything that may change an answer. `tests` are the files of
    cases that came with it, each with its name; they change none, and have no part in the version.
    """

    version: str
    schema: str
    schemes: Schemes
    policies: Mapping[str, PolicyText]
    maker: EntityMaker
    handle: cedarpy.PolicySet
    tests: tuple[tuple[str, str], ...] = ()

    def decide(
        self, profile: Profile, action: Action, audiences: Sequence[Audience], now: datetime
    ) -> list[Decision]:
        """Decide for each audience, in the same order; whatever goes wrong is a deny."""
        answers = self._ask(self.handle, profile, action, audiences, now)
        return [
            Decision(allowed, reasons, next_boundary(profile, audience, now))
            for audience, (allowed, reasons) in zip(audiences, answers, strict=True)
        ]

    def decide_office(
        self, profile: Profile, action: OfficeAction, office: Office, now: datetime
    ) -> Decision:
        """Decide whether a profile may do this in an office; whatever goes wrong is a deny."""
        (decision,) = self.decide_offices(profile, action, [office], now)
        return decision

    def decide_offices(
        self, profile: Profile, action: OfficeAction, offices: Sequence[Office], now: datetime
    ) -> list[Decision]:
        """Decide for each office, in the same order; whatever goes wrong is a deny."""
        until = next_boundary(profile, None, now)
        answers = self._ask(self.handle, profile, action, offices, now)
        return [Decision(allowed, reasons, until) for allowed, reasons in answers]

    def applying(
        self,
        profile: Profile,
        action: Action | OfficeAction,
        thing: Audience | Office,
        now: datetime,
    ) -> frozenset[str]:
        """Name every policy whose conditions hold, the permits that a forbid overrides included."""
        handles = (self.handle, self._permits)
        answers = [self._ask(handle, profile, action, [thing], now) for handle in handles]
        return frozenset(reason for ((_, reasons),) in answers for reason in reasons)

    @cached_property
    def conditions(self) -> Conditions:
        """Give the policies taken apart, for deciding about many at once."""
        return Conditions.of(self.policies.values())

    @cached_property
    def _permits(self) -> cedarpy.PolicySet:
        permits = [policy.text for policy in self.policies.values() if policy.effect == "permit"]
        return cedarpy.PolicySet.from_str("\n".join(permits))

    def _ask(
        self,
        handle: cedarpy.PolicySet,
        profile: Profile,
        action: Action | OfficeAction,
        things: Sequence[Audience | Office],
        now: datetime,
    ) -> list[tuple[bool, tuple[str, ...]]]:
        world = self.maker.world(profile, things, now)
        moment = context(now)
        asked = [
            request(world.principal, action, resource, moment)
            for resource in world.resources
            if resource
        ]
        results = ask(asked, handle, world.entities, self.maker.schema)
        return [_answer(next(results)) if resource else (False, ()) for resource in world.resources]


def assemble(
    policies: Iterable[PolicyText],
    schema: str,
    schemes: Schemes,
    tests: Iterable[tuple[str, str]] = (),
) -> PolicySet:
    """Put policies, schema and schemes together, unchecked: `load_policies` is what checks.

    Raises:
        PolicyError: the schema or the policies do not parse, or two policies have one id.
    """
    ordered = tuple(policies)
    texts = [policy.text for policy in ordered]
    by_id = {policy.id: policy for policy in ordered}
    if len(by_id) != len(ordered):
        raise PolicyError("Two policies have the same @id.")
    try:
        parsed = cedarpy.Schema.from_str(schema)
    except ValueError as error:
        raise PolicyError(f"The schema cannot be read: {error}") from None
    content = json.dumps([texts, schema, schemes.hash_hex])
    return PolicySet(
        version=hashlib.sha256(content.encode()).hexdigest(),
        schema=schema,
        schemes=schemes,
        policies=by_id,
        maker=EntityMaker(schemes, parsed),
        handle=cedarpy.PolicySet.from_str("\n".join(texts)),
        tests=tuple(tests),
    )


def context(now: datetime) -> str:
    """Give what policies are told beside who asks and for what: the moment."""
    return json.dumps({"now": microseconds(now)})


def request(
    principal: Mapping[str, str], action: str, resource: Mapping[str, str], moment: str
) -> dict[str, object]:
    """Give one question as Cedar takes it."""
    return {
        "principal": principal,
        "action": {"type": "Action", "id": str(action)},
        "resource": resource,
        "context": moment,
    }


def ask(
    asked: Sequence[dict[str, object]],
    handle: cedarpy.PolicySet,
    entities: cedarpy.Entities,
    schema: cedarpy.Schema,
) -> Iterator[cedarpy.AuthzResult]:
    """Put questions to Cedar, in slices, and give its answers in the same order."""
    for start in range(0, len(asked), _SLICE):
        part = list(asked[start : start + _SLICE])
        yield from cedarpy.is_authorized_batch(part, handle, entities, schema)


def _answer(result: cedarpy.AuthzResult) -> tuple[bool, tuple[str, ...]]:
    # A forbid that fails to evaluate is skipped by Cedar, so an Allow beside errors is no Allow;
    # a request that cannot be judged (NoDecision) is none either.
    reasons = tuple(sorted(result.diagnostics.id_annotations_by_reason.values()))
    if result.diagnostics.errors:
        return False, ()
    return result.decision is cedarpy.Decision.Allow, reasons


def next_boundary(profile: Profile, audience: Audience | None, now: datetime) -> datetime | None:
    moments: list[datetime | None] = []
    if profile.agreement:
        moments += [profile.agreement.valid_from, profile.agreement.valid_until]
    moments += [moment for one in profile.delegations for moment in (one.since, one.until)]
    if audience:
        moments.append(audience.label.not_before)
        moments += [change.at for change in audience.label.changes]
        moments += [one.until for one in audience.grants if one.person == profile.person]
    return min((moment for moment in moments if moment and moment > now), default=None)
