"""Parties: organisations and their agreements, people, roles and groups, and their facts.

Who takes part is declared in a file (`apply_file`), and run day by day by the administrators of
the organisations, each for their own. What the policies know of a person is made here.
"""

from app.parties.apply import Change, apply_file, plan_file
from app.parties.commands import LINE, AdmitPerson, AssignRoles, NameDeputy, SetClearance
from app.parties.delegating import away, name_deputy, revoke_deputy
from app.parties.deputies import holds_authority
from app.parties.erasing import ERASED_NAME, erase
from app.parties.facts import (
    actor_for,
    actor_with,
    authorities,
    candidates,
    profile_of,
    public_actor,
    somebody,
)
from app.parties.queries import (
    account,
    account_of,
    agreements_ending,
    groups,
    names,
    office_of,
    organisation_names,
    organisations,
    parties,
    parties_of,
    people_in,
    people_of,
    person_by_email,
)
from app.parties.rules import normal_email
from app.parties.service import (
    admit,
    assign_roles,
    organisation_page,
    resume,
    set_clearance,
    suspend,
    suspend_now,
)
from app.parties.standings import Standing, note_standings, standings_between, standings_since
from app.parties.term_queries import terms_titles
from app.parties.terms import (
    AcceptTerms,
    IssueTerms,
    accept_terms,
    all_terms,
    issue_terms,
    show_terms,
)
from app.parties.views import (
    Account,
    AgreementEnd,
    AgreementView,
    AwayView,
    DelegationView,
    GroupView,
    OrganisationSummary,
    OrganisationView,
    PartyView,
    PersonName,
    PersonView,
    TermsView,
)

__all__ = [
    "ERASED_NAME",
    "LINE",
    "AcceptTerms",
    "Account",
    "AdmitPerson",
    "AgreementEnd",
    "AgreementView",
    "AssignRoles",
    "AwayView",
    "Change",
    "DelegationView",
    "GroupView",
    "IssueTerms",
    "NameDeputy",
    "OrganisationSummary",
    "OrganisationView",
    "PartyView",
    "PersonName",
    "PersonView",
    "SetClearance",
    "Standing",
    "TermsView",
    "accept_terms",
    "account",
    "account_of",
    "actor_for",
    "actor_with",
    "admit",
    "agreements_ending",
    "all_terms",
    "apply_file",
    "assign_roles",
    "authorities",
    "away",
    "candidates",
    "erase",
    "groups",
    "holds_authority",
    "issue_terms",
    "name_deputy",
    "names",
    "normal_email",
    "note_standings",
    "office_of",
    "organisation_names",
    "organisation_page",
    "organisations",
    "parties",
    "parties_of",
    "people_in",
    "people_of",
    "person_by_email",
    "plan_file",
    "profile_of",
    "public_actor",
    "resume",
    "revoke_deputy",
    "set_clearance",
    "show_terms",
    "somebody",
    "standings_between",
    "standings_since",
    "suspend",
    "suspend_now",
    "terms_titles",
]
