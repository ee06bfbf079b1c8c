"""The exact audience of a version: by name and organisation, part by part, and what it changes."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app import identity, parties, records
from app.access import (
    Action,
    Actor,
    Audience,
    Candidate,
    Gate,
    Grant,
    PolicySet,
    Profile,
    State,
    explain,
)
from app.core.canonical import canonical_hash
from app.core.ids import PersonId, RecordId, VersionId
from app.core.work import Work
from app.labels import print_releasability
from app.parties import PersonName
from app.records import PartAudience, VersionFacts
from app.release import readers, rules
from app.release.comparison import Then
from app.release.readers import Way, Ways, readers_of
from app.release.sentences import sentences
from app.release.views import AudiencePreview, OrganisationReaders, PartReaders, Reader

SINCE = "the last release"
NOW = "now"
NO_SECOND_FACTOR = "They have not set up the second factor that what is marked this high asks for."
TERMS = "They have not accepted the terms of use that it asks for: {}."


def exact_audience(
    work: Work, gate: Gate, actor: Actor, facts: VersionFacts, action: Action
) -> AudiencePreview:
    """Work out who will be able to read each part of a version once it is released.

    `action` is what the actor sees the version by.

    Costs a Cedar decision for each distinct audience, of this version and of the one released now,
    and each distinct set of facts of people; they are read in one query.
    """
    parts = records.audiences_after(
        work, gate, actor, facts.version_id, State.RELEASED, action=action
    )
    is_current = facts.state is State.RELEASED
    now = parts if is_current else records.audiences_now(work, gate, actor, facts.record_id)
    crowd = crowd_of(work, gate)
    tense = "can" if is_current else "will be able to"
    return _preview(crowd, facts.version_id, parts, _then(crowd, now), SINCE, tense)


def exact_audience_of_grant(
    work: Work,
    gate: Gate,
    actor: Actor,
    record_id: RecordId,
    persons: Collection[PersonId],
    until: datetime,
) -> AudiencePreview:
    """Work out who will be able to read what is the actor's to grant, once these have a grant.

    It is compared with who can now. A grant ends at `until`, exclusive; one that a person has
    already and that ends later stays.

    Raises:
        Refused: the actor is no release authority of the originator, does not see all that they
            would grant, or nothing is released.
    """
    version_id, parts = records.grantable(work, gate, actor, record_id)
    granted = [replace(part, audience=_granting(part.audience, persons, until)) for part in parts]
    crowd = crowd_of(work, gate)
    then = _then(crowd, parts)
    return _preview(crowd, version_id, granted, then, NOW, "will be able to")


def _granting(audience: Audience, persons: Collection[PersonId], until: datetime) -> Audience:
    """Give the audience with a grant for each of these people."""
    ends = {one.person: one.until for one in audience.grants}
    ends |= {str(one): max(until, ends.get(str(one), until)) for one in persons}
    return replace(audience, grants=frozenset(Grant(who, end) for who, end in ends.items()))


def _preview(
    crowd: "Crowd",
    version_id: VersionId,
    parts: Sequence[PartAudience],
    then: Then,
    since: str,
    tense: str,
) -> AudiencePreview:
    groups = _groups(crowd, parts)
    titled = readers_of(groups[0].ways)
    counts = Counter(crowd.names[person].slug for person in titled)
    shown = tuple(_show(crowd, then, group, since) for group in groups)
    made = AudiencePreview(
        version_id=version_id,
        as_of=crowd.now,
        since=since if then else "",
        total=len(titled),
        organisation_count=len(counts),
        new_count=len(titled - then.title) if then else 0,
        gone_count=len(then.title - titled),
        public=groups[0].public,
        groups=shown,
        counts=dict(sorted(counts.items())),
        people_hash_hex=_people_hash(groups),
    )
    return replace(made, sentences=sentences(made, tense))


@dataclass(frozen=True)
class Crowd:
    """Everybody who could read anything, with the policies that say what."""

    policies: PolicySet
    candidates: Mapping[PersonId, Candidate]
    names: Mapping[PersonId, PersonName]
    party_names: Mapping[str, str]
    now: datetime

    def profiles(self, people: Iterable[PersonId]) -> list[Profile]:
        """Give the distinct facts of these people, with the surest sign-in that each has set up."""
        return list(dict.fromkeys(self.candidates[one].profile for one in people))


@dataclass(frozen=True)
class _Group:
    """The parts that have one audience; `ways` holds whom only a second factor keeps out, too."""

    names: tuple[str, ...]
    audience: Audience
    ways: Ways
    public: bool


def crowd_of(work: Work, gate: Gate) -> Crowd:
    """Give everybody who could read anything, in a fixed number of queries."""
    session, policies = work.session, gate.keeper.current
    people = parties.candidates(session, policies.schemes, identity.enrolled_assurances(session))
    return Crowd(
        policies=policies,
        candidates={one.person: one for one in people},
        names=parties.names(session, [one.person for one in people]),
        party_names={one.code: one.name for one in parties.parties(session)},
        now=work.now,
    )


def exact_audience_of_parts(
    work: Work, gate: Gate, version_id: VersionId, parts: Sequence[PartAudience], title: Audience
) -> AudiencePreview:
    """Work out who will be able to read some parts of a version, as one who is asked for consent.

    Nobody reads a part without its title; `total` counts who will be able to read any of these.

    Args:
        parts: with the audience that each will have.
        title: the audience of the version's title, whoever may see it, in any state.
    """
    crowd = crowd_of(work, gate)
    groups = _groups(crowd, parts, replace(title, state=State.RELEASED))
    people = frozenset[PersonId]().union(*(readers_of(group.ways) for group in groups))
    counts = Counter(crowd.names[person].slug for person in people)
    made = AudiencePreview(
        version_id=version_id,
        as_of=crowd.now,
        since="",
        total=len(people),
        organisation_count=len(counts),
        new_count=0,
        gone_count=0,
        public=any(group.public for group in groups),
        groups=tuple(_show(crowd, Then(), group, "") for group in groups),
        counts=dict(sorted(counts.items())),
        people_hash_hex=_people_hash(groups),
    )
    return replace(made, sentences=sentences(made, "will be able to"))


def _groups(
    crowd: Crowd, parts: Sequence[PartAudience], titled: Audience | None = None
) -> list[_Group]:
    """Put parts of equal audience together, the first one's first: as a rule the title's.

    Where the title is not among the parts, `titled` is its audience.
    """
    names: dict[Audience, list[str]] = {}
    for part in parts:
        names.setdefault(part.audience, []).append(part.name)
    title, asked = titled or parts[0].audience, list(names)
    ways = readers.ways(crowd.policies, list(crowd.candidates.values()), title, asked, crowd.now)
    public = readers.public_reads(crowd.policies, title, asked, crowd.now)
    return [
        _Group(tuple(names[audience]), audience, people, open_to_all)
        for audience, people, open_to_all in zip(asked, ways, public, strict=True)
    ]


def _then(crowd: Crowd, parts: Sequence[PartAudience]) -> Then:
    if not parts:
        return Then()
    return Then.of(
        [(name, readers_of(group.ways)) for group in _groups(crowd, parts) for name in group.names]
    )


def _show(crowd: Crowd, then: Then, group: _Group, since: str) -> PartReaders:
    people = readers_of(group.ways)
    gained, lost = then.gained(group.names, people), then.lost(group.names, people)
    waiting = group.ways.keys() - people - lost
    kept_out = [_kept_out(crowd, one, group.ways[one]) for one in waiting]
    shown = [_reader(crowd, one, group.ways[one], new=one in gained) for one in people]
    shown += [_gone(crowd, one, group) for one in lost]
    label, schemes = group.audience.label.at(crowd.now), crowd.policies.schemes
    return PartReaders(
        name=rules.name_parts(group.names),
        parts=group.names,
        markings=tuple(schemes.text(marking) for marking in label.markings),
        release_to=print_releasability(label.releasability),
        not_before=label.not_before,
        public=group.public,
        total=len(people),
        new_count=len(gained),
        gone_count=len(lost),
        kept_out_count=len(kept_out),
        organisations=_by_organisation(crowd, shown, kept_out),
        why="Anybody may read this, without signing in." if group.public else "",
        since=since if then else "",
    )


def _by_organisation(
    crowd: Crowd, shown: Iterable[Reader], kept_out: Iterable[Reader]
) -> tuple[OrganisationReaders, ...]:
    people: dict[str, list[Reader]] = {}
    waiting: dict[str, list[Reader]] = {}
    for readers_in, told in ((people, shown), (waiting, kept_out)):
        for reader in told:
            readers_in.setdefault(crowd.names[reader.person].slug, []).append(reader)
    made = [
        _organisation(crowd, slug, people.get(slug, []), waiting.get(slug, []))
        for slug in people.keys() | waiting.keys()
    ]
    return tuple(sorted(made, key=lambda one: (one.name, one.slug)))


def _organisation(
    crowd: Crowd, slug: str, people: Collection[Reader], kept_out: Collection[Reader]
) -> OrganisationReaders:
    somebody = next(iter([*people, *kept_out])).person
    changes = Counter(reader.change for reader in people)
    return OrganisationReaders(
        slug=slug,
        name=crowd.names[somebody].organisation,
        party=crowd.party_names[crowd.candidates[somebody].profile.party],
        count=len(people) - changes["gone"],
        new_count=changes["new"],
        gone_count=changes["gone"],
        people=_in_order(people),
        kept_out=_in_order(kept_out),
    )


def _in_order(people: Iterable[Reader]) -> tuple[Reader, ...]:
    return tuple(sorted(people, key=lambda one: (one.name, str(one.person))))


def _reader(crowd: Crowd, person: PersonId, way: Way, *, new: bool) -> Reader:
    policies = crowd.policies.policies
    return Reader(
        person=person,
        name=crowd.names[person].name,
        why=" ".join(policies[one].explain for one in way.policies),
        change="new" if new else "",
        from_at=way.from_at,
        until=way.until,
        again_from=way.again_from,
    )


def _kept_out(crowd: Crowd, person: PersonId, way: Way) -> Reader:
    return Reader(
        person=person,
        name=crowd.names[person].name,
        why=_to_do(way),
        from_at=way.from_at,
        until=way.until,
        again_from=way.again_from,
        terms=tuple(sorted(way.terms)),
    )


def _to_do(way: Way) -> str:
    factor = [NO_SECOND_FACTOR] if way.needs_second_factor else []
    terms = [TERMS.format(", ".join(sorted(way.terms)))] if way.terms else []
    return " ".join([*factor, *terms])


def _gone(crowd: Crowd, person: PersonId, group: _Group) -> Reader:
    """Tell why somebody no longer reads: what they have yet to do, or what they do not meet."""
    profile, way = crowd.candidates[person].profile, group.ways.get(person)
    told = explain(crowd.policies, profile, Action.READ, group.audience, crowd.now)
    unmet = next((one.detail for one in told.requirements if not one.met), "")
    return Reader(person, crowd.names[person].name, _to_do(way) if way else unmet, "gone")


def _people_hash(groups: Iterable[_Group]) -> str:
    """Give the SHA-256, in hexadecimal, of who reads which part, in one canonical order."""
    plain = [
        {
            "audience": replace(group.audience, state=State.RELEASED).to_json(),
            "public": group.public,
            "people": sorted(map(str, readers_of(group.ways))),
        }
        for group in groups
    ]
    return canonical_hash(plain).hex()
