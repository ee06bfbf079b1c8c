"""Agreements and groups, for the authorities of a party."""

from collections.abc import Sequence

from fastapi import Response

from app import parties, proposals
from app.api.answers import nouns
from app.api.proposing import ChangeAnswer, HowFar, answered
from app.edge import SignedInActor, TheGate, Working
from app.parties import (
    ChangeAgreement,
    ChangeGroup,
    FormGroup,
    GroupMembers,
    OrganisationAgreement,
)

router = nouns("organisation")


@router.get("/organisation/agreements")
def list_agreements(
    work: Working, gate: TheGate, actor: SignedInActor
) -> Sequence[OrganisationAgreement]:
    """List the organisations of your party with their agreements."""
    return parties.agreements_page(work, gate, actor)


@router.put("/organisation/agreements/{slug}")
def change_agreement(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    answer: Response,
    slug: str,
    agreement: ChangeAgreement,
    how: HowFar,
) -> ChangeAnswer:
    """Change what an agreement covers, or propose it to a second person (202)."""
    outcome = proposals.change_agreement(work, gate, actor, slug, agreement, how)
    return answered(answer, outcome)


@router.get("/groups")
def list_groups(work: Working, gate: TheGate, actor: SignedInActor) -> Sequence[GroupMembers]:
    """List the groups, with the members of your party."""
    return parties.groups_page(work, gate, actor)


@router.post("/groups", status_code=201)
def form_group(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    answer: Response,
    group: FormGroup,
    how: HowFar,
) -> ChangeAnswer:
    """Form a group, or propose it to a second person (202)."""
    outcome = proposals.change_group(work, gate, actor, group.slug, group, how)
    return answered(answer, outcome)


@router.put("/groups/{slug}")
def change_group(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    answer: Response,
    slug: str,
    group: ChangeGroup,
    how: HowFar,
) -> ChangeAnswer:
    """Say who of your party belongs to a group, or propose it to a second person (202)."""
    return answered(answer, proposals.change_group(work, gate, actor, slug, group, how))
