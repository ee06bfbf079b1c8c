"""What may be wrong with a marking, a label or a scheme file.

Invalid
  UnknownMarking       the text or the marking belongs to no scheme of this deployment
  UnknownEntry         not an entry of a releasability set
  UnfitLabel           the parts do not make a label
  AboveCeiling         this instance is not accredited for the marking
  SchemeError          a scheme file or the equivalence table contradicts itself or another
Problem
  NotComparable        two markings without an order between them
"""

from app.core.errors import Invalid, Problem


class UnknownMarking(Invalid):
    """The text or the marking belongs to no scheme of this deployment; the detail says which do."""

    title = "This is not a marking known here"


class UnknownEntry(Invalid):
    """The text is not an entry of a releasability set; the detail says what is."""

    title = "This is not an entry of a releasability set"


class UnfitLabel(Invalid):
    """The parts do not make a label: none or two markings of a scheme, a time without a zone."""

    title = "This is not a complete label"


class AboveCeiling(Invalid):
    """This instance is not accredited for the marking; the detail names the ceiling."""

    title = "This marking is above what this portal is accredited for"


class SchemeError(Invalid):
    """A scheme file or the equivalence table cannot be used; the detail names file and mistake."""

    title = "The marking schemes cannot be loaded"


class NotComparable(Problem):
    """Neither marking dominates the other by definition: other schemes, or a scheme of rules."""

    title = "These markings have no order between them"
