"""The verbs of alerts: look for them, mail them, list them, acknowledge them.

Looking goes on from where it stopped, and raising is idempotent, so any number of workers may look:
a finding of a stretch of time is one alert of a party, however often it is found.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app import parties
from app.access import Actor, Gate, Office, OfficeAction, PolicySet, Role
from app.audit.alerts import findings, queries
from app.audit.alerts.commands import Acknowledge
from app.audit.alerts.findings import MOST_ENTRIES, AlertKind, Finding, sentence
from app.audit.alerts.looking import Look
from app.audit.alerts.models import AlertRow
from app.audit.alerts.views import AlertEntry, AlertMail, AlertsView, AlertView
from app.audit.thresholds import Thresholds
from app.core.errors import Conflict, Refused, Unavailable
from app.core.ids import AlertId, EntryId, PersonId, new_id
from app.core.journal import Detail, Event, Typed
from app.core.mail import Mail
from app.core.work import Work
from app.log import At, LogState, newest

RECENT: Final = timedelta(days=7)  # what is older when it is first seen is no news
LEASE: Final = timedelta(minutes=5)
NOBODY_TO_TELL: Final = timedelta(hours=1)
FIRST_RETRY: Final = timedelta(minutes=1)
LAST_RETRY: Final = timedelta(hours=1)
PERIOD: Final = "first_at", "last_at"


def look(work: Work, party: str, thresholds: Thresholds, policies: PolicySet) -> bool:
    """Look for findings in what is new for a party; returns whether there is more to look at.

    Only what a signed checkpoint covers is looked at, so that every alert can be proved.
    """
    try:
        newest_at = newest(work.session)
    except Unavailable:
        return False
    seen = queries.progress(work.session, party)
    if seen >= newest_at:
        return False
    until = queries.next_places(work.session, seen, newest_at)
    organisations = {one.slug: one for one in parties.organisations(work.session)}
    looking = Look(work.session, party, organisations, thresholds, policies, until, work.now)
    new = queries.new_acts(work.session, looking.slugs, seen, until)
    recent = [act for act in new if act.at >= work.now - RECENT]
    # All is read before anything is written: a transaction that writes holds the sequencer back.
    for finding in list(looking.findings(recent)):
        _raise(work, party, finding, looking.slugs, until)
    queries.keep_progress(work.session, party, seen, until)
    return until < newest_at


def look_at_the_log(work: Work, party: str, thresholds: Thresholds, state: LogState) -> None:
    """Look whether the log itself is kept as it should be: places given, witnesses heard."""
    alarms = thresholds.alarms
    begun_at = queries.begun_at(work.session, state.log)
    found = [
        *findings.log_behind(state.unsequenced, state.oldest_unsequenced_at, work.now, alarms),
        *(
            finding
            for witness in state.witnesses
            for finding in findings.witness_behind(
                witness, state.signed_size, begun_at, work.now, alarms
            )
        ),
    ]
    for finding in found:
        _raise(work, party, finding, [], At(state.log, state.signed_size))


def take_mail(work: Work, base_url: str) -> AlertMail | None:
    """Take the next alert that waits to be mailed; None when none does.

    It is handed over outside of this transaction, which would hold the log's sequencer back, and
    then told of with `mailed` or `not_mailed`. Until then it is this worker's for `LEASE`: if that
    dies in between, another sends it, rather twice than never.
    """
    while (row := queries.unmailed(work.session, work.now, work.now - RECENT)) is not None:
        to = _auditors(work, row.party)
        row.mail_after = work.now + (LEASE if to else NOBODY_TO_TELL)
        work.session.flush()  # so that the next look does not find it again
        if to:
            return AlertMail(AlertId(row.id), _message(row, to, base_url))
    return None


def mailed(work: Work, alert_id: AlertId) -> None:
    """Note that an alert's message was handed over."""
    queries.mailing(work.session, alert_id).mailed_at = work.now


def not_mailed(work: Work, alert_id: AlertId) -> None:
    """Note that an alert's message was not taken: it waits longer each time."""
    row = queries.mailing(work.session, alert_id)
    row.mail_attempts += 1
    row.mail_after = work.now + _backoff(row.mail_attempts)


def alerts(work: Work, gate: Gate, actor: Actor) -> AlertsView:
    """List the alerts of the auditor's party, newest first.

    Raises:
        Forbidden: the actor is not an auditor of a party.
    """
    _enter(work, gate, actor, "alerts.listed")
    party = actor.profile.party
    open_ = queries.alerts(work.session, party, acknowledged=False)
    answered = queries.alerts(work.session, party, acknowledged=True)
    views = _views(work, [*open_, *answered])
    return AlertsView(views[: len(open_)], views[len(open_) :])


def acknowledge(
    work: Work, gate: Gate, actor: Actor, alert_id: AlertId, command: Acknowledge
) -> None:
    """Note that an auditor has seen to an alert of their party, and what came of it.

    Raises:
        Forbidden: the actor is not an auditor of a party.
        NotFound: no such alert, or (as `Refused`) one of another party.
        Conflict: somebody acknowledged it before.
    """
    note = Typed(command.note)
    _enter(work, gate, actor, "alert.acknowledged", alert=str(alert_id), note=note)
    row = queries.alert(work.session, actor.profile.party, alert_id)
    if row is None:
        raise _absent(actor, alert_id)
    if row.acknowledged_at is not None:
        raise Conflict("Somebody has acknowledged this alert meanwhile.")
    row.acknowledged_at, row.acknowledged_by = work.now, actor.person
    row.note = command.note


def _raise(work: Work, party: str, finding: Finding, slugs: Sequence[str], at: At) -> None:
    acts = sorted(finding.acts, key=lambda act: act.at)
    period = zip(PERIOD, (acts[0].at, acts[-1].at), strict=True) if acts else ()
    facts: dict[str, Any] = {
        **finding.facts,
        "entry_count": len(acts),
        **{name: moment.isoformat() for name, moment in period},
    }
    alert_id = new_id()
    raised = queries.raise_once(
        work.session,
        id=alert_id,
        party=party,
        kind=finding.kind.value,
        key=finding.key,
        facts=facts,
        entry_ids=[act.entry_id for act in acts[:MOST_ENTRIES]],
        log=at.log,
        size=at.size,
        raised_at=work.now,
        mail_attempts=0,
        mail_after=work.now,
        note="",
    )
    if raised:
        concerned = finding.organisations & frozenset(slugs)
        details: dict[str, Detail] = {
            "kind": finding.kind.value,
            "party": party,
            "entries": len(acts),
            "at": at.text(),
        }
        subject = f"alert:{alert_id}"
        work.record(
            Event("alert.raised", subject=subject, organisations=concerned, details=details)
        )


def _auditors(work: Work, party: str) -> list[str]:
    """Give the addresses of a party's active auditors."""
    ours = [one for one in parties.organisations(work.session) if one.party == party and one.active]
    return [
        person.email
        for organisation in ours
        for person in parties.people_of(work.session, organisation.slug)
        if person.active and Role.AUDITOR in person.roles
    ]


def _message(row: AlertRow, to: Sequence[str], base_url: str) -> Mail:
    told = sentence(AlertKind(row.kind), row.facts)
    where = "Whom and what it is about stands on the page of alerts:"
    text = f"{told}.\n\n{where}\n{base_url}/audit/alerts\n"
    return Mail(to, "A finding in the log of Entente", text)


def _backoff(attempts: int) -> timedelta:
    doublings: int = 2 ** min(attempts - 1, 10)
    return min(FIRST_RETRY * doublings, LAST_RETRY)


def _enter(work: Work, gate: Gate, actor: Actor, event: str, **details: Detail) -> None:
    office = Office(party=actor.profile.party)
    gate.enter_office(work, actor, OfficeAction.REVIEW_LOG, office, event=event, details=details)


def _absent(actor: Actor, alert_id: AlertId) -> Refused:
    """Make the refusal of an alert that is not there, or is another party's: they are alike."""
    return Refused(
        Event(
            "alert.refused",
            subject=f"alert:{alert_id}",
            actor=str(actor.person or ""),
            organisation=actor.profile.organisation,
            agreement=actor.agreement,
            organisations=actor.organisations,
            decision="deny",
        )
    )


def _views(work: Work, rows: Sequence[AlertRow]) -> list[AlertView]:
    people = {PersonId(UUID(row.facts["person"])) for row in rows if row.facts.get("person")}
    people |= {PersonId(row.acknowledged_by) for row in rows if row.acknowledged_by}
    names = {str(one): name.name for one, name in parties.names(work.session, people).items()}
    slugs = {str(row.facts.get("organisation", "")) for row in rows}
    organisations = parties.organisation_names(work.session, slugs)
    wanted = [entry_id for row in rows for entry_id in row.entry_ids]
    places = {
        entry_id: AlertEntry(EntryId(entry_id), log, index)
        for entry_id, log, index in queries.places(work.session, wanted)
    }
    return [_view(row, names, organisations, places) for row in rows]


def _view(
    row: AlertRow,
    names: Mapping[str, str],
    organisations: Mapping[str, str],
    places: Mapping[UUID, AlertEntry],
) -> AlertView:
    kind, facts = AlertKind(row.kind), row.facts
    person, slug = str(facts.get("person", "")), str(facts.get("organisation", ""))
    first_at, last_at = (
        datetime.fromisoformat(facts[name]) if name in facts else None for name in PERIOD
    )
    return AlertView(
        id=AlertId(row.id),
        kind=kind,
        sentence=sentence(kind, facts),
        facts=facts,
        person=person,
        person_name=names.get(person, ""),
        organisation_name=organisations.get(slug, slug),
        entries=[places[one] for one in row.entry_ids if one in places],
        entry_count=facts["entry_count"],
        first_at=first_at,
        last_at=last_at,
        at=At(row.log, row.size).text() if row.log is not None and row.size is not None else "",
        raised_at=row.raised_at,
        mailed_at=row.mailed_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by_name=names.get(str(row.acknowledged_by), ""),
        note=row.note,
    )
