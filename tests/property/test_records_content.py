"""The hash of a version's content: the same for the same content, another for any other."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.access import Area, Audience, State
from app.core.ids import AudienceId
from app.labels import Label, Marking, SchemeId, parse_releasability
from app.records.content import hash_of
from app.records.models import AttachmentRow, PortionRow, VersionRow
from app.records.queries import Version

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
COMMITTED = ("commitment_salt", "commitment", "content_salt", "content_hash")
SEALED = {**dict.fromkeys(COMMITTED, "AA=="), "wrapped_key": "AA==", "size_bytes": 3, "blob": "b"}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
portions = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["title", "summary", "fields", "section"]),
        "heading": texts,
        "body": texts,
        "fields": st.dictionaries(texts, texts, max_size=2),
        "language": st.sampled_from(["en", "fr"]),
        "audience_id": st.sampled_from([1, 2, 3]),
    }
)
# The size that leaves is the sealed one; the row's own is that of what was taken in.
sealed = st.builds(
    lambda size, commitment: SEALED | {"size_bytes": size, "commitment": commitment},
    st.integers(0, 2**40),
    texts,
)
attachments = st.fixed_dictionaries(
    {
        "name": texts,
        "media_type": texts,
        "audience_id": st.sampled_from([1, 2, 3]),
        "envelope": st.builds(lambda one: {"sealed": one}, sealed),
    }
)
versions = st.fixed_dictionaries(
    {
        "number": st.integers(1, 9),
        "kind": st.sampled_from(["research", "trend"]),
        "area": st.sampled_from(["research", "trends"]),
        "language": st.sampled_from(["en", "fr"]),
        "change_note": texts,
    }
)
contents = st.tuples(versions, st.lists(portions, max_size=3), st.lists(attachments, max_size=2))
Content = tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]


def label(release_to: str) -> Label:
    marking = Marking(SchemeId("tlp"), "green")
    return Label((marking,), releasability=parse_releasability(release_to))


def hashed(content: Content, state: State = State.DRAFT) -> bytes:
    said, parts, files = content
    row = VersionRow(record_id=UUID(int=1), owner="imda", originator="imda", state=state, **said)
    audiences = {
        AudienceId(one): Audience(state, "imda", "imda", label(release_to), Area.RESEARCH)
        for one, release_to in ((1, ""), (2, "community"), (3, "org:imda"))
    }
    return hash_of(
        Version(row, "ENT-2026-000001", NOON, ""),
        [PortionRow(**part) for part in parts],
        [AttachmentRow(**file) for file in files],
        audiences,
    )


@settings(max_examples=200)
@given(contents, contents)
def test_two_contents_have_one_hash_exactly_when_they_are_equal(
    one: Content, other: Content
) -> None:
    assert (hashed(one) == hashed(other)) == (one == other)


@given(contents, st.sampled_from(State))
def test_the_state_is_not_part_of_the_content(content: Content, state: State) -> None:
    assert hashed(content) == hashed(content, state)


@given(contents, st.data())
def test_any_changed_part_changes_the_hash(content: Content, data: st.DataObject) -> None:
    said, parts, files = content
    changed = data.draw(st.sampled_from([said, *parts, *files]))
    name = data.draw(st.sampled_from(sorted(changed)))
    before, old = hashed(content), changed[name]
    table = next(
        strategy
        for strategy, things in ((versions, [said]), (portions, parts), (attachments, files))
        if any(thing is changed for thing in things)
    )
    changed[name] = data.draw(table)[name]
    assert (hashed(content) == before) == (changed[name] == old)


@given(contents)
def test_wrapping_keys_anew_leaves_the_hash(content: Content) -> None:
    before = hashed(content)
    for file in content[2]:
        file["envelope"] = {"sealed": file["envelope"]["sealed"] | {"wrapped_key": "BB=="}}
    assert hashed(content) == before
