"""What a person could read at a moment, by originator and marking, and which records by number."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from app.audit.questions import charts, words
from app.audit.questions.ground import Ground, Place
from app.audit.questions.names import QuestionName
from app.audit.questions.question import Placed, Question, Summary
from app.audit.questions.views import Column, Named, Row, Total
from app.audit.reach import Reach, Reached, ReachedRecord, numbered, reach
from app.core.ids import PersonId

MOST_MARKINGS: Final = 6
COLUMNS: Final = (
    Column("record", "Record", "record"),
    Column("originator", "Originator", "organisation"),
    Column("markings", "Marked", "text"),
    Column("state", "Then", "text"),
    Column("why", "Why", "text"),
)


def _reach(ground: Ground) -> Reach | None:
    """Give what the person could read; None when that is nothing that the auditor may know of."""
    if "reach" not in ground.kept:
        asked = ground.asked
        if asked.person is None:
            raise TypeError("the question needs a person")
        ground.kept["reach"] = reach(
            ground.session,
            ground.policies,
            party=ground.party,
            party_of={slug: one.party for slug, one in ground.organisations.items()},
            person=PersonId(asked.person),
            moment=asked.moment,
        )
    kept: Reach | None = ground.kept["reach"]
    return kept


def _rows(ground: Ground, before: Place | None, limit: int) -> Sequence[Placed]:
    """Give the records by their numbers; a place is the number of a record."""
    found = _reach(ground)
    if found is None:
        return ()
    below = f"ENT-{before[1]}-{before[2]:06d}" if before else ""
    return [_placed(ground, one) for one in numbered(ground.session, found, below, limit)]


def _placed(ground: Ground, one: ReachedRecord) -> Placed:
    _, year, number = one.reference.split("-")
    title = one.title
    cells = (
        Named(str(one.record), one.reference),
        ground.organisation(title.originator),
        " // ".join(title.markings),
        title.state.capitalize(),
        title.why,
    )
    asked = {"record": one.reference, "day": ground.asked.moment.date()}
    more = f"{QuestionName.COULD_READ}?{urlencode(asked)}"
    place = (ground.asked.at_time, int(year), int(number))
    return Placed(place, Row(None, None, None, cells, more))


def _summarise(ground: Ground) -> Summary:
    found, who = _reach(ground), ground.asked.word("person")
    at = words.moment(ground.asked.moment)
    if found is None:
        return Summary(f"Nothing that {who} could read at {at} concerned your party.")
    told = found.told
    by_originator = _summed(told, lambda title: ground.organisation(title.originator).text)
    by_marking = _summed(told, lambda title: " // ".join(title.markings))
    most = sorted(by_marking.items(), key=lambda one: (-one[1], one[0]))
    of = f" of {words.count(len(by_originator), 'originator')}" if told else ""
    sentence = (
        f"{who} could read {words.count(sum(told.values()), 'record')}{of} at {at}; "
        f"{words.count(found.ours_count, 'record')} concerned your party."
        if found.own
        else f"{who} could read {words.count(found.ours_count, 'record')} of your party at {at}."
    )
    return Summary(
        sentence,
        (
            Total("records", "Records", sum(told.values())),
            Total("ours", "Of your party", found.ours_count),
            Total("originators", "Originators", len(by_originator)),
            *(Total(f"marked:{name}", f"Marked {name}", n) for name, n in most[:MOST_MARKINGS]),
        ),
        charts.bars("What they could read", "Records", by_originator, "Records by originator."),
    )


def _summed(told: Mapping[Reached, int], name: Callable[[Reached], str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for title, count in told.items():
        found[name(title)] = found.get(name(title), 0) + count
    return found


PERSON_COULD: Final = Question(
    name=QuestionName.PERSON_COULD,
    title="What this person could read at a moment",
    about="Decided again over the whole store, by the policies then in force, from how the person "
    "stood; a record counts when its title could be read.",
    needs=("person",),
    filters=("person", "moment"),
    columns=COLUMNS,
    summarise=_summarise,
    rows=_rows,
)
