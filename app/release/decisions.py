"""Decisions as they are written down and shown, and the statements that are signed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app import identity, parties
from app.access import Actor
from app.core.errors import NotSignedIn
from app.core.ids import AudienceId, PersonId, RecordId, VersionId, new_id
from app.core.work import Work
from app.identity import BadSignature, IdentityKeys
from app.parties import PersonName
from app.records import VersionFacts
from app.release import queries
from app.release.errors import BrokenSignature
from app.release.models import DecisionRow
from app.release.views import AudiencePreview, DecisionKind, DecisionView

FORMAT: Final = "entente/decision/v1"
_SPOKEN: Final[Mapping[str, str]] = {"approve": "approved", "consent": "consented to"}


@dataclass(frozen=True)
class Draft:
    """A decision about to be written: on what, which, why; `audience_id` says who may see it."""

    facts: VersionFacts
    kind: DecisionKind
    content_hash: bytes
    comment: str
    audience_id: AudienceId


def write(work: Work, actor: Actor, draft: Draft, *, about: Mapping[str, Any]) -> DecisionView:
    """Write a decision down that nobody signs; `about` is kept beside it."""
    return _keep(work, actor, draft, {**_names(draft.facts), **about}, None)


def sign(
    work: Work,
    actor: Actor,
    draft: Draft,
    keys: IdentityKeys,
    *,
    markings: Iterable[str],
    audience: AudiencePreview | None = None,
    inspection: Mapping[str, Any] | None = None,
) -> DecisionView:
    """Write a decision down together with a signed statement of all that was decided on.

    Source: RFC 7515, RFC 8785.
    """
    statement: dict[str, Any] = {
        **_names(draft.facts),
        "format": FORMAT,
        "kind": draft.kind,
        "record": str(draft.facts.record_id),
        "version": str(draft.facts.version_id),
        "content_hash": draft.content_hash.hex(),
        "markings": list(markings),
        "audience": None if audience is None else _audience(audience),
        "person": str(person_of(actor)),
        "organisation": actor.profile.organisation,
        "decided_at": work.now.isoformat(),
        "comment": draft.comment,
        **({} if inspection is None else {"inspection": dict(inspection)}),
    }
    return _keep(work, actor, draft, statement, identity.sign_statement(keys, statement))


def verify_decision(keys: IdentityKeys, decision: DecisionView) -> str:
    """Check that a decision is what was signed, and say in one sentence what that was.

    Raises:
        BrokenSignature: it is not signed, or signature, statement and decision do not agree.
    """
    if decision.signature is None:
        raise BrokenSignature("Decisions of this kind are not signed.")
    try:
        signed = identity.verify_statement(keys, decision.signature)
    except BadSignature as error:
        raise BrokenSignature("The signature does not verify.") from error
    if signed != dict(decision.statement) or not _tells_of(signed, decision):
        raise BrokenSignature("The decision is not the one that was signed.")
    return _sentence(signed, decision)


def person_of(actor: Actor) -> PersonId:
    """Give the person who decides.

    Raises:
        NotSignedIn: nobody is signed in.
    """
    if actor.person is None:
        raise NotSignedIn
    return actor.person


def show(work: Work, rows: Iterable[DecisionRow]) -> tuple[DecisionView, ...]:
    """Give decisions with the names of who took them."""
    chosen = list(rows)
    names = parties.names(work.session, {PersonId(row.person_id) for row in chosen})
    return tuple(_view(row, names[PersonId(row.person_id)]) for row in chosen)


def _view(row: DecisionRow, name: PersonName) -> DecisionView:
    kind: DecisionKind = row.kind  # type: ignore[assignment]  # a check constraint holds it
    return DecisionView(
        id=row.id,
        record_id=RecordId(row.record_id),
        version_id=VersionId(row.version_id),
        kind=kind,
        person=name,
        person_id=PersonId(row.person_id),
        decided_at=row.decided_at,
        comment=row.comment,
        content_hash_hex=row.content_hash.hex(),
        statement=row.statement,
        signature=row.signature,
    )


def _keep(
    work: Work, actor: Actor, draft: Draft, statement: Mapping[str, Any], signature: str | None
) -> DecisionView:
    row = DecisionRow(
        id=new_id(),
        version_id=draft.facts.version_id,
        record_id=draft.facts.record_id,
        audience_id=draft.audience_id,
        kind=draft.kind,
        person_id=person_of(actor),
        decided_at=work.now,
        comment=draft.comment,
        content_hash=draft.content_hash,
        statement=dict(statement),
        signature=signature,
    )
    queries.keep(work.session, row)
    return show(work, [row])[0]


def _names(facts: VersionFacts) -> dict[str, Any]:
    return {"reference": facts.reference, "number": facts.number}


def _audience(audience: AudiencePreview) -> dict[str, Any]:
    return {
        "people": audience.total,
        "organisations": dict(audience.counts),
        "people_hash": audience.people_hash_hex,
        "public": audience.public,
    }


def _tells_of(signed: Mapping[str, Any], decision: DecisionView) -> bool:
    return signed == {
        **signed,
        "format": FORMAT,
        "kind": decision.kind,
        "record": str(decision.record_id),
        "version": str(decision.version_id),
        "content_hash": decision.content_hash_hex,
        "person": str(decision.person_id),
        "decided_at": decision.decided_at.isoformat(),
        "comment": decision.comment,
    }


def _sentence(signed: Mapping[str, Any], decision: DecisionView) -> str:
    who = f"{decision.person.name}, {decision.person.organisation}"
    what = f"version {signed['number']} of {signed['reference']}"
    audience = signed["audience"]
    whom = ""
    if audience is not None:
        organisations = len(audience["organisations"])
        whom = f" for {audience['people']} people of {organisations} organisations"
        whom += " and for the public" if audience["public"] else ""
    return (
        f"On {decision.decided_at:%Y-%m-%d at %H:%M} UTC, {who}, {_SPOKEN[decision.kind]} {what}"
        f"{whom}, marked {' // '.join(signed['markings'])}. The signature holds: the content has "
        f"the hash {signed['content_hash']}."
    )
