"""The verbs of an export: each is written in the log before a byte of it leaves the portal.

It is gathered first, since what is written holds the sequencer back until it is committed.
"""

from collections.abc import Iterable
from typing import IO

from app.access import Actor, Gate
from app.audit.commands import LogFilter
from app.audit.exports.choosing import ExportFormat, choosing
from app.audit.exports.evidence import Published, place_of_evidence, write_evidence
from app.audit.exports.rows import csv_lines, ocsf_lines
from app.core.work import Work


def export_ocsf(work: Work, gate: Gate, actor: Actor, asked: LogFilter, out: IO[bytes]) -> int:
    """Write the entries that concern the auditor's party as OCSF JSON Lines; returns how many.

    Raises:
        Forbidden: the actor is not an auditor of a party.
        Invalid: a filter names nothing that can be asked for.
        Unavailable: nothing of the log is signed yet.
    """
    with choosing(work, gate, actor, asked, ExportFormat.OCSF, None) as chosen:
        _write(out, ocsf_lines(work.session, chosen.rows))
    return chosen.count


def export_csv(work: Work, gate: Gate, actor: Actor, asked: LogFilter, out: IO[bytes]) -> int:
    """Write the entries that concern the auditor's party as CSV; returns how many.

    Raises:
        Forbidden, Invalid, Unavailable: as for `export_ocsf`.
    """
    with choosing(work, gate, actor, asked, ExportFormat.CSV, None) as chosen:
        _write(out, csv_lines(work, chosen.rows))
    return chosen.count


def export_evidence(
    work: Work,
    gate: Gate,
    actor: Actor,
    asked: LogFilter,
    out: IO[bytes],
    published: Published,
) -> int:
    """Write the entries that concern the auditor's party, with their proofs; returns how many.

    Raises:
        Forbidden, Invalid, Unavailable: as for `export_ocsf`; Invalid also for too many entries.
    """
    at = place_of_evidence(work.session, published.parts.policy())
    with choosing(work, gate, actor, asked, ExportFormat.EVIDENCE, at) as chosen:
        write_evidence(work, actor, chosen, published, out)
    return chosen.count


def _write(out: IO[bytes], lines: Iterable[bytes]) -> None:
    for line in lines:
        out.write(line)
