"""Reads a log from the database of this machine, and looks for what the tables hold beside it.

The log proves its entries. It does not prove the columns that were read out of them, on which
answers rest, nor rows that never got a place: both are compared here, in the database, with the
entries' own bytes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from app import log as logs
from app.core.errors import NotFound
from app.tlog import ENTRIES_LEVEL, TILE_WIDTH, Tile, TrustPolicy, encode_bundle
from app.verifier.beside import check_archived, check_committed, check_end
from app.verifier.sources import Claim
from app.verifier.verdict import Kind, Wrong

# How long a row may wait for its place, once no older transaction runs, before it is told.
GRACE_SECONDS: Final = 10
ROWS_AT_ONCE: Final = 20_000

# What each column must be. Written anew here, and not taken from the sequencer: one of two that
# agree by being the same is no witness of the other.
TOLD: Final = {
    "entry id": ("l.entry_id", "(e->>'id')::uuid"),
    "leaf hash": ("j.leaf_hash", "sha256('\\x00'::bytea || j.entry)"),
    "time": ("l.at", "(e->>'time')::timestamptz"),
    "type": ("l.type", "e->>'type'"),
    "subject": ("l.subject", "e->>'subject'"),
    "record": ("l.record::text", "NULLIF(e->>'record', '')"),
    "actor": ("l.actor::text", "NULLIF(e->>'actor', '')"),
    "organisation": ("l.organisation", "e->>'organisation'"),
    "organisations": ("to_jsonb(l.organisations)", "e->'organisations'"),
    "decision": ("l.decision", "e->>'decision'"),
    "markings": ("to_jsonb(l.markings)", "e->'markings'"),
    "audience": ("to_jsonb(l.audience_id)", "NULLIF(e->'audience', 'null'::jsonb)"),
    "bytes served": ("l.served_bytes::text", "e->>'served_bytes'"),
    "door": ("l.door", "e->>'door'"),
}
DIFFERENT: Final = ", ".join(
    f"CASE WHEN {column} IS DISTINCT FROM {told} THEN '{name}' END"
    for name, (column, told) in TOLD.items()
)
COLUMNS: Final = text(
    "SELECT index AS place, columns FROM ("  # noqa: S608
    f" SELECT l.index, array_to_string(ARRAY[{DIFFERENT}], ', ') AS columns"
    " FROM log_entries l JOIN journal j ON j.id = l.entry_id,"
    " LATERAL (SELECT convert_from(j.entry, 'UTF8')::jsonb AS e OFFSET 0) told"
    " WHERE l.log = :log AND l.index >= :start AND l.index < :stop"
    ") compared WHERE columns <> '' ORDER BY index LIMIT 1"
)
# A row below the last that has a place was passed over, whatever time it tells; a later one waits.
# Times are compared as they are written, always alike, since one that is no time must not raise.
WITHOUT_PLACE: Final = text(
    """
WITH placed AS (
  SELECT j."transaction", j.position FROM log_entries l JOIN journal j ON j.id = l.entry_id
  WHERE l.log = :log AND l.index = :last
), without AS MATERIALIZED (
  SELECT j.id::text AS id, convert_from(j.entry, 'UTF8')::jsonb->>'time' AS told,
    (j."transaction", j.position) < (SELECT "transaction", position FROM placed) AS passed_over
  FROM journal j
  WHERE NOT EXISTS (SELECT FROM log_entries l WHERE l.entry_id = j.id)
    AND j."transaction" < pg_snapshot_xmin(pg_current_snapshot())
)
SELECT count(*) AS count, min(told) AS told, (array_agg(id ORDER BY told))[1] AS id FROM without
WHERE passed_over OR (told ~ :time) IS NOT TRUE OR told COLLATE "C" < to_char(
  (now() - make_interval(secs => :grace)) AT TIME ZONE 'UTC', :format)
"""
)
TIME_FORMAT: Final = 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'
TIME: Final = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$"
PLACES: Final = text(
    "SELECT count(*), COALESCE(max(index) + 1, 0) FROM log_entries WHERE log = :log"
)
NODES: Final = text(
    "SELECT level, count(*) AS count FROM log_nodes WHERE log = :log GROUP BY level ORDER BY level"
)
ENTRIES: Final = text(
    "SELECT j.entry FROM log_entries l JOIN journal j ON j.id = l.entry_id"
    " WHERE l.log = :log AND l.index >= :start AND l.index < :stop ORDER BY l.index"
)
ARCHIVED: Final = text("SELECT EXISTS (SELECT FROM log_archives WHERE log = :log)")
BEYOND: Final = text("SELECT max(size) FROM log_checkpoints WHERE log = :log")
CLAIMS: Final = text(
    "SELECT size, root_hash FROM log_checkpoints WHERE log = :log AND size <= :size ORDER BY size"
)


@dataclass(frozen=True)
class DatabaseSource:
    """The log of this number; read in one snapshot, so that nothing moves meanwhile."""

    session: Session
    number: int
    witnesses: TrustPolicy
    entries_readable: bool = True

    @classmethod
    def newest(cls, session: Session, witnesses: TrustPolicy) -> "DatabaseSource":
        """Open the newest log, as it stands at one moment.

        Raises:
            Wrong: there is none yet.
        """
        # A statement that sees more rows than the one before it would find fault with both.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        session.execute(text("SET LOCAL statement_timeout = 0"))
        try:
            return cls(session, logs.current(session), witnesses)
        except NotFound as error:
            reason = "the database holds none yet; the worker begins it."
            raise Wrong(Kind.UNREADABLE, reason=reason) from error

    def checkpoint(self) -> bytes | None:
        """Read the newest checkpoint that the witnesses have signed, or the newest."""
        try:
            return logs.checkpoint(self.session, self.number, self.witnesses).encode()
        except NotFound:
            return None

    def keys(self) -> bytes | None:
        """Read the log's keys, the retired ones too."""
        try:
            return "".join(f"{row.vkey}\n" for row in logs.keys(self.session, self.number)).encode()
        except NotFound:
            return None

    def policy(self) -> bytes | None:
        """Give the policy that this machine follows."""
        return self.witnesses.text().encode(errors="surrogateescape")

    def read(self, tiles: Iterable[Tile]) -> Iterator[bytes | None]:
        """Read each tile from the tables, also where less stands there than should."""
        for tile in tiles:
            if tile.level == ENTRIES_LEVEL:
                yield self._bundle(tile)
                continue
            try:
                yield logs.hash_tile(self.session, self.number, tile)
            except NotFound:
                yield None

    def _bundle(self, tile: Tile) -> bytes | None:
        start = tile.index * TILE_WIDTH
        values = {"log": self.number, "start": start, "stop": start + tile.width}
        entries = [bytes(entry) for entry in self.session.scalars(ENTRIES, values)]
        return encode_bundle(entries) if entries else None

    def earlier(self, number: int) -> "DatabaseSource | None":
        """Give the earlier log; nothing if its entries have gone to an archive."""
        if self.session.execute(ARCHIVED, {"log": number}).scalar_one():
            return None
        return DatabaseSource(self.session, number, self.witnesses)

    def claims(self, size: int) -> Iterator[Claim]:
        """Give every checkpoint that was ever signed of this log."""
        rows = self.session.execute(
            CLAIMS, {"log": self.number, "size": size}, execution_options={"yield_per": 1000}
        )
        for row in rows:
            yield Claim(row.size, bytes(row.root_hash), kept=False)

    def check(self, size: int) -> None:
        """Check that the tables hold what the log says, and nothing else.

        Raises:
            Wrong: a column differs from its entry, a row has no place, or stands beside the log.
        """
        try:
            self._check_shape()
            current = self.number == logs.current(self.session)
            self._check_columns(size if current else self._one(PLACES)[1])
            check_committed(self.session, self.number, size)
            if current:
                self._check_places(size)
                check_archived(self.session)
            else:
                check_end(self.session, self.number)
        except DataError as error:
            raise self._stray("a row whose entry cannot be read", size) from error

    def _check_places(self, size: int) -> None:
        row = self._one(
            WITHOUT_PLACE, last=size - 1, grace=GRACE_SECONDS, time=TIME, format=TIME_FORMAT
        )
        if row.count:
            raise Wrong(Kind.NO_PLACE, first=size, count=row.count, id=row.id, at=row.told)

    def _check_shape(self) -> None:
        count, stop = self._one(PLACES)
        if count != stop:
            raise self._stray(f"{count:,} places, of which the last is {stop - 1:,}", count)
        signed = self._one(BEYOND)[0] or 0
        if signed > stop:
            what = f"a signed checkpoint of {signed:,} entries, of which {stop:,} are there"
            raise self._stray(what, stop)
        for level, nodes in self.session.execute(NODES, {"log": self.number}):
            if nodes != stop >> (8 * level):
                what = f"{nodes:,} hashes of level {level}"
                raise self._stray(what, (stop >> (8 * level)) << (8 * level))

    def _check_columns(self, size: int) -> None:
        for start in range(0, size, ROWS_AT_ONCE):
            stop = min(start + ROWS_AT_ONCE, size)
            values = {"log": self.number, "start": start, "stop": stop}
            row = self.session.execute(COLUMNS, values).one_or_none()
            if row is not None:
                raise Wrong(Kind.COLUMNS, first=row.place, columns=row.columns)

    def _one(self, asked: Any, **values: object) -> Any:
        return self.session.execute(asked, {"log": self.number, **values}).one()

    def _stray(self, what: str, first: int) -> Wrong:
        return Wrong(Kind.STRAY, first=first, what=what)
