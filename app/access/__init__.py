"""Access: who may do what with which audience, and the gate that every act passes.

Facts (`Profile`, `Audience`) go in; Cedar's policies decide (`PolicySet`); the answers are kept as
visibility; the `Gate` asks it, has the journal written, and hands out a `Scope` or a `Permit`.
"""

from app.access.actor import Actor, Candidate
from app.access.alike import Alike
from app.access.approvals import Approvals, Urgency
from app.access.cases import Case, cases_of
from app.access.explain import Explanation, Requirement, explain
from app.access.facts import (
    CONTENT_ROLES,
    OVERSIGHT_ROLES,
    PUBLIC,
    SEEING,
    Action,
    Agreement,
    Area,
    Assurance,
    Audience,
    Delegation,
    Grant,
    Office,
    OfficeAction,
    PortalAction,
    Profile,
    Role,
    State,
)
from app.access.gate import Gate, OfficePermit, Permit, Scope
from app.access.interning import (
    all_audiences,
    audiences,
    intern_audience,
    intern_profile,
    intern_profiles,
    profiles,
)
from app.access.many import Answers, decide_many
from app.access.parted import permits_of
from app.access.pdp import (
    Decision,
    PoliciesWait,
    PolicyError,
    PolicyKeeper,
    PolicySet,
    PolicyText,
    load_policies,
)
from app.access.policy_changes import PolicyChange, policy_changes
from app.access.policy_history import (
    InForce,
    NotKept,
    in_force_instead,
    keep_policies,
    kept_policies,
    policies_in_force,
    register_policies,
)
from app.access.policy_tests import TestAnswer, TestReport, run_tests, run_tests_in
from app.access.policy_views import (
    BaseView,
    FormerPolicy,
    PoliciesView,
    PolicyView,
    TestView,
    show_former,
    show_policies,
    show_policy,
)
from app.access.remedies import Remedy, remedies
from app.access.remembered import remembered
from app.access.sight import held, sight_of
from app.access.subject import Subject

__all__ = [
    "CONTENT_ROLES",
    "OVERSIGHT_ROLES",
    "PUBLIC",
    "SEEING",
    "Action",
    "Actor",
    "Agreement",
    "Alike",
    "Answers",
    "Approvals",
    "Area",
    "Assurance",
    "Audience",
    "BaseView",
    "Candidate",
    "Case",
    "Decision",
    "Delegation",
    "Explanation",
    "FormerPolicy",
    "Gate",
    "Grant",
    "InForce",
    "NotKept",
    "Office",
    "OfficeAction",
    "OfficePermit",
    "Permit",
    "PoliciesView",
    "PoliciesWait",
    "PolicyChange",
    "PolicyError",
    "PolicyKeeper",
    "PolicySet",
    "PolicyText",
    "PolicyView",
    "PortalAction",
    "Profile",
    "Remedy",
    "Requirement",
    "Role",
    "Scope",
    "State",
    "Subject",
    "TestAnswer",
    "TestReport",
    "TestView",
    "Urgency",
    "all_audiences",
    "audiences",
    "cases_of",
    "decide_many",
    "explain",
    "held",
    "in_force_instead",
    "intern_audience",
    "intern_profile",
    "intern_profiles",
    "keep_policies",
    "kept_policies",
    "load_policies",
    "permits_of",
    "policies_in_force",
    "policy_changes",
    "profiles",
    "register_policies",
    "remedies",
    "remembered",
    "run_tests",
    "run_tests_in",
    "show_former",
    "show_policies",
    "show_policy",
    "sight_of",
]
