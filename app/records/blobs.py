"""Which blobs all attachments and the uploads under way name, whoever may see them."""

from sqlalchemy import text

from app.core.work import Work


def blobs_in_use(work: Work) -> frozenset[str]:
    """Give the name of every blob that is needed; names are random and say nothing."""
    named = "SELECT entente_blobs() UNION SELECT entente_upload_blobs()"
    return frozenset(work.session.scalars(text(named)))
