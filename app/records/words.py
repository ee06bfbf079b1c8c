"""What search looks at: the words of a portion, by the rules of its language.

PostgreSQL holds a word's place up to 16,383 and a vector up to 1 MiB. A longer portion is cut
into overlapping pieces whose places each start anew, so that phrases are found to its end; and
what is too long for a vector even so is found by its beginning.
"""

from sqlalchemy import ColumnElement, func, literal
from sqlalchemy.dialects.postgresql import ARRAY, REGCONFIG, TSVECTOR
from sqlalchemy.types import Text

from app.records.languages import configuration, segment

PIECE_WORDS = 8_000
OVERLAP_WORDS = 16  # the longest phrase that is found wherever a piece may end


def words_expression(language: str, text: str) -> ColumnElement[object]:
    """Give the SQL expression whose value a portion of this text keeps in `words`."""
    return func.entente_words(
        literal(configuration(language), REGCONFIG),
        literal(pieces(text), ARRAY(Text)),
        type_=TSVECTOR,
    )


def pieces(text: str) -> list[str]:
    """Cut a text, made ready for the parser, where the places of its words would run out.

    Upper case is lowered here, since a server of the C locale lowers Latin letters only.
    """
    ready = segment(text.replace("\x00", " ")).lower()
    words = ready.split()
    if len(words) <= PIECE_WORDS:
        return [ready]
    step = PIECE_WORDS - OVERLAP_WORDS
    return [" ".join(words[at : at + PIECE_WORDS]) for at in range(0, len(words), step)]
