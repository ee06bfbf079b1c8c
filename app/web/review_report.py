"""The report of a review, as it is printed: what was drawn, how, what was found, and by whom."""

from collections.abc import Mapping
from typing import Any, Final

from app.audit import reviews
from app.web.log_words import LogItem, event_words
from app.web.presenting import moment

MARKS: Final = {"checked": "Checked", "exception": "Exception", "": "Open"}
FILTER_WORDS: Final = {
    "from": "From",
    "to": "To",
    "type": "What happened",
    "decision": "Decision",
    "person": "Person",
    "organisation": "Organisation",
    "record": "Record, version or file",
    "marking": "Marking",
    "action": "Action",
}
GROUP: Final = 16
DRAWN: Final = (
    "The entries of the selection at the place in the log are put in the order of"
    " SHA-256(seed | leaf hash); the sample is the first of them. The portal drew the seed and"
    " wrote it in the log before the sample was shown. Whoever has the entries draws the same one."
)


def selection_words(view: reviews.ReviewView) -> list[tuple[str, str]]:
    """Say by what the entries were selected."""
    return [
        (FILTER_WORDS[name], event_words(value) or value if name == "type" else value)
        for name, value in view.filters.items()
        if name in FILTER_WORDS
    ]


def report(
    view: reviews.ReviewView,
    items: Mapping[int, LogItem],
    party: str,
    arrangement: str,
    base_url: str,
) -> dict[str, Any]:
    """Give what `templates/print/report.typ` sets."""
    line = view.line
    begun = moment(line.begun_at, party).text
    signed = moment(line.signed_off_at, party).text if line.signed_off_at else ""
    author = line.author_name or f"person {line.author}"
    return {
        "arrangement": arrangement,
        "title": line.name,
        "kind": "Review of the log",
        "sentence": _sentence(view, signed),
        "facts": [
            ["Auditor", author],
            ["Begun", begun],
            ["Signed off", signed or "Not yet"],
            ["Sample", f"{line.drawn:,} of {view.population:,} entries"],
            ["Place in the log", view.at],
            ["Seed", _grouped(view.seed_hex)],
        ],
        "filters": [list(pair) for pair in selection_words(view)],
        "parts": [
            {"heading": "Conclusion", "text": view.conclusion or "None yet."},
            {"heading": "Exceptions", **_exceptions(view, items)},
            {"heading": "The sample", "table": _sample(view, items)},
            {"heading": "How the sample was drawn", "text": DRAWN},
        ],
        "answered": f"At {view.at} of the log",
        "when": signed or begun,
        "by": author,
        "link": f"{base_url}/audit/reviews/{view.id}",
    }


def _sentence(view: reviews.ReviewView, signed: str) -> str:
    line = view.line
    exceptions = line.exception_count
    found = {0: "no exception", 1: "1 exception"}.get(exceptions, f"{exceptions:,} exceptions")
    state = f"signed off on {signed}" if signed else f"{line.open_count:,} not marked yet"
    return f"{line.marked_count:,} of {line.drawn:,} entries marked, {found}; {state}."


def _exceptions(view: reviews.ReviewView, items: Mapping[int, LogItem]) -> dict[str, Any]:
    if not view.exceptions:
        return {"text": "None."}
    rows = [
        [str(item.number), item.place, _what(item, items), item.note] for item in view.exceptions
    ]
    columns = ["No.", "Place", "Entry", "Note"]
    return {
        "table": {"caption": "Exceptions", "columns": columns, "widths": [1, 2, 5, 6], "rows": rows}
    }


def _sample(view: reviews.ReviewView, items: Mapping[int, LogItem]) -> dict[str, Any]:
    rows = [
        [
            str(item.number),
            item.place,
            items[item.number].time if item.number in items else "",
            _what(item, items),
            MARKS[item.mark],
            _grouped(item.leaf_hash_hex),
        ]
        for item in view.items
    ]
    columns = ["No.", "Place", "When", "Entry", "Mark", "Hash of the entry"]
    return {
        "caption": "The sample",
        "columns": columns,
        "widths": [1, 2, 4, 6, 2, 6],
        "rows": rows,
    }


def _grouped(hash_hex: str) -> str:
    """Part a hash where a line of print may end."""
    return " ".join(hash_hex[start : start + GROUP] for start in range(0, len(hash_hex), GROUP))


def _what(item: reviews.ItemView, items: Mapping[int, LogItem]) -> str:
    told = items.get(item.number)
    if told is None:
        return "In the archive of its log"
    who = f"{told.actor} ({told.organisation})" if told.organisation else told.actor
    about = f", {told.subject}" if told.subject else ""
    return f"{told.event_text or told.event}{about}. {who}"
