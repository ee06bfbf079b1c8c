"""What a client needs to know to write: who takes part, the markings, and who asks."""

from dataclasses import dataclass

from app import parties
from app.access import Assurance, Role
from app.api.answers import nouns
from app.edge import SignedInAsking, TheGate, Working
from app.labels import Schemes
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
class LevelAnswer:
    """A marking, and the equivalent in the other schemes where there is one."""

    text: str
    admitted: bool
    needs_second_factor: bool
    equivalents: dict[str, str]


@dataclass(frozen=True)
class SchemeAnswer:
    """A marking scheme with all its markings, low to high."""

    id: str
    title: str
    markings: list[LevelAnswer]


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
def list_markings(gate: TheGate) -> list[SchemeAnswer]:
    """List the marking schemes in force, with equivalents and what this portal admits."""
    schemes = gate.keeper.current.schemes
    return [
        SchemeAnswer(scheme.id, scheme.title, _levels(schemes, scheme.id))
        for scheme in schemes.by_id.values()
    ]


@router.get("/parties")
def list_parties(work: Working, _: SignedInAsking) -> TakingPart:
    """List parties, organisations and groups."""
    session = work.session
    return TakingPart(
        parties.parties(session), parties.organisations(session), parties.groups(session)
    )


def _levels(schemes: Schemes, scheme_id: str) -> list[LevelAnswer]:
    scheme = next(one for one in schemes.by_id.values() if one.id == scheme_id)
    others = [other for other in schemes.by_id if other != scheme_id]
    answers = []
    for marking in schemes.markings(scheme.id):
        found = {str(other): schemes.equivalent(marking, other) for other in others}
        answers.append(
            LevelAnswer(
                text=schemes.text(marking),
                admitted=not schemes.above_ceiling(marking),
                needs_second_factor=schemes.needs_step_up(marking),
                equivalents={key: schemes.text(one) for key, one in found.items() if one},
            )
        )
    return answers
