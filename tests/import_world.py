"""Manifests made up for a test, and an import by somebody of the world."""

import csv
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from app.access import Actor
from app.core.work import Origin, Work
from app.interop import AttachmentStore, ImportOptions, ImportReport, Watch, import_manifest
from app.interop.manifest import NEEDED, OPTIONAL
from app.interop.progress import unwatched
from app.records import load_limits
from app.vault import Cost, FolderBlobs, LocalKeys
from tests.world import NOON, POLICIES, World

ARRANGEMENT = "Test arrangement"
GREEN = ImportOptions(marking="TLP:GREEN", release_to="community")


def attachment_store(world: World, limit_bytes: int = 2**20) -> AttachmentStore:
    """A vault of the test's own."""
    return AttachmentStore(
        keys=LocalKeys(
            world.folder / "keys.json",
            "open",
            now=lambda: NOON,
            cost=Cost(memory_kib=8, passes=1, lanes=1),
        ),
        blobs=FolderBlobs(world.folder / "blobs"),
        arrangement=ARRANGEMENT,
        limits=load_limits(POLICIES, world.schemes, upper_bytes=limit_bytes),
    )


def run_import(
    world: World,
    manifest: Path,
    options: ImportOptions = GREEN,
    *,
    name: str = "ida",
    watch: Watch = unwatched,
    store: AttachmentStore | None = None,
) -> ImportReport:
    """Import as this person."""

    def make_actor(work: Work) -> Actor:
        return world.actor(work, name)

    return import_manifest(
        world.units,
        world.gate,
        make_actor,
        store or attachment_store(world),
        manifest,
        options,
        origin=Origin(door="test"),
        watch=watch,
    )


@dataclass
class Bundle:
    """A folder with files and the manifest that lists them."""

    folder: Path
    columns: tuple[str, ...] = NEEDED + OPTIONAL
    rows: list[dict[str, str]] = field(default_factory=list)

    def put(self, path: str, content: str | bytes) -> bytes:
        """Write a file."""
        data = content.encode() if isinstance(content, str) else content
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        return data

    def add(self, path: str, content: str | bytes = "Some words.", **cells: str) -> int:
        """Write a file and list it as an English research paper; give the line of its row."""
        data = self.put(path, content)
        return self.list(
            path, bytes=str(len(data)), sha256=hashlib.sha256(data).hexdigest(), **cells
        )

    def list(self, path: str, **cells: str) -> int:
        """List a file that may not be there; give the line of its row."""
        usual = {
            "path": path,
            "title": f"About {path}",
            "kind": "research",
            "area": "research",
            "language": "en",
            "media_type": "text/markdown",
        }
        self.rows.append(usual | cells)
        return len(self.rows) + 1

    def write(self) -> Path:
        """Write the manifest."""
        manifest = self.folder / "manifest.csv"
        with manifest.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, self.columns, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
        return manifest
