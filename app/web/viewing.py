"""Who exactly can read a version, and the version as one of them would see it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import records, release
from app.core.ids import RecordId
from app.edge import SignedInActor, TheGate, Working
from app.release import AudiencePreview, Reader
from app.web.choices import names_of
from app.web.pages import render

router = APIRouter(prefix="/records/{record_id}/versions/{number}")
MOST_FOUND = 200


@router.get("/audience")
def audience_page(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    record_id: RecordId,
    number: int,
    find: str = "",
) -> Response:
    record = records.read_version(work, gate, actor, record_id, number)
    preview = release.preview(work, gate, actor, record.version_id)
    context = {"record": record, "preview": preview, "names": names_of(work), "find": find.strip()}
    found = list(islice(_found(preview, find.strip()), MOST_FOUND))
    return render(request, "records/audience.html", context | {"found": found})


@router.get("/as/{whom}")
def seen_as_page(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    record_id: RecordId,
    number: int,
    whom: str,
) -> Response:
    viewed = release.view_as(work, gate, actor, record_id, number, whom)
    context = {"viewed": viewed, "record_id": record_id, "number": number}
    return render(request, "records/seen_as.html", context | {"names": names_of(work)})


@dataclass(frozen=True)
class FoundReader:
    """Somebody in the exact audience, beside the parts that they stand with."""

    reader: Reader
    organisation: str
    part: str
    waits: bool


def _found(preview: AudiencePreview, find: str) -> Iterator[FoundReader]:
    wanted = find.casefold()
    for group in preview.groups if wanted else ():
        for home in group.organisations:
            for person in (*home.people, *home.kept_out):
                if wanted in person.name.casefold() or wanted in home.name.casefold():
                    yield FoundReader(person, home.name, group.name, person in home.kept_out)
