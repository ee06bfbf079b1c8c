"""The addresses of searches: what they ask for, and the links that narrow, widen, sort and page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from app.access import Area
from app.records import FacetValue, Kind, Search
from app.web.presenting import label, language

FACETS: Final = {
    "kind": "Kind",
    "area": "Area",
    "originator": "Originator",
    "marking": "Marking",
    "language": "Language",
    "year": "Year",
}
NAMED: Final[Mapping[str, type[Kind | Area]]] = {"kind": Kind, "area": Area}
DAYS: Final = {"from": "From {}", "to": "Until {}"}
PARAMETERS: Final = ("q", *FACETS, *DAYS, "order")


def asked_for(query: Mapping[str, str]) -> dict[str, str]:
    """Give what the address of a search asks for; what is searched for comes best first.

    Parameters that a search does not know, such as those that mail programs add, are left out.
    """
    asked = {name: query[name] for name in PARAMETERS if query.get(name)}
    asked.setdefault("order", _usual_order(asked))
    return asked | {"cursor": query.get("page", "")}


def search_href(search: Search, **changes: str | None) -> str:
    """Give the address of a search with some of its parameters changed; paging starts anew."""
    return _href({**given_in(search), "order": search.order}, **changes)


def _href(asked: Mapping[str, str | None], **changes: str | None) -> str:
    given = {**asked, **changes}
    given = {name: value for name, value in given.items() if value not in (None, "")}
    if given.get("order") == _usual_order(given):
        del given["order"]
    return "/records" + ("?" + urlencode(given) if given else "")


def given_in(search: Search) -> dict[str, str | None]:
    """Give what a search asks for, by the names that its address has, without order and page."""
    asked = search.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude={"cursor", "order"}
    )
    return {name: str(value) for name, value in asked.items() if value != ""}


def page_href(search: Search, cursor: str | None) -> str:
    """Give the address of another page of a search; empty when there is none."""
    return search_href(search, page=cursor) if cursor else ""


def _usual_order(asked: Mapping[str, object]) -> str:
    return "relevance" if asked.get("q") else "newest"


@dataclass(frozen=True)
class Option:
    """A filter that can be chosen, or, when it is chosen, left."""

    text: str
    href: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class FacetGroup:
    """The values of one dimension."""

    title: str
    options: tuple[Option, ...]


def facet_groups(
    facets: Mapping[str, Iterable[FacetValue]], search: Search, names: Mapping[str, str]
) -> list[FacetGroup]:
    """Give the filters of a search in the order of `FACETS`; a chosen value's link leaves it."""
    given = {**given_in(search), "order": search.order}
    return [
        FacetGroup(
            title,
            tuple(
                Option(
                    text=facet_text(name, one.value, names),
                    href=_href(given, **{name: None if one.selected else one.value}),
                    count=one.count,
                    chosen=one.selected,
                )
                for one in facets.get(name, ())
            ),
        )
        for name, title in FACETS.items()
    ]


def facet_text(name: str, value: str, names: Mapping[str, str]) -> str:
    """Say a value of a dimension."""
    if name == "language":
        return language(value)
    if name == "originator":
        return names.get(value, value)
    if name in NAMED:
        return label(NAMED[name](value))
    return value


@dataclass(frozen=True)
class Chosen:
    """A filter in force, and the same search without it."""

    text: str
    href: str


def search_name(search: Search, names: Mapping[str, str]) -> str:
    """Say what a search asks for, short enough to name it by."""
    said = [f"“{search.q}”"] if search.q else []
    said += [one.text for one in chosen_filters(search, names)]
    return ", ".join(said)[:100]


def chosen_filters(search: Search, names: Mapping[str, str]) -> list[Chosen]:
    """Give the filters of a search that are in force."""
    asked = given_in(search)
    return [
        Chosen(
            DAYS.get(name, "{}").format(facet_text(name, str(asked[name]), names)),
            search_href(search, **{name: None}),
        )
        for name in (*FACETS, *DAYS)
        if name in asked
    ]
