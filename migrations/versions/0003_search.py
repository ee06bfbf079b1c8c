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

# The released versions that a search finds, behind row-level security's back but within it: `@@`
# is not leakproof, so under row-level security the planner may not ask the index of words first.
# What the transaction may see is asked here, for portions and titles alike; `ids` narrows it.
#
# A portion is matched by the query as its own language reads it; languages that read it alike are
# asked together. `sparse` says that little is in sight: then the index of audiences helps, and
# otherwise it would only cost. A version's rank is that of its best portion in sight: it depends
# on the query and on that portion, never on what else there is.
MATCHES = """
CREATE FUNCTION entente_matches(ids int[], languages text[], configurations text[], asked text,
                                reference text, ranked boolean, sparse boolean)
RETURNS TABLE (version_id uuid, rank real, released_at timestamptz, kind text, area text,
               originator text, language text, audience_id int)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE may int[]; hits text;
BEGIN
  SELECT coalesce(array_agg(one), '{}') INTO may
    FROM (SELECT unnest(ids) INTERSECT SELECT unnest(entente_audiences())) in_sight(one);
  SELECT string_agg(format(
           CASE WHEN sparse
             THEN 'SELECT p.version_id, %1$s FROM portions p WHERE p.audience_id = ANY ($1)'
             ELSE 'SELECT p.version_id, %1$s FROM portions p'
                  ' JOIN unnest($1) may(id) ON may.id = p.audience_id WHERE true' END
           || ' AND p.language = ANY (%3$L::text[]) AND p.words @@ %2$L::tsquery UNION ALL ',
           CASE WHEN ranked
             THEN format('ts_rank(p.words, %L::tsquery, 1) * CASE p.role'
                         ' WHEN ''title'' THEN 8 WHEN ''summary'' THEN 3 ELSE 1 END', query)
             ELSE '0::float8' END,
           query, spoken), '')
    INTO hits
    FROM (SELECT array_agg(l) AS spoken, websearch_to_tsquery(c::regconfig, asked) AS query
            FROM unnest(languages, configurations) known(l, c) GROUP BY 2) read_alike
   WHERE numnode(query) > 0;
  RETURN QUERY EXECUTE
    'WITH hit(version_id, rank) AS (' || coalesce(hits, '')
    || 'SELECT v.id, 100 FROM records r JOIN versions v ON v.record_id = r.id'
    ' WHERE r.reference = $2),'
    ' best AS (SELECT h.version_id, max(h.rank)::real AS rank FROM hit h GROUP BY 1)'
    ' SELECT b.version_id, b.rank, v.released_at, v.kind, v.area, v.originator, v.language,'
    ' v.audience_id FROM best b JOIN versions v ON v.id = b.version_id'
    ' JOIN unnest($1) may(id) ON may.id = v.audience_id WHERE v.state = ''released'''
    USING may, reference;
END $$;
"""

# A hashed sub-select costs a row the same however many audiences there are, and never tempts the
# planner to gather all that is visible by the index of audiences: that is for the query to choose.
BY_AUDIENCE = ("versions", "portions", "attachments", "tombstones", "decisions", "facets")
HASHED = "audience_id IN (SELECT unnest(entente_audiences()))"
LISTED = "audience_id = ANY ((SELECT entente_audiences())::int[])"

RIGHTS = """
REVOKE ALL ON FUNCTION entente_words(regconfig, text[]),
  entente_matches(int[], text[], text[], text, text, boolean, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_words(regconfig, text[]),
  entente_matches(int[], text[], text[], text, text, boolean, boolean) TO entente_app;
"""


def upgrade() -> None:
    """Add the functions of search, and make what it scans narrow."""
    op.execute(WORDS)
    op.execute(MATCHES)
    op.execute(RIGHTS)
    for table in BY_AUDIENCE:
        op.execute(f"ALTER POLICY by_audience ON {table} USING ({HASHED})")
    # Bodies and words out of the way of scans that count: three times as many portions a second.
    op.execute("ALTER TABLE portions SET (toast_tuple_target = 128)")


def downgrade() -> None:
    """Take the functions of search away."""
    op.execute("ALTER TABLE portions RESET (toast_tuple_target)")
    for table in BY_AUDIENCE:
        op.execute(f"ALTER POLICY by_audience ON {table} USING ({LISTED})")
    op.execute("DROP FUNCTION entente_matches(int[], text[], text[], text, text, boolean, boolean)")
    op.execute("DROP FUNCTION entente_words(regconfig, text[])")
