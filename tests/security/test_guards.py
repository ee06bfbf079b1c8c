"""The guards of the database hold even for whoever can say anything to it as the application."""

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from tests.records_world import marking, released
from tests.world import World


def test_a_temporary_table_does_not_stand_in_for_a_real_one(world: World) -> None:
    made = released(world)
    version = {"version": made.version_id}
    with pytest.raises(DBAPIError, match="never changed"), world.work() as work:
        world.gate.scope(work, world.actor(work, "ida"))
        work.session.execute(text("CREATE TEMP TABLE versions (id uuid, state text)"))
        forged = text("INSERT INTO pg_temp.versions VALUES (:version, 'draft')")
        work.session.execute(forged, version)
        work.session.execute(
            text("UPDATE public.portions SET body = 'forged' WHERE version_id = :version"), version
        )


def test_functions_with_their_owners_rights_are_closed(world: World) -> None:
    with world.owner() as session:
        functions = session.execute(
            text(
                "SELECT proname, proconfig,"
                " has_function_privilege('public', oid, 'EXECUTE') AS open FROM pg_proc"
                " WHERE prosecdef AND pronamespace = 'public'::regnamespace"
            )
        ).all()
    assert len(functions) >= 6
    for one in functions:
        assert one.proconfig == ["search_path=pg_catalog, public, pg_temp"], one.proname
        assert not one.open, one.proname


def test_every_table_of_content_is_bound_by_audience(world: World) -> None:
    with world.owner() as session:
        unbound = session.scalars(
            text(
                "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
                " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
                " AND a.attname = 'audience_id' AND NOT c.relrowsecurity"
            )
        ).all()
    # The log, the answers of the policies and what a mail may say are facts of access, never
    # content: a notice says nothing of a record, whose title is looked up for whoever reads it.
    assert set(unbound) == {"log_entries", "visibility", "notices"}


def test_what_other_policies_decided_in_between_is_not_served(world: World) -> None:
    released(world, marking=marking("TLP:AMBER", "org:dtc"))
    meddled: list[bool] = []

    def meddle(*asked: object) -> None:
        if "JOIN visibility ON" in str(asked[2]) and not meddled:
            meddled.append(True)
            with world.owner() as session:
                session.execute(
                    text("INSERT INTO policy_sets VALUES ('other', now(), '{}') RETURNING version")
                )
                session.execute(text("UPDATE visibility_sets SET policy_set = 'other'"))
                session.execute(text("UPDATE visibility SET allowed = true"))

    with world.work() as work:
        assert not world.gate.scope(work, world.actor(work, "uma")).audience_ids
    with world.owner() as session:  # as if another process had decided: here nothing is remembered
        session.execute(text("UPDATE visibility_sets SET decided_at = decided_at + '1 min'"))
    event.listen(world.engine, "before_cursor_execute", meddle)
    with world.work() as work:
        assert not world.gate.scope(work, world.actor(work, "uma")).audience_ids
    assert meddled
    with world.work() as work:
        assert not world.gate.scope(work, world.actor(work, "uma")).audience_ids
