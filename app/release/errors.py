"""What may go wrong in the procedure of release.

Forbidden
  OwnWork              the person submitted or wrote the version: somebody else has to decide
  ApprovedAlready      the person approved it already: another one has to, too
Conflict
  ChangedMeanwhile     the version is no longer what the person looked at
  AwaitsConsent        the originator has not consented to this content
  BeingInspected       a file of it is still being inspected
Problem
  BrokenSignature      a decision is not what was signed
Invalid, NotFound, Refused: as `app.core.errors` tells them.
"""

from app.core.errors import Conflict, Forbidden, Problem


class OwnWork(Forbidden):
    """The person submitted the version or wrote a part of it."""

    title = "Somebody else has to decide on this"


class ChangedMeanwhile(Conflict):
    """The version is no longer what the person looked at; nothing was decided."""


class AwaitsConsent(Conflict):
    """The version carries another originator's information, who has not consented to it yet."""

    title = "The originator has not consented yet"


class ApprovedAlready(Forbidden):
    """The person approved the version already, or their deputy did in their place."""

    title = "Somebody else has to approve this too"


class BeingInspected(Conflict):
    """What a file of the version hides is not known yet; nothing was decided."""

    title = "A file is still being inspected"


class BrokenSignature(Problem):
    """A decision's statement, signature or content is not what was signed."""

    title = "This decision does not verify"
