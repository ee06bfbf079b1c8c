"""Impact: who gains and who loses what, if policies or people's facts were others.

Two worlds are compared over the whole store, before the change is made; nothing is estimated.
"""

from app.impact.service import of_people, of_policies
from app.impact.views import ActImpact, Example, Impact, PersonImpact

__all__ = [
    "ActImpact",
    "Example",
    "Impact",
    "PersonImpact",
    "of_people",
    "of_policies",
]
