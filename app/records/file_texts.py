"""The text of files that search looks at: in the clear, so only as far as the schemes allow."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY, REGCONFIG
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from app.access import audiences
from app.core.ids import AttachmentId, AudienceId
from app.inspection import Passage
from app.labels import Label
from app.records.languages import configuration
from app.records.words import pieces


def keep_file_text(
    session: Session,
    attachment_id: AttachmentId,
    audience_id: AudienceId,
    blob: str,
    language: str,
    passages: Sequence[Passage],
) -> None:
    """Let search find a file by its text, in the place of what was kept before.

    Whether the label of the audience allows it is the caller's to ask (`Schemes.may_index`); where
    the attachment was marked anew meanwhile, nothing is kept.
    """
    body = "\n\n".join(passage.text.replace("\x00", " ") for passage in passages)
    if not body.strip():
        return
    session.execute(
        select(
            func.entente_keep_file_text(
                attachment_id,
                audience_id,
                blob,
                language,
                body,
                literal(configuration(language), REGCONFIG),
                literal(pieces(body), ARRAY(Text)),
            )
        )
    )


def labels_of_file(session: Session, blob: str) -> list[Label]:
    """Give the label of every attachment that holds this file, of whatever version."""
    asked = text("SELECT entente_audiences_of_file(:blob)")
    ids = [AudienceId(one) for one in session.scalars(asked, {"blob": blob})]
    return [facts.label for facts in audiences(session, ids).values()]


def forget_file_texts(session: Session, blobs: Iterable[str]) -> None:
    """Take the texts of these files out of search and out of the database."""
    session.execute(select(func.entente_forget_file_texts(literal(sorted(blobs), ARRAY(Text)))))
