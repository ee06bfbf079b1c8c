"""Who could read a record on a day, and who did not."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from app.audit.as_of import AsOf, PastReader, could_read
from app.audit.questions import charts, words
from app.audit.questions.ground import Ground, Place
from app.audit.questions.names import QuestionName
from app.audit.questions.question import Placed, Question, Summary
from app.audit.questions.views import Column, Named, Row, Total
from app.core.errors import NotFound
from app.core.ids import RecordId

COLUMNS: Final = (
    Column("person", "Who", "person"),
    Column("organisation", "Of", "organisation"),
    Column("could", "Could read", "text"),
    Column("reads_that_day", "Read that day", "count"),
    Column("reads_in_all", "Read in all", "count"),
    Column("last_read_at", "Last", "time"),
    Column("why", "Why", "text"),
)


def _as_of(ground: Ground) -> AsOf | None:
    """Give who could read; None when the record is nothing that the auditor may know of."""
    if "as-of" not in ground.kept:
        asked = ground.asked
        if asked.record is None:
            raise TypeError("the question needs a record")
        try:
            ground.kept["as-of"] = could_read(
                ground.session,
                ground.policies,
                party=ground.party,
                record_id=RecordId(asked.record),
                day=asked.day,
                until=asked.at_time,
                at=asked.at,
            )
        except NotFound:
            ground.kept["as-of"] = None
    kept: AsOf | None = ground.kept["as-of"]
    return kept


def _rows(ground: Ground, before: Place | None, limit: int) -> Sequence[Placed]:
    """Give the rows in their order; a place counts how many are still to come."""
    found = _as_of(ground)
    rows = found.rows if found else ()
    start = 0 if before is None else max(len(rows) - before[2], 0)
    return [
        Placed((ground.asked.at_time, 0, len(rows) - start - n), _row(ground, one))
        for n, one in enumerate(rows[start : start + limit], 1)
    ]


def _row(ground: Ground, one: PastReader) -> Row:
    day = {"from": ground.asked.day, "to": ground.asked.day, "at": ground.asked.at.text()}
    query = urlencode({"record": ground.asked.record, "person": one.person, **day})
    factor = " Only when signed in with a second factor." if one.needs_second_factor else ""
    cells = (
        Named(str(one.person), one.name or f"…{str(one.person)[-12:]}"),
        Named(one.organisation, one.organisation_name),
        one.could,
        one.reads_that_day,
        one.reads_in_all,
        one.last_read_at,
        f"{one.why}{factor}",
    )
    more = f"{QuestionName.RECORD_OPENED}?{query}" if one.reads_that_day else ""
    return Row(None, None, None, cells, more)


def _summarise(ground: Ground) -> Summary:
    found, what = _as_of(ground), ground.asked.word("record")
    on = words.day(ground.asked.day)
    if found is None:
        return Summary(f"Nothing of {what} concerned your party on {on}.")
    could = [one for one in found.rows if one.could != "no"]
    read = [one for one in could if one.reads_that_day]
    could_not = len(found.rows) - len(could) + found.others_count
    public = " The public could read it too." if found.public else ""
    of = f" of {words.count(len({one.organisation for one in could}), 'organisation')}"
    sentence = (
        f"{words.begun(words.people(len(could)))}{of if could else ''} could read {what} on {on}: "
        f"{len(read):,} did, {len(could) - len(read):,} did not; {could_not:,} could not.{public}"
    )
    by_organisation: dict[str, int] = {}
    for one in could:
        name = one.organisation_name
        by_organisation[name] = by_organisation.get(name, 0) + 1
    return Summary(
        " ".join([sentence, *found.notes]),
        (
            Total("could", "People who could read it", len(could)),
            Total("read", "Of these, read it that day", len(read)),
            Total("could_not", "People who could not", could_not),
            Total("public", "Read by the public that day", found.public_reads_that_day),
        ),
        charts.bars("Who could read it", "People", by_organisation, "People by organisation."),
    )


COULD_READ: Final = Question(
    name=QuestionName.COULD_READ,
    title="Who could read this on a given day, and who did not",
    about="Decided again by the policies then in force, from how everybody stood on that day.",
    needs=("record",),
    filters=("record", "day"),
    columns=COLUMNS,
    summarise=_summarise,
    rows=_rows,
)
