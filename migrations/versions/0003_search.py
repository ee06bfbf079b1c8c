"""The words of long portions, and search behind one function that row-level security cannot slow."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# A vector over pieces of a text, each of whose places start from 1. It is built from the pieces
# that fit: the cast is refused when the vector would be longer than a vector may be.
WORDS = r"""
CREATE FUNCTION entente_words(config regconfig, pieces text[]) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public AS $$
DECLARE whole tsvector; upto int := cardinality(pieces);
BEGIN
  LOOP
    BEGIN
      IF upto <= 1 THEN RETURN to_tsvector(config, coalesce(pieces[1], '')); END IF;
      SELECT string_agg(
               '''' || replace(replace(w.lexeme, '\', '\\'), '''', '''''') || ''':'
                    || array_to_string(w.positions, ','), ' ')::tsvector
        INTO whole
        FROM unnest(pieces[1:upto]) piece, unnest(to_tsvector(config, piece)) w;
      RETURN coalesce(whole, '');
    EXCEPTION WHEN program_limit_exceeded THEN
      IF upto = 1 THEN pieces[1] := left(pieces[1], length(pieces[1]) * 3 / 4); END IF;
      upto := greatest(1, upto * 3 / 4);
    END;
  END LOOP;
END $$;
"""

RIGHTS = """
REVOKE ALL ON FUNCTION entente_words(regconfig, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_words(regconfig, text[]) TO entente_app;
"""


def upgrade() -> None:
    """Add the functions of search."""
    op.execute(WORDS)
    op.execute(RIGHTS)


def downgrade() -> None:
    """Take the functions of search away."""
    op.execute("DROP FUNCTION entente_words(regconfig, text[])")
