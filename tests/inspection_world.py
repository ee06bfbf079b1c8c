"""Inspections for tests: at once and clean, unless a test asks for real ones."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import text

from app import records
from app.core.database import Database
from app.core.work import Origin
from app.inspection import Finding, Report, Scan
from app.labels import Schemes
from app.records import Inspector
from app.sandbox import Input, Output
from tests.records_world import ARRANGEMENT
from tests.vault_world import Vault
from tests.world import World

# Most tests attach files only to see what becomes of them: in their databases an inspection has
# found nothing the moment it is asked for. Nothing of the portal knows of this trigger.
AT_ONCE: Final = """
CREATE FUNCTION test_inspected_at_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.state := 'done';
  NEW.inspected_at := NEW.requested_at;
  NEW.inspector := 'test';
  NEW.report := '\\x00';
  NEW.outline := '{"original": {"media_type": "text/plain", "findings": [], "markings": [],
    "pages": null, "text": [], "cleaned": false, "inspector": "test"}, "cleaned": null}';
  RETURN NEW;
END $$;
CREATE TRIGGER test_inspected_at_once BEFORE INSERT ON inspections
  FOR EACH ROW EXECUTE FUNCTION test_inspected_at_once();
"""


def inspect_for_real(database: Database) -> None:
    """Let files that are attached from now on wait for a worker, as they do in a portal."""
    engine = database.owner_engine()
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER test_inspected_at_once ON inspections"))
    engine.dispose()


@dataclass
class FakeInspector:
    """Finds what a test says, and makes the copy that it says; remembers what it was shown."""

    found: Report = field(default_factory=lambda: report())
    copy: bytes | None = None
    in_copy: Report = field(default_factory=lambda: report())
    seen: list[bytes] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def __call__(
        self, file: Input, name: str, *, schemes: Schemes, scan: Scan | None, clean: bool
    ) -> tuple[Report, Output | None]:
        if not clean:
            return self.in_copy, None
        self.before()
        self.seen.append(b"".join(file.chunks()))
        if self.copy is None:
            return self.found, None
        descriptor = os.memfd_create("copy", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.write(descriptor, self.copy)
        return replace(self.found, cleaned=True), Output.of(descriptor)


def report(*kinds: str, excerpt: str = "the hidden words", place: str = "Page 3") -> Report:
    """A report of one finding of each kind."""
    findings = tuple(Finding(kind, place, 3, excerpt) for kind in kinds)
    return Report("application/pdf", findings, pages=4, inspector="test")


def inspector(vault: Vault, fake: FakeInspector) -> Inspector:
    """What the worker inspects with, over a test's vault."""
    return Inspector(vault.keys, vault.blobs, ARRANGEMENT, None, 1 << 20, fake)


def inspect_all(world: World, vault: Vault, fake: FakeInspector | None = None) -> int:
    """Inspect what waits, as the worker does; gives how many files that were."""
    tools = inspector(vault, fake or FakeInspector())
    count = 0
    while records.inspect_next(world.units, world.gate, tools, origin=Origin(door="worker")):
        count += 1
    return count
