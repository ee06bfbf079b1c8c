"""Imports a manifest: every good row becomes a record, every bad one a line of the report.

Each row is one transaction. What was imported is remembered by path and content, so that an import
that was broken off goes on where it stopped, and one that is run again doubles nothing. Attached
files are inspected once all rows are in, and only then is anything submitted.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final
from uuid import UUID, uuid5

from app import parties, records, release
from app.access import Actor, Gate
from app.core.canonical import canonical_hash
from app.core.errors import Conflict, Invalid, NotFound, Problem, TooLarge
from app.core.ids import BatchId, VersionId
from app.core.journal import Event
from app.core.work import Origin, Units, Work
from app.interop.composing import ImportOptions, attachment_paths, draft_of
from app.interop.convert import is_binary, to_document
from app.interop.document import Document
from app.interop.files import (
    check_file,
    discard,
    locate,
    media_type_by_name,
    read_text_file,
    seal_file,
)
from app.interop.manifest import Row, Survey, rows_of, size_of, survey
from app.interop.progress import Progress, Watch, unwatched
from app.records import Inspector, Limits
from app.vault import BlobName, BlobStore, KeyProvider, OverLimit, begin_seal, ensure_key

MakeActor = Callable[[Work], Actor]
_BATCHES: Final = UUID("6f0e3c1e-6f1b-5b0e-8a53-1d0c7f3f7a10")
# What is wrong with a row. Anything else is wrong with the import, and ends it.
_BAD: Final = (Invalid, TooLarge, Conflict, NotFound)


@dataclass(frozen=True)
class AttachmentStore:
    """Where attached files go; `arrangement` is what their bytes are bound to.

    Without an inspector they wait for the worker.
    """

    keys: KeyProvider
    blobs: BlobStore
    arrangement: str
    limits: Limits
    inspector: Inspector | None = None


@dataclass(frozen=True)
class BadRow:
    """A row that was not imported, by its line in the manifest, and what to do about it."""

    line: int
    path: str
    reason: str


@dataclass(frozen=True)
class ImportReport:
    """What became of a manifest; `bytes` are those of the rows' files, `seconds` took it.

    `held` says of each record that was imported but could not be submitted why: it is a draft.
    """

    batch_id: BatchId
    imported: int
    unchanged: int
    bad: tuple[BadRow, ...]
    bytes: int
    seconds: float
    held: tuple[str, ...] = ()


def import_manifest(
    units: Units,
    gate: Gate,
    make_actor: MakeActor,
    store: AttachmentStore,
    manifest: Path,
    options: ImportOptions,
    *,
    origin: Origin,
    watch: Watch = unwatched,
) -> ImportReport:
    """Make a draft of every good row, and submit each if asked to.

    The same manifest, imported again by the same organisation, goes on with the same batch.

    Args:
        make_actor: gives who imports, anew in each transaction.

    Raises:
        Invalid: the manifest is not one, or says no marking or releasability and neither do the
            options.
        Forbidden: the person does not prepare records.
        Unavailable: database, keys or store do not answer; what was imported until then stays.
    """
    found = survey(manifest)
    _check_defaults(found, options)
    began_at = units.clock()
    with units.begin(origin) as work:
        batch_id = _batch_id(make_actor(work), found)
    run = _Run(units, gate, make_actor, store, manifest.parent, options, origin, batch_id)
    progress = Progress(found.rows_count, found.total_bytes)
    for row in rows_of(manifest):
        progress = _counted(progress, row, run.take(row))
        watch(progress)
    run.inspect(lambda done: watch(replace(progress, path=f"{done} attachments inspected")))
    held = run.submit() if options.submit else ()
    if progress.imported_count:
        run.tell(progress)
    return ImportReport(
        batch_id,
        progress.imported_count,
        progress.unchanged_count,
        tuple(run.bad),
        progress.done_bytes,
        (units.clock() - began_at).total_seconds(),
        held,
    )


def row_hash_of(path: str, sha256_hex: str) -> bytes:
    """Give the hash, 32 bytes, under which the record made of a row is remembered."""
    return canonical_hash([path, sha256_hex.lower()])


def _check_defaults(found: Survey, options: ImportOptions) -> None:
    if "marking" not in found.columns and not options.marking:
        raise Invalid("The manifest has no column “marking”. Say how its records are marked.")
    if "release_to" not in found.columns and options.release_to is None:
        raise Invalid("The manifest has no column “release_to”. Say whom to release to.")


def _batch_id(actor: Actor, found: Survey) -> BatchId:
    name = f"{actor.profile.organisation}/{found.fingerprint.hex()}"
    return BatchId(uuid5(_BATCHES, name))


def _counted(progress: Progress, row: Row, outcome: str) -> Progress:
    return replace(
        progress,
        imported_count=progress.imported_count + (outcome == "imported"),
        unchanged_count=progress.unchanged_count + (outcome == "unchanged"),
        bad_count=progress.bad_count + (outcome == "bad"),
        done_bytes=progress.done_bytes + (size_of(row["bytes"]) or 0),
        path=row["path"],
    )


@dataclass(frozen=True)
class _File:
    """A file to attach; its hash is checked while it is sealed, where the manifest says one."""

    path: Path
    name: str
    media_type: str
    sha256_hex: str = ""


@dataclass
class _Run:
    """One run over a manifest."""

    units: Units
    gate: Gate
    make_actor: MakeActor
    store: AttachmentStore
    folder: Path
    options: ImportOptions
    origin: Origin
    batch_id: BatchId
    bad: list[BadRow] = field(default_factory=list)

    def inspect(self, watch: Callable[[int], None]) -> None:
        """Have what was attached inspected, several files at once."""
        if self.store.inspector is not None:
            records.inspect_waiting(
                self.units, self.gate, self.store.inspector, origin=self.origin, watch=watch
            )

    def submit(self) -> tuple[str, ...]:
        """Submit what was never submitted of the batch; give why what could not be was not."""
        report = release.submit_batch(
            self.units,
            self.gate,
            self.make_actor,
            self.batch_id,
            lambda *_: None,
            origin=self.origin,
            only_new=True,
        )
        return tuple(one.reason for one in report.refused)

    def take(self, row: Row) -> str:
        """Import a row; say whether it was imported, unchanged or bad."""
        sealed: list[BlobName] = []
        try:
            file = self._checked(row)
            with self.units.begin(self.origin) as work:
                return self._import(work, row, file, sealed)
        except _BAD as problem:
            # After any other failure the row may have been committed: the sweeper will know.
            discard(self.store.blobs, sealed)
            self.bad.append(BadRow(row.line, row["path"], _told(problem)))
            return "bad"

    def tell(self, progress: Progress) -> None:
        """Write in the journal that a batch was imported."""
        with self.units.begin(self.origin) as work:
            actor = self.make_actor(work)
            work.record(
                Event(
                    type="batch.imported",
                    subject=f"batch:{self.batch_id}",
                    actor=str(actor.person or ""),
                    organisation=actor.profile.organisation,
                    agreement=actor.agreement,
                    organisations=actor.organisations,
                    decision="allow",
                    details={
                        "imported": progress.imported_count,
                        "unchanged": progress.unchanged_count,
                        "bad": progress.bad_count,
                        "bytes": progress.done_bytes,
                    },
                )
            )

    def _checked(self, row: Row) -> Path:
        """Find the file of a row and check that it is the one that the manifest means."""
        if row.broken:
            raise Invalid(row.broken)
        file = locate(self.folder, row["path"])
        check_file(file, size_text=row["bytes"], sha256_hex=row["sha256"])
        return file

    def _import(self, work: Work, row: Row, file: Path, sealed: list[BlobName]) -> str:
        actor = self.make_actor(work)
        row_hash = row_hash_of(row["path"], row["sha256"])
        if records.imported(work, actor, row_hash) is not None:
            return "unchanged"
        document, files = self._content(row, file)
        find_person = partial(parties.person_by_email, work.session)
        command = draft_of(row, document, self.options, find_person)
        draft = records.draft(work, self.gate, actor, command, batch_id=self.batch_id)
        for one in files:
            self._attach(work, actor, draft.version_id, draft.input.originator, one, sealed)
        records.keep_import(work, actor, row_hash, draft.record_id, self.batch_id)
        return "imported"

    def _content(self, row: Row, file: Path) -> tuple[Document, list[_File]]:
        """Give the document of a row, and the files to attach."""
        files = [_attached(self.folder, path) for path in attachment_paths(row)]
        if not row["media_type"]:
            raise Invalid("The column “media_type” is empty. Write for example text/markdown.")
        if is_binary(row["media_type"]):
            body = _File(file, file.name, row["media_type"], row["sha256"])
            return Document(row["title"] or file.stem, "", ()), [body, *files]
        data = read_text_file(file, sha256_hex=row["sha256"])
        document = to_document(
            data, media_type=row["media_type"], path=row["path"], title=row["title"]
        )
        return document, files

    def _attach(
        self,
        work: Work,
        actor: Actor,
        version_id: VersionId,
        originator: str,
        file: _File,
        sealed: list[BlobName],
    ) -> None:
        """Seal a file and attach it; its blob is kept for good once the row is committed."""
        blobs, keys = self.store.blobs, self.store.keys
        facts = records.authorise_attaching(
            work, self.gate, actor, version_id, None, arrangement=self.store.arrangement
        )
        largest_bytes = records.allowance(work, actor, facts, self.store.limits)
        ensure_key(keys, originator)
        sealing = begin_seal(
            facts.binding,
            facts.seal_label,
            keys=keys,
            blobs=blobs,
            limit_bytes=largest_bytes,
        )
        try:
            body = seal_file(file.path, sealing, sha256_hex=file.sha256_hex)
        except OverLimit as error:
            raise TooLarge(f"{file.name}: {records.too_large(largest_bytes)}") from error
        sealed.append(body.blob)
        work.after_commit.append(lambda: blobs.promote(body.blob))
        records.attach(
            work, self.gate, actor, facts, body, name=file.name, media_type=file.media_type
        )


def _attached(folder: Path, path: str) -> _File:
    name = PurePosixPath(path).name
    return _File(locate(folder, path), name, media_type_by_name(name))


def _told(problem: Problem) -> str:
    """Say a problem in one line, with what stands beside its fields."""
    told = [problem.detail or problem.title, *getattr(problem, "fields", {}).values()]
    return " ".join(dict.fromkeys(told))
