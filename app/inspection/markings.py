"""Whether a file says more than its label: judged when asked, since labels change.

A marking of the label's own scheme is compared there, one of another scheme through the
equivalence table, as access does. A rule of sharing (TLP) translates into no classification and
none into it: the label must carry one at least as strict.
"""

from collections.abc import Iterator

from app.inspection.marking_finder import find_markings
from app.inspection.report import Finding, Marked, Report
from app.labels import Label, Marking, Schemes, UnknownMarking

__all__ = ["find_markings", "mismatches"]

MISMATCH = "marking-mismatch"
MENTION = "marking-mentioned"


def mismatches(report: Report, label: Label, schemes: Schemes) -> tuple[Finding, ...]:
    """Give what the file says of itself beyond its label, one finding for each place.

    What a text only mentions is a note. A file that says less than its label is no finding.
    """
    return tuple(_beyond(report.markings, label, schemes))


def says_more(marking: Marking, label: Label, schemes: Schemes) -> bool:
    """Whether a marking in a file asks for more than the label gives."""
    if schemes.is_public(marking):
        return False
    own = {given.scheme: given for given in label.markings}
    if marking.scheme in own:
        return not schemes.scheme(marking.scheme).covers(own[marking.scheme], marking)
    return not any(_equivalent_covered(marking, given, schemes) for given in label.markings)


def _equivalent_covered(marking: Marking, given: Marking, schemes: Schemes) -> bool:
    equivalent = schemes.equivalent(marking, given.scheme)
    return equivalent is not None and schemes.dominates(given, equivalent)


def _beyond(markings: tuple[Marked, ...], label: Label, schemes: Schemes) -> Iterator[Finding]:
    for marked in markings:
        kind = MENTION if marked.mention else MISMATCH
        try:
            marking = Marking.from_key(marked.marking)
            more = says_more(marking, label, schemes)
            text = schemes.text(marking)
        except UnknownMarking:
            # The schemes changed since the file was inspected: nobody can say that it is less.
            more, text = True, marked.marking
        if more:
            said = f"{text}: {marked.excerpt}" if text not in marked.excerpt else marked.excerpt
            yield Finding(kind, marked.place, marked.page, said[:200])
