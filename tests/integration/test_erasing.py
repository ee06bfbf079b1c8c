"""Who is erased is nowhere any more, and everything they did is proved as before."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text

from app import audit
from app.access import Actor
from app.audit import LogFilter, Published
from app.audit.exports.tiles import check_folder
from app.core.errors import Forbidden, Invalid
from app.core.ids import PersonId
from app.core.work import Work
from app.identity import erase_person, give_password, set_password
from app.parties import AdmitPerson
from tests.api_world import Api, make_api
from tests.changing import admit, resume
from tests.conftest import clone
from tests.portal import PASSWORD
from tests.world import World

NAME = "Quirina Zwetschge"
EMAIL = "quirina.zwetschge@imda.example"
ADDRESS = "testclient"  # where the requests of a test come from
REASON = "Asked for it after leaving."


@pytest.fixture(scope="module")
def used(
    server: Engine, peopled: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """A portal that somebody used under their name, to be cloned: its database and its folder."""
    folder = tmp_path_factory.mktemp("used")
    with clone(server, peopled) as database:
        api = make_api(database, folder)
        use(api)
        api.portal.world.close()
        yield str(make_url(database.owner_url).database), folder


@pytest.fixture
def api(server: Engine, used: tuple[str, Path], tmp_path: Path) -> Iterator[Api]:
    name, folder = used
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    with clone(server, name) as database:
        made = make_api(database, tmp_path)
        yield made
        made.portal.world.close()


@pytest.fixture
def person(api: Api) -> PersonId:
    """Whoever used it."""
    people = api.portal.world.people
    people["quirina"] = people[EMAIL.partition("@")[0]]
    return people["quirina"]


def use(api: Api) -> None:
    """Admit somebody, who signs in, searches for themselves, and uses a program; others ask too."""
    world, services = api.portal.world, api.portal.services
    record_id = api.portal.released()
    with world.work() as work:
        command = AdmitPerson(email=EMAIL, name=NAME, roles=frozenset({"reader"}))
        made = admit(work, world.gate, world.actor(work, "olga"), command).id
        set_password(work, services.identity, made, PASSWORD)
    world.people["quirina"] = made
    client = api.client()
    for password in ("wrong", PASSWORD):
        form = {"email": EMAIL, "password": password}
        page = client.get("/sign-in").text
        token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
        client.post("/sign-in", data={**form, "csrf_token": token})
    client.get("/records", params={"q": f"from {NAME}", "originator": NAME})
    api.client("quirina").get("/api/v1/records", params={"q": EMAIL})
    api.client("ida").get("/api/v1/records", params={"q": f"anything of {NAME.upper()}, today"})
    api.client("abel").get("/api/v1/log", params={"person": EMAIL})
    api.client("abel").get("/api/v1/log", params={"person": NAME, "record": EMAIL})
    api.client("ida").get(f"/api/v1/records/{record_id}")
    world.sequence()


def erase(world: World, person: PersonId, name: str = "olga", reason: str = REASON) -> None:
    with world.work() as work:
        erase_person(work, world.gate, world.actor(work, name), person, reason)


def holding(world: World, words: list[str]) -> list[str]:
    """The columns of all tables that hold one of the words, in whatever type they keep text."""
    found = []
    with world.owner() as session:
        columns = session.execute(
            text(
                "SELECT table_name, column_name, data_type FROM information_schema.columns"
                " WHERE table_schema = 'public' AND is_generated = 'NEVER'"
                " AND data_type IN ('text', 'ARRAY', 'jsonb', 'bytea', 'character varying')"
            )
        ).all()
        assert len(columns) > 50
        for table, column, kind in columns:
            as_text = f"encode({column}, 'escape')" if kind == "bytea" else f'"{column}"::text'
            as_text = as_text.replace(f"({column},", f'("{column}",')
            for word in words:
                query = (
                    f'SELECT count(*) FROM "{table}" WHERE position(:word in lower({as_text})) > 0'
                )
                if session.execute(text(query), {"word": word.lower()}).scalar_one():
                    found.append(f"{table}.{column}: {word}")
    return found


def test_what_they_did_was_known_before(api: Api, person: PersonId) -> None:
    assert {one.partition(":")[0] for one in holding(api.portal.world, [NAME, EMAIL])} == {
        "people.name",
        "people.email",
        "journal_texts.value",
    }


def test_after_erasure_no_table_holds_the_name_or_the_address(api: Api, person: PersonId) -> None:
    world = api.portal.world
    erase(world, person)
    assert holding(world, [NAME, EMAIL, "quirina", "zwetschge"]) == []
    with world.owner() as session:
        for table in ("credentials", "sessions", "api_clients", "group_people"):
            count = f"SELECT count(*) FROM {table} WHERE person_id = :person"
            assert session.execute(text(count), {"person": person}).scalar_one() == 0
        theirs = (
            "SELECT count(*) FROM journal_addresses a JOIN log_entries l USING (entry_id)"
            " WHERE l.actor = :person OR l.subject = 'person:' || :name AND l.actor IS NULL"
        )
        values = {"person": person, "name": str(person)}
        assert session.execute(text(theirs), values).scalar_one() == 0
        others = "SELECT count(*) FROM journal_addresses"
        assert session.execute(text(others)).scalar_one() > 0


def test_what_has_no_place_in_the_log_yet_is_erased_too(api: Api, person: PersonId) -> None:
    world = api.portal.world
    api.client("quirina").get("/api/v1/records", params={"q": "anything"})
    erase(world, person)
    world.sequence()
    with world.owner() as session:
        theirs = (
            "SELECT count(*) FROM {} JOIN log_entries l USING (entry_id) WHERE l.actor = :person"
        )
        for table in ("journal_addresses", "journal_texts"):
            assert session.execute(text(theirs.format(table)), {"person": person}).scalar() == 0


def test_the_log_is_the_same_and_verifies(api: Api, person: PersonId, tmp_path: Path) -> None:
    world = api.portal.world
    before = world.entries()
    erase(world, person)
    assert world.entries()[: len(before)] == before
    world.sequence()
    with world.work() as work:
        published = Published(world.log, "https://entente.example")
        actor = world.actor(work, "abel")
        check_folder(
            audit.export_tiles(work, world.gate, actor, None, tmp_path / "whole", published)
        )


def test_the_erasure_is_on_the_log_without_its_reason(api: Api, person: PersonId) -> None:
    world = api.portal.world
    erase(world, person)
    told = world.told("person.erased")
    assert [(one["subject"], one["actor"]) for one in told] == [
        (f"person:{person}", str(world.people["olga"]))
    ]
    assert list(told[0]["details"]) == ["reason_commitment"]
    with world.owner() as session:
        kept = "SELECT value FROM journal_texts WHERE name = 'reason'"
        assert session.execute(text(kept)).scalar_one() == REASON


def test_pages_show_an_erased_person(api: Api, person: PersonId) -> None:
    world = api.portal.world
    erase(world, person)
    world.sequence()
    with world.work() as work:
        asked = LogFilter(person=str(person))
        page = audit.log(work, world.gate, world.actor(work, "abel"), asked).page
    assert {entry.actor_name for entry in page.items} == {"Erased person"}
    assert len(page.items) >= 3
    browser = api.client()
    for name, path in (
        ("abel", f"/audit/log?person={person}"),
        ("abel", f"/audit/entries/{page.items[0].id}"),
        ("olga", "/organisation"),
    ):
        browser.cookies.set("entente", api.portal.cookie(name))
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert "Erased person" in answer.text, path
        assert "quirina" not in answer.text.lower(), path


def test_nothing_that_they_held_lets_them_in(api: Api, person: PersonId) -> None:
    cookie = api.portal.cookie("quirina")
    program = api.client("quirina")
    erase(api.portal.world, person)
    browser = api.client()
    browser.cookies.set("entente", cookie)
    assert browser.get("/account", follow_redirects=False).status_code in (303, 401)
    assert program.get("/api/v1/me").status_code == 401
    credentials = {"grant_type": "client_credentials"}
    answer = api.client().post("/api/v1/token", data=credentials, auth=api.secrets["quirina"])
    assert answer.status_code == 401


@pytest.mark.parametrize("name", ["ida", "abel", "sys", "emil", "iris"])
def test_only_their_own_administrator_erases_somebody(
    api: Api, person: PersonId, name: str
) -> None:
    with pytest.raises(Forbidden):
        erase(api.portal.world, person, name)
    assert api.portal.world.events()[-1][0] == "suspend.refused"
    assert holding(api.portal.world, [NAME]) != []


def test_nobody_erases_themselves(api: Api) -> None:
    world = api.portal.world
    with pytest.raises(Forbidden):
        erase(world, world.people["olga"])


@pytest.mark.parametrize("reason", ["", "   ", f"{NAME.lower()} asked", f"mail by {EMAIL}"])
def test_a_reason_is_asked_for_that_does_not_name_them(
    api: Api, person: PersonId, reason: str
) -> None:
    with pytest.raises(Invalid):
        erase(api.portal.world, person, reason=reason)
    assert api.portal.world.told("person.erased") == []


def test_who_is_erased_stays_so(api: Api, person: PersonId) -> None:
    world, services = api.portal.world, api.portal.services
    erase(world, person)

    def again(work: Work, olga: Actor) -> None:
        erase_person(work, world.gate, olga, person, REASON)

    def back(work: Work, olga: Actor) -> None:
        resume(work, world.gate, olga, person)

    def key(work: Work, olga: Actor) -> None:
        give_password(work, services.identity, world.gate, olga, person)

    for act in (again, back, key):
        with pytest.raises(Forbidden), world.work() as work:
            act(work, world.actor(work, "olga"))


def test_the_same_address_can_be_admitted_anew(api: Api, person: PersonId) -> None:
    world = api.portal.world
    erase(world, person)
    with world.work() as work:
        command = AdmitPerson(email=EMAIL, name=NAME)
        again = admit(work, world.gate, world.actor(work, "olga"), command)
    assert again.id != person
