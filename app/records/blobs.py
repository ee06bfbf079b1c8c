"""Which blobs the attachments of all records name, whoever may see them."""

from sqlalchemy import text

from app.core.work import Work


def blobs_in_use(work: Work) -> frozenset[str]:
    """Give the name of every blob that an attachment needs; names are random and say nothing."""
    return frozenset(work.session.scalars(text("SELECT entente_blobs()")))
