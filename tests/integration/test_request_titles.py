"""A request is called by what the one who looks may know: the listing, the record, its number."""

from datetime import timedelta

from sqlalchemy import text

from app import requests
from app.core.ids import RequestId
from tests.records_world import marking, read, released
from tests.requests_world import RULES, ask, grant, list_it, show
from tests.world import World


def title(world: World, request_id: RequestId, name: str) -> tuple[str, str]:
    """The title that this person sees of a request, in full and in the list."""
    line = show(world, request_id, name).line
    with world.work() as work:
        page = requests.requests_page(work, world.gate, RULES, world.actor(work, name))
    listed = next(one for one in (*page.own, *page.to_answer, *page.answered) if one.id == line.id)
    assert (listed.title, listed.title_marking) == (line.title, line.title_marking)
    return line.title, line.title_marking


def test_a_request_bears_the_title_in_sight_with_its_own_marking(world: World) -> None:
    record_id = released(world, title="Under lock", marking=marking("TLP:AMBER", "")).record_id
    list_it(world, record_id)
    asked = ask(world, "uma", reference=read(world, "iris", record_id).reference)
    assert title(world, asked, "uma") == ("An evaluation", "TLP:GREEN")
    assert title(world, asked, "iris") == ("Under lock", "TLP:AMBER")
    grant(world, asked)
    assert title(world, asked, "uma") == ("Under lock", "TLP:AMBER")
    with world.owner() as session:
        session.execute(text("DELETE FROM listings"))
    world.clock.pass_time(timedelta(days=21))
    assert title(world, asked, "uma") == ("", "")
