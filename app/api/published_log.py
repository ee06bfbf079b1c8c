"""The published log: exactly the resources that any tool for tiled transparency logs asks for.

Hashes, checkpoints, keys and the policy are for everybody; entries are for the auditors of the
authorities. `/log` is the current log, `/logs/<number>` each log there is.

Source: c2sp.org/tlog-tiles.
"""

import gzip
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app import log
from app.api.answers import PROBLEMS
from app.core.errors import NotFound
from app.edge import SignedInActor, TheGate, TheServices, Working
from app.tlog import ENTRIES_LEVEL, Tile, TileError

IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}
BRIEFLY = {"Cache-Control": "public, max-age=60"}
TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
MOST = 2**31 - 1

router = APIRouter(
    tags=["published log"],
    responses=PROBLEMS,
    default_response_class=Response,
    generate_unique_id_function=lambda route: route.name,
)


def which_log(request: Request, work: Working) -> int:
    """Give the log that the path names; the current one if it names none.

    Raises:
        NotFound: the path does not spell the number of a log.
    """
    spelled: str | None = request.path_params.get("number")
    if spelled is None:
        return log.current(work.session)
    number = int(spelled) if spelled.isascii() and spelled.isdecimal() else 0
    if str(number) != spelled or not 0 < number <= MOST:
        raise NotFound
    return number


def which_tile(tile_path: str) -> Tile:
    """Give the tile that the path spells, the one way there is to spell it.

    Raises:
        NotFound: it spells none.
    """
    try:
        return Tile.parse(f"tile/{tile_path}")
    except TileError as error:
        raise NotFound from error


WhichLog = Annotated[int, Depends(which_log)]
WhichTile = Annotated[Tile, Depends(which_tile)]


@router.get("/log/checkpoint")
@router.get("/logs/{number}/checkpoint", name="checkpoint_of_log")
def read_checkpoint(work: Working, services: TheServices, number: WhichLog) -> Response:
    """Read the newest checkpoint that enough have witnessed; without such, the newest signed."""
    return Response(log.checkpoint(work.session, number, services.log.policy()), media_type=TEXT)


@router.get("/log/vkey")
@router.get("/logs/{number}/vkey", name="vkey_of_log")
def read_vkey(work: Working, number: WhichLog) -> Response:
    """Read the line of the Ed25519 key that signs the checkpoints."""
    return Response(f"{log.vkey(work.session, number)}\n", media_type=TEXT, headers=BRIEFLY)


@router.get("/log/keys")
@router.get("/logs/{number}/keys", name="keys_of_log")
def read_keys(work: Working, number: WhichLog) -> Response:
    """Read the line of every key of the log, the ML-DSA-44 and the retired ones too."""
    lines = [f"{key.vkey}\n" for key in log.keys(work.session, number)]
    return Response("".join(lines), media_type=TEXT, headers=BRIEFLY)


@router.get("/log/policy")
@router.get("/logs/{number}/policy", name="policy_of_log")
def read_policy(work: Working, services: TheServices, number: WhichLog) -> Response:
    """Read the tlog-policy: the log's keys, its witnesses, and who must have co-signed."""
    url = f"{services.settings.base_url}/logs/{number}"
    policy = log.policy_text(work.session, number, services.log.policy(), url)
    return Response(policy, media_type=TEXT, headers=BRIEFLY)


@router.get("/log/tile/entries/{tile_path:path}")
@router.get("/logs/{number}/tile/entries/{tile_path:path}", name="bundle_of_log")
def read_bundle(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, number: WhichLog
) -> Response:
    """Read a bundle of entries: for auditors of the authorities, who verify the whole log."""
    asked = which_tile(f"entries/{request.path_params['tile_path']}")
    data = log.read_bundle(work, gate, actor, number, asked)
    return _compressed(request, data)


@router.get("/log/tile/{tile_path:path}")
@router.get("/logs/{number}/tile/{tile_path:path}", name="tile_of_log")
def read_tile(work: Working, number: WhichLog, asked: WhichTile) -> Response:
    """Read a tile of hashes."""
    if asked.level == ENTRIES_LEVEL:
        raise NotFound
    return Response(log.tile(work.session, number, asked), media_type=BYTES, headers=IMMUTABLE)


def _compressed(request: Request, data: bytes) -> Response:
    """Answer with gzip where it is taken. Entries are not left in any cache."""
    if not _takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(data, media_type=BYTES, headers={"Vary": "Accept-Encoding"})
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(gzip.compress(data, mtime=0), media_type=BYTES, headers=headers)


def _takes_gzip(accepted: str) -> bool:
    """Tell whether gzip is named, with a weight above nothing. Source: RFC 9110, section 12.5.3."""
    for one in accepted.lower().split(","):
        coding, _, weight = one.replace(" ", "").partition(";q=")
        if coding == "gzip":
            return weight.strip("0.") != "" or not weight
    return False
