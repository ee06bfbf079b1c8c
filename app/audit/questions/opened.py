"""Who opened this record; what did this organisation, and this person, open."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_

from app.audit.actions import OPENED
from app.audit.questions import charts, words
from app.audit.questions.ground import Ground, Place
from app.audit.questions.names import QuestionName
from app.audit.questions.question import RECENT_DAYS, Placed, Question, Summary, proven
from app.audit.questions.select import Tally, bucket, entries, hour_of_week, tallies
from app.audit.questions.views import Column, Total
from app.log import LoggedRow

COLUMNS: Final = (
    Column("at", "When", "time"),
    Column("person", "Who", "person"),
    Column("organisation", "Of", "organisation"),
    Column("event", "Did", "event"),
    Column("record", "Record", "record"),
    Column("markings", "Marking", "markings"),
    Column("decision", "Decision", "decision"),
    Column("served_bytes", "Bytes", "bytes"),
)


def _chosen(ground: Ground) -> ColumnElement[bool]:
    """Select what was opened, and what of it was refused."""
    refused = and_(LoggedRow.decision == "deny", LoggedRow.type.like("%.refused"))
    opened = and_(LoggedRow.decision == "allow", LoggedRow.type.in_(OPENED))
    return and_(ground.narrowed(), or_(opened, refused))


def _rows(ground: Ground, before: Place | None, limit: int) -> Sequence[Placed]:
    found = entries(ground, _chosen(ground), before, limit)
    ground.learn((one.actor for one in found), (one.record for one in found))
    return [
        proven(
            one,
            (
                one.at,
                ground.person(one.actor),
                ground.organisation(one.organisation) if one.organisation else None,
                one.type,
                ground.record(one.record),
                " // ".join(one.markings),
                one.decision,
                one.served_bytes,
            ),
        )
        for one in found
    ]


def _summarise_record(ground: Ground) -> Summary:
    told = tallies(
        ground,
        _chosen(ground),
        {
            "person": LoggedRow.actor,
            "organisation": LoggedRow.organisation,
            "bucket": bucket(ground),
        },
    )
    what, period = ground.asked.word("record"), ground.asked.period
    people = {person for person, one in told["person"].items() if person and one.opened}
    public = told["person"].get(None)
    public_count = public.opened if public else 0
    organisations = {slug for slug, one in told["organisation"].items() if slug and one.opened}
    opened = sum(one.opened for one in told["bucket"].values())
    refused = sum(one.refused for one in told["bucket"].values())
    who = words.begun(words.people(len(people)))
    if organisations:
        who += f" of {words.count(len(organisations), 'organisation')}"
    also = f", and the public did {words.times(public_count)}" if public_count else ""
    return Summary(
        f"{who} opened {what} {period}{also}; {words.refusals(refused)}.",
        (
            Total("people", "People who opened it", len(people)),
            Total("organisations", "Their organisations", len(organisations)),
            Total("opened", "Times opened", opened),
            Total("public", "Of these, by the public", public_count),
            Total("refused", "Refusals", refused),
        ),
        charts.timeline(ground, f"Accesses to {what}", told["bucket"]),
    )


def _summarise_organisation(ground: Ground) -> Summary:
    if not ground.asked.organisation:
        return _summarise_organisations(ground)
    told = tallies(
        ground,
        _chosen(ground),
        {
            "person": LoggedRow.actor,
            "record": LoggedRow.record,
            "hour": hour_of_week(ground.zone),
        },
    )
    who, period = ground.asked.word("organisation"), ground.asked.period
    people = [person for person, one in told["person"].items() if person and one.opened]
    records = [record for record, one in told["record"].items() if record and one.opened]
    opened = sum(one.opened for one in told["hour"].values())
    refused = sum(one.refused for one in told["hour"].values())
    sentence = (
        f"{words.begun(words.people(len(people)))} of {who} opened "
        f"{words.count(len(records), 'record')}, {words.times(opened)} in all, {period}; "
        f"{words.refusals(refused)}."
        if opened
        else f"Nobody of {who} opened anything {period}; {words.refusals(refused)}."
    )
    return Summary(
        sentence,
        (
            Total("people", "People who opened something", len(people)),
            Total("records", "Records opened", len(records)),
            Total("opened", "Times opened", opened),
            Total("refused", "Refusals", refused),
            Total("served_bytes", "Bytes served", _bytes(told["hour"]), "bytes"),
        ),
        charts.heat(ground, f"When {who} opened records", told["hour"]),
    )


def _summarise_organisations(ground: Ground) -> Summary:
    told = tallies(ground, _chosen(ground), {"organisation": LoggedRow.organisation})[
        "organisation"
    ]
    period = ground.asked.period
    by_name = {
        ground.organisation(slug).text if slug else "Nobody signed in": one.opened
        for slug, one in told.items()
        if one.opened
    }
    opened = sum(by_name.values())
    refused = sum(one.refused for one in told.values())
    organisations = len([slug for slug, one in told.items() if slug and one.opened])
    most = max(sorted(by_name), key=by_name.__getitem__, default="")
    sentence = (
        f"{words.count(organisations, 'organisation')} opened records {words.times(opened)} "
        f"{period}, most of all {most} ({by_name[most]:,}); {words.refusals(refused)}."
        if opened
        else f"No organisation opened anything {period}; {words.refusals(refused)}."
    )
    return Summary(
        sentence,
        (
            Total("organisations", "Organisations that opened something", organisations),
            Total("opened", "Times opened", opened),
            Total("refused", "Refusals", refused),
            Total("served_bytes", "Bytes served", _bytes(told), "bytes"),
        ),
        charts.bars("Organisations by volume", "Times opened", by_name, "Times opened."),
    )


def _summarise_person(ground: Ground) -> Summary:
    told = tallies(
        ground,
        _chosen(ground),
        {"record": LoggedRow.record, "hour": hour_of_week(ground.zone)},
    )
    who, period = ground.asked.word("person"), ground.asked.period
    records = [record for record, one in told["record"].items() if record and one.opened]
    opened = sum(one.opened for one in told["hour"].values())
    refused = sum(one.refused for one in told["hour"].values())
    did = (
        f"opened {words.count(len(records), 'record')}, {words.times(opened)} in all, {period}"
        if opened
        else f"opened nothing {period}"
    )
    was = f"was refused {words.times(refused)}" if refused else "was never refused"
    return Summary(
        f"{who} {did}, and {was}.",
        (
            Total("records", "Records opened", len(records)),
            Total("opened", "Times opened", opened),
            Total("refused", "Refusals", refused),
            Total("served_bytes", "Bytes served", _bytes(told["hour"]), "bytes"),
        ),
        charts.heat(ground, f"When {who} opened records", told["hour"]),
    )


def _bytes(told: Mapping[Any, Tally]) -> int:
    return sum(one.served_bytes for one in told.values())


BY_RECORD: Final = Question(
    name=QuestionName.RECORD_OPENED,
    title="Who opened this record",
    about="Everybody who read a record or downloaded a file of it, and who was refused.",
    needs=("record",),
    columns=COLUMNS,
    summarise=_summarise_record,
    rows=_rows,
)
BY_ORGANISATION: Final = Question(
    name=QuestionName.ORGANISATION_OPENED,
    title="What did this organisation open",
    about="What the people of an organisation opened, and when in the week. Without one: which"
    " organisations opened how much.",
    columns=COLUMNS,
    summarise=_summarise_organisation,
    rows=_rows,
    recent_days=RECENT_DAYS,
    recent_unless="organisation",
)
BY_PERSON: Final = Question(
    name=QuestionName.PERSON_OPENED,
    title="What did this person open",
    about="What somebody read and downloaded, when in the week, and what they were refused.",
    needs=("person",),
    columns=COLUMNS,
    summarise=_summarise_person,
    rows=_rows,
)
