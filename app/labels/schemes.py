"""All schemes of a deployment and the equivalence between them: what a marking means here."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from app.labels.equivalence import Equivalence
from app.labels.errors import AboveCeiling, NotComparable, UnknownMarking
from app.labels.label import Label
from app.labels.scheme import Marking, Scheme, SchemeId
from app.labels.spelling import accepted, fold, official, spellings

_LONGEST = 300


@dataclass(frozen=True, eq=False)
class Schemes:
    """The schemes and the equivalence table of this deployment; they never change while it runs.

    `hash_hex` is the SHA-256 over their content, a part of the policy-set version.
    """

    by_id: Mapping[SchemeId, Scheme]
    equivalence: Equivalence
    hash_hex: str

    def parse(self, text: str) -> Marking:
        """The marking that a text means, whichever scheme it belongs to.

        Raises:
            UnknownMarking: no scheme has it; the detail says what is accepted.
        """
        # Nothing is cut off before it is judged: the rest could say the opposite.
        folded = fold(text) if len(text) <= _LONGEST else ""
        if folded in self.spelled:
            return self.spelled[folded]
        near = difflib.get_close_matches(folded, self.spelled, n=1, cutoff=0.75)
        hint = f" Did you mean {self.text(self.spelled[near[0]])}?" if near else ""
        known = "; ".join(accepted(scheme) for scheme in self.by_id.values())
        raise UnknownMarking(f"“{text[:80]}” is not a marking known here.{hint} Known are {known}.")

    def text(self, marking: Marking) -> str:
        """The official text of a marking, which `parse` reads back as the same marking."""
        return official(self.scheme(marking.scheme), marking)

    def scheme(self, scheme: SchemeId) -> Scheme:
        """The scheme of this id.

        Raises:
            UnknownMarking: the deployment has no such scheme.
        """
        try:
            return self.by_id[scheme]
        except KeyError:
            raise UnknownMarking(f"This portal has no marking scheme “{scheme}”.") from None

    def markings(self, scheme: SchemeId) -> tuple[Marking, ...]:
        """Every marking of a scheme, low to high."""
        return self.scheme(scheme).markings

    def dominates(self, high: Marking, low: Marking) -> bool:
        """Whether a clearance for `high` suffices for `low`, in both dimensions if there are two.

        Raises:
            NotComparable: the markings are of two schemes, or of one whose levels are rules (TLP:
                a clearance for AMBER would say nothing about AMBER+STRICT).
        """
        scheme = self.scheme(high.scheme)
        if high.scheme != low.scheme or scheme.kind == "rules":
            raise NotComparable(
                f"{self.text(high)} and {self.text(low)} have no order between them."
            )
        return scheme.covers(high, low)

    def high_water(self, markings: Iterable[Marking]) -> tuple[Marking, ...]:
        """The least marking that covers all those given, in each scheme separately, sorted.

        In a scheme of rules that is the strictest rule.
        """
        highest: dict[SchemeId, Marking] = {}
        for marking in markings:
            known = highest.get(marking.scheme, marking)
            highest[marking.scheme] = self.scheme(marking.scheme).join(known, marking)
        return tuple(sorted(highest.values()))

    def equivalent(self, marking: Marking, scheme: SchemeId) -> Marking | None:
        """What to show beside a marking to readers of another scheme; never lower than it.

        None where the table has nothing that covers the marking; always for TLP, which stands
        beside a classification and does not translate into one.
        """
        source = self._scheme_of(marking)
        if self.scheme(scheme) is source:
            return marking
        for row in self.equivalence.rows:
            cell, target = row.cell(marking.scheme), row.cell(scheme)
            if cell and target and source.covers(cell, marking):
                return target
        return None

    def translate_clearance(self, clearance: Marking, scheme: SchemeId) -> Marking | None:
        """The greatest marking of a scheme whose equivalent the clearance dominates.

        The rows of the table rise in every scheme, so the highest row that the clearance
        dominates holds it. None means that the clearance is worth nothing in that scheme.
        """
        source = self._scheme_of(clearance)
        if self.scheme(scheme) is source:
            return clearance
        for row in reversed(self.equivalence.rows):
            cell, target = row.cell(clearance.scheme), row.cell(scheme)
            if cell and target and source.covers(clearance, cell):
                return target
        return None

    def usually_beside(self, marking: Marking) -> tuple[Marking, ...]:
        """The markings of rule schemes (TLP) that the table suggests beside this one."""
        source = self._scheme_of(marking)
        for row in self.equivalence.rows:
            cell = row.cell(marking.scheme)
            if cell and source.covers(cell, marking):
                return row.beside
        return ()

    def above_ceiling(self, marking: Marking) -> bool:
        """Whether this instance is not accredited to hold what bears this marking."""
        scheme = self._scheme_of(marking)
        return scheme.ceiling is not None and not scheme.covers(scheme.ceiling, marking)

    def check_ceiling(self, label: Label) -> None:
        """Check that this instance is accredited for every marking of a label.

        Raises:
            AboveCeiling: it is not; the detail names the marking and the ceiling.
        """
        for marking in label.markings:
            scheme = self.scheme(marking.scheme)
            if scheme.ceiling is not None and self.above_ceiling(marking):
                raise AboveCeiling(
                    f"This portal is accredited up to {self.text(scheme.ceiling)} of the scheme "
                    f"{scheme.title}; {self.text(marking)} must not be entered here."
                )

    def needs_step_up(self, marking: Marking) -> bool:
        """Whether readers of this marking must have signed in with more than a password."""
        scheme = self.scheme(marking.scheme)
        sensitivity = scheme.sensitivity(marking)
        return scheme.level(marking).step_up or bool(sensitivity and sensitivity.step_up)

    def needs_own_key(self, label: Label) -> bool:
        """Whether an attachment with this label is wrapped by a key made for it alone."""
        return any(map(self._has_own_key, label.markings))

    def may_index(self, label: Label) -> bool:
        """Whether the text of files with this label may be kept in the clear, for search."""
        return not label.eyes_only and all(map(self._is_indexed, label.markings))

    def _is_indexed(self, marking: Marking) -> bool:
        scheme = self.scheme(marking.scheme)
        sensitivity = scheme.sensitivity(marking)
        return scheme.level(marking).is_indexed and (sensitivity is None or sensitivity.is_indexed)

    def _has_own_key(self, marking: Marking) -> bool:
        scheme = self.scheme(marking.scheme)
        sensitivity = scheme.sensitivity(marking)
        return scheme.level(marking).has_own_key or bool(sensitivity and sensitivity.has_own_key)

    def is_public(self, marking: Marking) -> bool:
        """Whether this marking lets the public read, as far as its scheme is concerned."""
        return self.scheme(marking.scheme).level(marking).public

    def _scheme_of(self, marking: Marking) -> Scheme:
        """The scheme of a marking, which has it: a marking made by hand may be none."""
        scheme = self.scheme(marking.scheme)
        scheme.ranks(marking)
        return scheme

    @cached_property
    def spelled(self) -> Mapping[str, Marking]:
        """Every way of writing a marking, as `fold` leaves it, with the marking that it means."""
        return dict(pair for scheme in self.by_id.values() for pair in spellings(scheme))
