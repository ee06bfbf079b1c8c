"""Telling people: one row for each, written in the transaction of what they are told of."""

from collections.abc import Collection, Mapping

from app.core.ids import AudienceId, PersonId, RecordId, new_id
from app.core.work import Work
from app.notices import queries
from app.notices.kinds import WAITING, Kind

LONGEST_KEY = 200


def tell(
    work: Work,
    kind: Kind,
    people: Collection[PersonId],
    *,
    path: str,
    record_id: RecordId | None = None,
    audience_id: AudienceId | None = None,
    said: Mapping[str, str] | None = None,
    key: str = "",
) -> None:
    """Tell people something; who has turned this kind off is not told.

    Nothing marked is kept: a title is looked up when the notice is read, through the scope of who
    reads it. Whether, when and how it is mailed is decided when it is sent.

    Args:
        people: never who does it themself.
        path: the page that it leads to, from `/` on.
        record_id: the record that it is about; out of its reader's sight, the notice says so.
        audience_id: what it is about, for the channels beyond the portal, where that is not the
            record's title.
        said: facts that carry no marking: days and moments (ISO 8601), reference numbers, names
            of organisations.
        key: the same person is told once of one key.
    """
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError("a notice leads to a page of the portal")
    if len(key) > LONGEST_KEY:
        raise ValueError("the key of a notice is short")
    told = sorted(set(people) - queries.who_turned_off(work.session, kind, people))
    queries.keep_notices(
        work.session,
        [
            {
                "id": new_id(),
                "person_id": person,
                "kind": kind.value,
                "path": path,
                "record_id": record_id,
                "audience_id": audience_id,
                "said": dict(said or {}),
                "key": key,
                "made_at": work.now,
                "mail": "waiting",
            }
            for person in told
        ],
    )


def settle(work: Work, path: str, people: Collection[PersonId] | None = None) -> None:
    """Make what waited at a page no news any more, because it is done: read, and not mailed.

    Its key is free again: what waits there anew is told anew.

    Args:
        path: the page that the notices lead to.
        people: only theirs; None: everybody's.
    """
    queries.settle(work.session, path, WAITING, people, work.now)
