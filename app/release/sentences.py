"""The exact audience in plain sentences: how many, who is new, who is gone and why, who waits."""

from collections.abc import Iterator, Sequence
from typing import Final

from app.release.views import AudiencePreview, OrganisationReaders, PartReaders, Reader

MOST_NAMED: Final = 5
Somebody = tuple[Reader, OrganisationReaders]


def sentences(audience: AudiencePreview, tense: str) -> tuple[str, ...]:
    """Say who reads; `tense` is "can" or "will be able to". The first sentence is the number.

    People are named up to a handful; the lists below the sentences hold everybody.
    """
    said = [_total(audience, tense)]
    if audience.since and not _changes(audience):
        said.append(f"They are the same people as {_since(audience)}.")
    titles, *others = audience.groups
    said += [*_changed(titles, ""), *_ending(titles), *_waiting(titles)]
    for group in others:
        if group.new_count != titles.new_count or group.gone_count != titles.gone_count:
            said += _changed(group, f"In {group.name}: ")
    return tuple(said)


def _since(audience: AudiencePreview) -> str:
    return "now" if audience.since == "now" else f"in {audience.since}"


def _changes(audience: AudiencePreview) -> int:
    return sum(group.new_count + group.gone_count for group in audience.groups)


def _total(audience: AudiencePreview, tense: str) -> str:
    parts = len(audience.groups) > 1
    if audience.public:
        return f"Everyone, signed in or not, {tense} read {'parts of it' if parts else 'it'}."
    if audience.total == 0:
        return f"Nobody {tense} read it."
    people = _count(audience.total, "person", "people")
    organisations = _count(audience.organisation_count, "organisation", "organisations")
    return f"{people} in {organisations} {tense} read {'it or parts of it' if parts else 'it'}."


def _changed(group: PartReaders, start: str) -> Iterator[str]:
    new = [one for one in _people(group) if one[0].change == "new"]
    gone = [one for one in _people(group) if one[0].change == "gone"]
    if new:
        yield f"{start}{_count(len(new), 'is', 'are')} new: {_names(new)}."
    for why, people in _by_reason(gone).items():
        because = f", because: {why}" if why else "."
        yield f"{start}{len(people)} can no longer: {_names(people)}{because}"


def _ending(group: PartReaders) -> Iterator[str]:
    ends = [one for one in _people(group) if one[0].until and one[0].change != "gone"]
    if ends:
        yield f"{_count(len(ends), 'reads', 'read')} for a time only: {_names(ends)}."


def _waiting(group: PartReaders) -> Iterator[str]:
    everybody = [(one, home) for home in group.organisations for one in home.kept_out]
    terms = [one for one in everybody if one[0].terms]
    factor = [one for one in everybody if not one[0].terms]
    for people, what in (
        (terms, "accepted the terms of use"),
        (factor, "set up a second factor"),
    ):
        if people:
            yield f"{len(people)} more will, once they have {what}: {_names(people)}."


def _people(group: PartReaders) -> Iterator[Somebody]:
    for home in group.organisations:
        yield from ((one, home) for one in home.people)


def _by_reason(people: Sequence[Somebody]) -> dict[str, list[Somebody]]:
    found: dict[str, list[Somebody]] = {}
    for one in people:
        found.setdefault(one[0].why, []).append(one)
    return found


def _names(people: Sequence[Somebody]) -> str:
    named = [f"{reader.name} ({home.name})" for reader, home in people[:MOST_NAMED]]
    more = len(people) - MOST_NAMED
    if more > 0:
        return f"{', '.join(named)} and {more} more"
    return " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
