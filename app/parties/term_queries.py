"""Every SELECT of terms of use, and the one that access rests on: which somebody has accepted."""

from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from app.core.ids import PersonId
from app.parties.models import OrganisationRow, PersonRow, TermsAcceptanceRow, TermsRow
from app.parties.views import TermsView


def accepted() -> Select[str]:
    """Give the slugs whose version in force the person of the outer query has accepted.

    The version in force is the newest: whoever accepted an older one has to accept again.
    """
    newer = aliased(TermsRow)
    newest = (
        select(func.max(newer.version))
        .where(newer.slug == TermsAcceptanceRow.slug)
        .correlate(TermsAcceptanceRow)
        .scalar_subquery()
    )
    return (
        select(TermsAcceptanceRow.slug)
        .where(TermsAcceptanceRow.person_id == PersonRow.id, TermsAcceptanceRow.version == newest)
        .correlate(PersonRow)
    )


def in_force(session: Session, slug: str) -> TermsRow | None:
    """Give the newest version of a text."""
    return session.scalar(
        select(TermsRow).where(TermsRow.slug == slug).order_by(TermsRow.version.desc()).limit(1)
    )


def view(session: Session, slug: str, person: PersonId | None) -> TermsView | None:
    """Show the version in force of a text, and when this person accepted it."""
    row = in_force(session, slug)
    return None if row is None else _views(session, [row], person)[0]


def views(session: Session, person: PersonId | None) -> list[TermsView]:
    """Show the version in force of every text, by title."""
    rows = session.scalars(
        select(TermsRow)
        .ext(distinct_on(TermsRow.slug))
        .order_by(TermsRow.slug, TermsRow.version.desc())
    )
    return sorted(_views(session, list(rows), person), key=lambda view: view.title)


def terms_titles(session: Session) -> dict[str, str]:
    """Give the titles of all terms of use in force, by slug."""
    rows = session.execute(
        select(TermsRow.slug, TermsRow.title)
        .ext(distinct_on(TermsRow.slug))
        .order_by(TermsRow.slug, TermsRow.version.desc())
    )
    return {row.slug: row.title for row in rows}


def acceptors(session: Session, slug: str) -> list[PersonId]:
    """Give everybody who has accepted some version of a text."""
    rows = session.scalars(
        select(TermsAcceptanceRow.person_id).where(TermsAcceptanceRow.slug == slug).distinct()
    )
    return [PersonId(row) for row in rows]


def _views(session: Session, rows: list[TermsRow], person: PersonId | None) -> list[TermsView]:
    slugs = {row.organisation for row in rows}
    found = session.execute(
        select(OrganisationRow.slug, OrganisationRow.name).where(OrganisationRow.slug.in_(slugs))
    )
    names = {row.slug: row.name for row in found}
    when: dict[tuple[str, int], datetime] = {
        (row.slug, row.version): row.accepted_at
        for row in session.scalars(
            select(TermsAcceptanceRow).where(TermsAcceptanceRow.person_id == person)
        )
    }
    return [
        TermsView(
            slug=row.slug,
            version=row.version,
            organisation=row.organisation,
            organisation_name=names[row.organisation],
            title=row.title,
            body=row.body,
            issued_at=row.issued_at,
            accepted_at=when.get((row.slug, row.version)),
        )
        for row in rows
    ]
