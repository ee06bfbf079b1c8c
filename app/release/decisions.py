"""Decisions as they are written down and shown, and the statements that are signed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

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
    """A decision about to be written: on what, which, why; `audience_id` says who may see it.

    `for_whom` is whom a deputy decides for.
    """

    facts: VersionFacts
    kind: DecisionKind
    content_hash: bytes
    comment: str
    audience_id: AudienceId
    for_whom: PersonId | None = None


def write(work: Work, actor: Actor, draft: Draft, *, about: Mapping[str, Any]) -> DecisionView:
    """Write a decision down that nobody signs; `about` is kept beside it."""
    return _keep(work, actor, draft, {**_names(draft), **about}, None)


def sign(
    work: Work,
    actor: Actor,
    draft: Draft,
    keys: IdentityKeys,
    *,
    markings: Iterable[str],
    audience: AudiencePreview | None = None,
    **more: Mapping[str, Any] | None,
) -> DecisionView:
    """Write a decision down together with a signed statement of all that was decided on.

    Args:
        more: what else is signed, by name; None is left out.

    Source: RFC 7515, RFC 8785.
    """
    statement: dict[str, Any] = {
        **_names(draft),
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
        **{name: dict(said) for name, said in more.items() if said is not None},
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
    deciding = {PersonId(row.person_id) for row in chosen}
    away = {one for row in chosen if (one := whom(row.statement)) is not None}
    names = parties.names(work.session, deciding | away)
    return tuple(_view(row, names) for row in chosen)


def whom(statement: Mapping[str, Any]) -> PersonId | None:
    """Give whom a decision was taken for by their deputy; None where there is no such."""
    return PersonId(UUID(statement["for"])) if "for" in statement else None


def _view(row: DecisionRow, names: Mapping[PersonId, PersonName]) -> DecisionView:
    away = whom(row.statement)
    kind: DecisionKind = row.kind  # type: ignore[assignment]  # a check constraint holds it
    return DecisionView(
        id=row.id,
        record_id=RecordId(row.record_id),
        version_id=VersionId(row.version_id),
        kind=kind,
        person=names[PersonId(row.person_id)],
        person_id=PersonId(row.person_id),
        decided_at=row.decided_at,
        comment=row.comment,
        content_hash_hex=row.content_hash.hex(),
        statement=row.statement,
        signature=row.signature,
        for_whom=names[away] if away else None,
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


def _names(draft: Draft) -> dict[str, Any]:
    away = {} if draft.for_whom is None else {"for": str(draft.for_whom)}
    return {"reference": draft.facts.reference, "number": draft.facts.number, **away}


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
    who += f", for {decision.for_whom.name}" if decision.for_whom else ""
    what = f"version {signed['number']} of {signed['reference']}"
    audience = signed["audience"]
    to_whom = ""
    if audience is not None:
        organisations = len(audience["organisations"])
        to_whom = f" for {audience['people']} people of {organisations} organisations"
        to_whom += " and for the public" if audience["public"] else ""
    approval = signed.get("approval", {"needed": 1})
    if approval["needed"] > 1:
        to_whom += f", as approval {approval['number']} of {approval['needed']}"
    return (
        f"On {decision.decided_at:%Y-%m-%d at %H:%M} UTC, {who}, {_SPOKEN[decision.kind]} {what}"
        f"{to_whom}, marked {' // '.join(signed['markings'])}. The signature holds: the content "
        f"has the hash {signed['content_hash']}."
    )
