"""Who takes part in a seeded store: declared in a file and applied, as everywhere."""

import json
from collections.abc import Iterator
from random import Random
from typing import Final

from app import parties
from app.bench.plan import NAMES, SHARES, Plan, address
from app.core.work import Work
from app.labels import Schemes

OBSERVERS: Final = "observers"
PARTIES: Final = {"SG": ("Singapore", "sg"), "EU": ("European Union", "eu")}
CLEARANCES: Final = {
    "SG": ("CONFIDENTIAL \\ SENSITIVE HIGH", "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL", ""),
    "EU": ("RESTREINT UE/EU RESTRICTED", "SENSITIVE", ""),
}
ROLES: Final = (
    *(["contributor"], ["release_authority"], ["reader"], ["reader"]),
    *(["reader"], ["contributor", "release_authority"], ["reader"], ["reader"]),
    *(["auditor"], ["reader", "organisation_administrator"], ["reader"], ["contributor"]),
)
GROUPS_COUNT: Final = 12
# Of a group and in the clear: what one of the five sees stands in the releasability of audiences.
SEEING: Final = tuple(share for share in SHARES if share != "nothing")


def organisations(plan: Plan) -> dict[str, str]:
    """Give the party of each organisation, but for the observers'."""
    return {f"org{n}": ("SG", "EU")[n % 2] for n in range(plan.organisations - 1)}


def groups() -> list[str]:
    """Give the slugs of the groups that organisations belong to."""
    return [f"group{n}" for n in range(GROUPS_COUNT)]


def admit(work: Work, schemes: Schemes, plan: Plan) -> None:
    """Let everybody in; the journal holds it as it holds every declaration that is applied."""
    parties.apply_file(work, schemes, "\n".join(_lines(plan)).encode())


def _lines(plan: Plan) -> Iterator[str]:
    chance = Random(plan.seed)  # noqa: S311 - nothing secret is drawn
    of_party = organisations(plan)
    for code, (name, scheme) in {**PARTIES, "OB": ("Observers", "eu")}.items():
        yield from _table(f"parties.{code}", name=name, scheme=scheme)
    for number, (slug, party) in enumerate(of_party.items()):
        kind = "partner" if _is_partner(number) else "authority"
        yield from _organisation(slug, kind, party, CLEARANCES[party][0])
    yield from _organisation(OBSERVERS, "partner", "OB", CLEARANCES["EU"][0])
    slugs = list(of_party)
    for slug in groups():
        chosen = sorted(chance.sample(slugs, max(1, len(slugs) // 6)))
        yield from _table(f"groups.{slug}", name=slug, organisations=chosen)
    for share in SEEING:
        yield from _table(f"groups.see-{NAMES[share]}", name=share, people=[address(share)])
    for number in range(plan.profiles - len(SHARES)):
        slug = slugs[number % len(slugs)]
        round_ = number // len(slugs)
        clearances = CLEARANCES[of_party[slug]]
        clearance = clearances[0 if round_ < 2 else chance.randrange(len(clearances))]
        roles = ROLES[round_ % len(ROLES)]
        if roles == ["auditor"] and _is_partner(number % len(slugs)):
            roles = ["reader"]
        yield from _person(f"p{number}@{slug}.example", slug, roles, clearance)
    for share in SHARES:
        cleared = share in ("everything", "50%")
        clearance = CLEARANCES["EU"][0] if cleared else ""
        yield from _person(address(share), OBSERVERS, ["reader"], clearance)


def _is_partner(number: int) -> bool:
    return number % 5 >= 2


def _organisation(slug: str, kind: str, party: str, ceiling: str) -> Iterator[str]:
    yield from _table(f"organisations.{slug}", name=slug, kind=kind, party=party)
    yield from _table(f"organisations.{slug}.agreement", title="Agreement", ceiling=ceiling)
    yield from ("from = 2020-01-01", "until = 2040-01-01")


def _person(email: str, organisation: str, roles: list[str], clearance: str) -> Iterator[str]:
    facts = {"email": email, "name": email.partition("@")[0], "organisation": organisation}
    yield from _table("[people]", **facts, roles=roles, clearance=clearance)


def _table(header: str, /, **values: str | list[str]) -> Iterator[str]:
    """Give a table of TOML; a string of JSON is one of TOML too."""
    yield f"[{header}]"
    yield from (f"{key} = {json.dumps(value)}" for key, value in values.items())
