"""Inspections for tests: at once and clean, unless a test asks for real ones."""

from typing import Final

from sqlalchemy import text

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


def inspect_for_real(world: World) -> None:
    """Let files that are attached from now on wait for a worker, as they do in a portal."""
    with world.owner() as session:
        session.execute(text("DROP TRIGGER test_inspected_at_once ON inspections"))
