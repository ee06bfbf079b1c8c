"""Does what no request waits for: keeps the log, watches and pushes it, inspects files, tells
people of what they follow and mails them, sweeps.

Nothing that access depends on waits for a worker: embargoes and agreements hold when asked. Any
number of workers may run: one of them at a time gives entries their places, no two inspect the same
file, and each sweep is safe beside another.
"""

import logging
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

from app import agenda, log, membership, notices, parties, requests
from app.audit import alerts, statements
from app.core.errors import Unavailable
from app.core.mail import Mailer, SmtpMailer
from app.core.work import Origin, Work
from app.edge import Services
from app.identity import sign_statement
from app.identity import sweep as sweep_identity
from app.records import blobs_in_use, expire_uploads, inspect_next
from app.vault import sweep as sweep_blobs

EVERY = timedelta(minutes=10)
WATCH_EVERY = timedelta(minutes=1)
TELL_EVERY = timedelta(seconds=20)
INSPECT_EVERY = timedelta(seconds=0.5)
INSPECTED_AT_ONCE = 2
BLOB_GRACE = timedelta(hours=24)
WATCHING = Origin(door="worker")

logger = logging.getLogger("entente.worker")


def run(services: Services, stop: threading.Event) -> None:
    """Work until told to stop; each part in a thread of its own, which the others do not hold."""
    mailer = mailer_of(services)
    threads = [
        threading.Thread(target=log.run, args=(services.log, stop), daemon=True),
        threading.Thread(
            target=_again_and_again,
            args=(lambda: watch(services, mailer), WATCH_EVERY, stop),
            daemon=True,
        ),
        threading.Thread(
            target=_again_and_again,
            args=(lambda: tell(services, mailer), TELL_EVERY, stop),
            daemon=True,
        ),
        threading.Thread(
            target=_again_and_again,
            args=(lambda: attend_to_requests(services), WATCH_EVERY, stop),
            daemon=True,
        ),
        threading.Thread(
            target=_again_and_again,
            args=(lambda: attend_to_reviews(services), EVERY, stop),
            daemon=True,
        ),
    ]
    threads += [
        threading.Thread(
            target=_again_and_again,
            args=(lambda: inspect(services, stop), INSPECT_EVERY, stop),
            daemon=True,
        )
        for _ in range(INSPECTED_AT_ONCE)
    ]
    if services.push is not None:
        threads.append(threading.Thread(target=services.push.run, args=(stop,), daemon=True))
    for thread in threads:
        thread.start()
    try:
        _again_and_again(lambda: once(services), EVERY, stop)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _again_and_again(work: Callable[[], None], every: timedelta, stop: threading.Event) -> None:
    while True:
        try:
            work()
        except Exception:
            logger.exception("something failed; it is tried again")
        if stop.wait(every.total_seconds()):
            return


def once(services: Services) -> None:
    """Remove what has ended: sessions, attempts, notices, uploads, and blobs that nothing names.

    Whoever something comes to is told of it beforehand.
    """
    with services.units.begin(Origin(door="worker")) as work:
        sweep_identity(work)
        notices.sweep(work)
        lapsed = expire_uploads(work)
        used = blobs_in_use(work)
    for blob in lapsed:
        services.blobs.delete(blob)
    removed = sweep_blobs(services.blobs, used, services.clock() - BLOB_GRACE)
    if removed:
        logger.info("removed %s blobs that no attachment names", removed)
    with services.units.begin(Origin(door="worker")) as work:
        agenda.tell(work, services.gate, services.review_rules)


def inspect(services: Services, stop: threading.Event | None = None) -> None:
    """Inspect every file that waits for it; one that fails for the moment waits for later.

    Asked for often: with nothing to do it is one short transaction that writes nothing.
    """
    while not (stop and stop.is_set()):
        if not inspect_next(services.units, services.gate, services.inspector, origin=WATCHING):
            return


def tell(services: Services, mailer: Mailer | None) -> None:
    """Tell followers of what was released, and mail people what waits for them.

    Each step goes on from what the database says was done, so that it can fail and be repeated.
    """
    while notices.tell_followers(services.units, services.gate, origin=WATCHING):
        pass
    if mailer is None:
        return
    post = notices.Post(mailer, services.ceiling, services.settings.base_url, secrets.token_bytes)
    while notices.mail_next(services.units, services.gate, post, origin=WATCHING):
        pass


def mailer_of(services: Services) -> Mailer | None:
    """Give who mail is handed to; None where no server is named."""
    url = services.settings.smtp_url
    if url is None:
        return None
    return SmtpMailer(url.get_secret_value(), services.settings.mail_from, services.clock)


def watch(services: Services, mailer: Mailer | None) -> None:
    """Look for findings in what is new on the log, tell of them, and make statements that are due.

    Each step goes on from what the database says was done, so that it can fail and be repeated.
    """
    with services.units.begin(WATCHING) as work:
        codes = [one.code for one in parties.parties(work.session)]
    for code in codes:
        _look(services, code)
    sign = partial(sign_statement, services.identity.keys, typ=statements.JWS_TYPE)
    _until_done(services, lambda work: statements.make_next(work, sign))
    if mailer is not None:
        while _mail_next(services, mailer):
            pass


def attend_to_requests(services: Services) -> None:
    """Look for what may answer what people seek, and tell of requests that stand unanswered."""
    rules = services.request_rules
    _until_done(services, lambda work: requests.match_next(work, services.gate, rules))
    with services.units.begin(WATCHING) as work:
        requests.escalate(work, rules)


def attend_to_reviews(services: Services) -> None:
    """Tell of reviews of access that wait, and suspend whom a review that is over left unanswered.

    That a review is due or over rests on the calendar; this step only tells, and makes it so.
    """
    with services.units.begin(WATCHING) as work:
        membership.attend(work, services.gate, services.review_rules)


def _look(services: Services, party: str) -> None:
    policies = services.gate.keeper.current
    _until_done(services, lambda work: alerts.look(work, party, services.thresholds, policies))
    with suppress(Unavailable), services.units.begin(WATCHING) as work:  # no log has begun yet
        state = log.state(work, services.log.policy())
        alerts.look_at_the_log(work, party, services.thresholds, state)


def _mail_next(services: Services, mailer: Mailer) -> bool:
    """Hand the next alert's message over, outside of any transaction; tells whether to go on."""
    with services.units.begin(WATCHING) as work:
        taken = alerts.take_mail(work, services.settings.base_url)
    if taken is None:
        return False
    try:
        mailer.send(taken.mail)
    except Unavailable as problem:
        logger.warning("an alert waits to be mailed: %s", problem)
        with services.units.begin(WATCHING) as work:
            alerts.not_mailed(work, taken.id)
        return False
    with services.units.begin(WATCHING) as work:
        alerts.mailed(work, taken.id)
    return True


def _until_done(services: Services, step: Callable[[Work], bool]) -> None:
    more = True
    while more:
        with services.units.begin(WATCHING) as work:
            more = step(work)
