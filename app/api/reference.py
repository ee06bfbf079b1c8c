"""What a client needs to know to write: who takes part, the markings, and who asks."""

from dataclasses import dataclass

from app import parties
from app.access import Assurance, Role
from app.api.answers import nouns
from app.edge import SignedInAsking, TheGate, Working
from app.labels import SchemeShown, show_schemes
from app.parties import GroupView, OrganisationSummary, PartyView

router = nouns("reference")


@dataclass(frozen=True)
class Me:
    """Who asks, as the portal knows them now."""

    person: str
    name: str
    organisation: str
    party: str
    roles: list[Role]
    clearance: str
    groups: list[str]
    assurance: Assurance


@dataclass(frozen=True)
class TakingPart:
    """Everybody that something can be released to by name."""

    parties: list[PartyView]
    organisations: list[OrganisationSummary]
    groups: list[GroupView]


@router.get("/me")
def show_me(asking: SignedInAsking, gate: TheGate) -> Me:
    """Say who you are here."""
    profile = asking.actor.profile
    schemes = gate.keeper.current.schemes
    return Me(
        person=profile.person,
        name=asking.name.name,
        organisation=profile.organisation,
        party=profile.party,
        roles=sorted(profile.roles),
        clearance=schemes.text(profile.clearance) if profile.clearance else "",
        groups=sorted(profile.groups),
        assurance=profile.assurance,
    )


@router.get("/markings")
def list_markings(gate: TheGate) -> tuple[SchemeShown, ...]:
    """List the marking schemes in force, with equivalents and what this portal admits."""
    return show_schemes(gate.keeper.current.schemes).schemes


@router.get("/parties")
def list_parties(work: Working, _: SignedInAsking) -> TakingPart:
    """List parties, organisations and groups."""
    session = work.session
    return TakingPart(
        parties.parties(session), parties.organisations(session), parties.groups(session)
    )
