"""What a person chose: how far each kind goes, how often they are mailed, and their feed."""

import base64
import hashlib
from collections.abc import Callable, Mapping

from app.access import Actor, Gate
from app.core.ids import PersonId
from app.core.journal import Event
from app.core.work import Work
from app.notices import queries
from app.notices.commands import Choose
from app.notices.following import subscriptions_of
from app.notices.inbox import person_of
from app.notices.kinds import WORDS, Channel, Kind
from app.notices.rhythm import Rhythm
from app.notices.views import ChoiceView, SettingsView

TOKEN_BYTES = 32
RandomBytes = Callable[[int], bytes]


def settings(work: Work, gate: Gate, actor: Actor) -> SettingsView:
    """Show the actor what they chose and follow."""
    person = person_of(actor)
    reader = queries.reader(work.session, person)
    chosen = channels_of(work, person)
    return SettingsView(
        rhythm=Rhythm(reader.rhythm) if reader else Rhythm.AT_ONCE,
        choices=[ChoiceView(kind, words.name, chosen[kind]) for kind, words in WORDS.items()],
        subscriptions=subscriptions_of(work, gate, actor),
        feed_made_at=reader.feed_made_at if reader else None,
    )


def choose(work: Work, actor: Actor, command: Choose) -> None:
    """Keep how the actor wants to be told from now on."""
    person = person_of(actor)
    queries.keep_rhythm(work.session, person, command.rhythm)
    queries.keep_channels(work.session, person, command.channels)


def channels_of(work: Work, person: PersonId) -> Mapping[Kind, Channel]:
    """Give how far each kind goes to a person: as they chose, or as it goes unasked."""
    chosen = queries.channels(work.session, person)
    return {kind: chosen.get(kind, words.channel) for kind, words in WORDS.items()}


def issue_feed(work: Work, actor: Actor, random_bytes: RandomBytes) -> str:
    """Give the actor the token of their feed; one that they had is worth nothing from now on.

    The token is shown this once: only its hash is kept.
    """
    token = new_token(random_bytes)
    queries.keep_feed(work.session, person_of(actor), token_hash(token), work.now)
    _record(work, actor, "feed.issued")
    return token


def revoke_feed(work: Work, actor: Actor) -> None:
    """End the actor's feed."""
    queries.keep_feed(work.session, person_of(actor), None, None)
    _record(work, actor, "feed.revoked")


def unsubscribe(work: Work, token: str) -> bool:
    """End the mail of the kinds of a mail's notices, for whom it was sent to; tells whether it was.

    The token is the proof, and good for nothing else: it was in one mail, says nothing of itself,
    and is looked for by its hash, so that no time tells how much of it was right.
    """
    found = queries.mail_of_token(work.session, token_hash(token))
    if found is None:
        return False
    kinds = {Kind(kind) for kind in found.kinds if kind in set(Kind)}
    person = PersonId(found.person_id)
    chosen = channels_of(work, person)
    ended = {kind: Channel.PORTAL for kind in kinds if chosen[kind] is Channel.MAIL}
    queries.keep_channels(work.session, person, ended)
    return True


def knows_token(work: Work, token: str) -> bool:
    """Tell whether a token ends somebody's mail."""
    return queries.mail_of_token(work.session, token_hash(token)) is not None


def new_token(random_bytes: RandomBytes) -> str:
    """Make a token that nobody guesses, fit for an address."""
    return base64.urlsafe_b64encode(random_bytes(TOKEN_BYTES)).decode().rstrip("=")


def token_hash(token: str) -> bytes:
    """Give what is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def _record(work: Work, actor: Actor, event: str) -> None:
    work.record(
        Event(
            type=event,
            subject=f"person:{actor.person}",
            actor=str(actor.person),
            organisation=actor.profile.organisation,
            agreement=actor.agreement,
            organisations=actor.organisations,
            decision="allow",
        )
    )
