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

# What a transaction may see, as bits by the audience's id: asking whether a row's audience is among
# them costs the same however many there are, and never tempts the planner to gather all that is in
# sight by an index: that is for the query to choose. The case keeps `get_bit` within its bounds.
SIGHT = r"""
CREATE FUNCTION entente_sight() RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(nullif(current_setting('entente.audiences', true), ''), '\x')::bytea
$$;
CREATE FUNCTION entente_holds(sight bytea, audience int) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN audience < 8 * length(sight) THEN get_bit(sight, audience) = 1 ELSE false END
$$;
"""
BY_AUDIENCE = ("versions", "portions", "attachments", "tombstones", "decisions", "facets")
# Written out, since a function whose argument is a sub-select is called for every row.
IN_SIGHT = (
    "CASE WHEN audience_id < 8 * length((SELECT entente_sight()))"
    " THEN get_bit((SELECT entente_sight()), audience_id) = 1 ELSE false END"
)

# The released versions that a search finds, behind row-level security's back but within it: `@@`
# is not leakproof, so under row-level security the planner may not ask the index of words first.
# What the transaction may see is asked here, for portions and titles alike; `sight` narrows it.
#
# A portion is matched by the query as its own language reads it; languages that read it alike are
# asked together. `sparse` says that little is in sight: then the index of audiences helps, and
# otherwise it would only cost. A version's rank is that of its best portion in sight: it depends
# on the query and on that portion, never on what else there is.
MATCHES = """
CREATE FUNCTION entente_matches(sight bytea, languages text[], configurations text[], asked text,
                                reference text, ranked boolean, sparse boolean)
RETURNS TABLE (version_id uuid, rank real, released_at timestamptz, kind text, area text,
               originator text, language text, audience_id int)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE may int[]; seen bytea := entente_sight(); held text; hits text;
BEGIN
  IF sparse THEN
    SELECT coalesce(array_agg(one), '{}') INTO may FROM generate_series(1, 8 * length(sight)) one
     WHERE entente_holds(sight, one) AND entente_holds(seen, one);
    held := 'audience_id = ANY ($1)';
  ELSE
    held := 'entente_holds($3, audience_id) AND entente_holds($4, audience_id)';
  END IF;
  SELECT string_agg(format(
           'SELECT version_id, %s FROM portions WHERE %s AND language = ANY (%L::text[])'
           ' AND words @@ %L::tsquery UNION ALL ',
           CASE WHEN ranked
             THEN format('ts_rank(words, %L::tsquery, 1) * CASE role'
                         ' WHEN ''title'' THEN 8 WHEN ''summary'' THEN 3 ELSE 1 END', query)
             ELSE '0::float8' END,
           held, spoken, query), '')
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
    ' WHERE entente_holds($3, v.audience_id) AND entente_holds($4, v.audience_id)'
    ' AND v.state = ''released'''
    USING may, reference, sight, seen;
END $$;
"""

# What the lines of a page show, under row-level security as everything: a function, so that its plan
# is kept, which takes longer to make than to follow. Texts are given of the title, of the summary,
# and of the portion that the search matches best (`best`); `stems` are the terms as the portion's
# language has them. Attachments count for the banner.
LINES = """
CREATE FUNCTION entente_lines(versions_shown uuid[], sight bytea, languages text[],
                              configurations text[], asked text, terms text)
RETURNS TABLE (version_id uuid, record_id uuid, reference text, number int, state text, kind text,
               area text, language text, originator text, released_at timestamptz,
               amended_at timestamptz, role text, audience_id int, best boolean, stems text[],
               heading text, body text, fields jsonb)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH shown AS MATERIALIZED (
    SELECT v.*, r.reference FROM versions v JOIN records r ON r.id = v.record_id
     WHERE v.id = ANY (versions_shown) AND entente_holds(sight, v.audience_id)),
  questions AS (
    SELECT l AS spoken, c::regconfig AS config, websearch_to_tsquery(c::regconfig, asked) AS query
      FROM unnest(languages, configurations) known(l, c) WHERE asked <> ''),
  parts AS (
    SELECT p.version_id, p.role, p.audience_id, p.heading, p.body, p.fields,
           p.words @@ q.query AND 1 = row_number() OVER (
             PARTITION BY p.version_id
             ORDER BY p.words @@ q.query DESC NULLS LAST, ts_rank(p.words, q.query, 1) DESC,
                      p.position) AS best,
           tsvector_to_array(to_tsvector(q.config, terms)) AS stems
      FROM portions p LEFT JOIN questions q ON q.spoken = p.language
     WHERE p.version_id = ANY (versions_shown) AND entente_holds(sight, p.audience_id)
     UNION ALL
    SELECT a.version_id, 'attachment', a.audience_id, NULL, NULL, NULL, false, NULL
      FROM attachments a
     WHERE a.version_id = ANY (versions_shown) AND entente_holds(sight, a.audience_id))
  SELECT v.id, v.record_id, v.reference, v.number, v.state, v.kind, v.area, v.language,
         v.originator, v.released_at, v.amended_at, p.role, p.audience_id,
         coalesce(p.best, false), p.stems,
         CASE WHEN p.best OR p.role = 'title' THEN p.heading END,
         CASE WHEN p.best OR p.role = 'summary' THEN p.body END,
         CASE WHEN p.best THEN p.fields END
    FROM shown v JOIN parts p ON p.version_id = v.id;
END $$;
"""

RIGHTS = """
REVOKE ALL ON FUNCTION entente_words(regconfig, text[]),
  entente_matches(bytea, text[], text[], text, text, boolean, boolean),
  entente_lines(uuid[], bytea, text[], text[], text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_words(regconfig, text[]),
  entente_matches(bytea, text[], text[], text, text, boolean, boolean),
  entente_lines(uuid[], bytea, text[], text[], text, text) TO entente_app;
"""

# As they were before this migration.
LISTED = "audience_id = ANY ((SELECT entente_audiences())::int[])"
AUDIENCES = """
CREATE FUNCTION entente_audiences() RETURNS int[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(nullif(current_setting('entente.audiences', true), ''), '{}')::int[]
$$;
"""


def upgrade() -> None:
    """Add the functions of search, and make what it scans narrow and row-level security cheap."""
    op.execute(SIGHT)
    for table in BY_AUDIENCE:
        op.execute(f"ALTER POLICY by_audience ON {table} USING ({IN_SIGHT})")
    op.execute("DROP FUNCTION entente_audiences()")
    op.execute(WORDS)
    op.execute(MATCHES)
    op.execute(LINES)
    op.execute(RIGHTS)
    # Bodies and words out of the way of scans that count: three times as many portions a second.
    op.execute("ALTER TABLE portions SET (toast_tuple_target = 128)")


def downgrade() -> None:
    """Take the functions of search away."""
    op.execute("ALTER TABLE portions RESET (toast_tuple_target)")
    op.execute(AUDIENCES)
    for table in BY_AUDIENCE:
        op.execute(f"ALTER POLICY by_audience ON {table} USING ({LISTED})")
    op.execute("DROP FUNCTION entente_lines(uuid[], bytea, text[], text[], text, text)")
    op.execute("DROP FUNCTION entente_matches(bytea, text[], text[], text, text, boolean, boolean)")
    op.execute("DROP FUNCTION entente_words(regconfig, text[])")
    op.execute("DROP FUNCTION entente_holds(bytea, int)")
    op.execute("DROP FUNCTION entente_sight()")
