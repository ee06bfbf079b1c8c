"""The text of files, as far as it may be searched."""

from pathlib import Path
from runpy import run_path

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# By blob, as inspections: a revision carries the same bytes. What is found is the text of the file
# that leaves; that of an original whose cleaned copy leaves is found by nobody.
TABLES = """
CREATE FUNCTION entente_leaving(leaves text, blob text, cleaned jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE leaves WHEN 'cleaned' THEN cleaned #>> '{sealed,blob}' ELSE blob END
$$;
CREATE TABLE file_texts (
  blob text CONSTRAINT pk_file_texts PRIMARY KEY,
  language text NOT NULL,
  body text NOT NULL,
  words tsvector NOT NULL
);
CREATE INDEX ix_file_texts_words ON file_texts USING gin (words);
CREATE INDEX ix_attachments_leaving ON attachments (entente_leaving(leaves, blob, cleaned));
ALTER TABLE file_texts ENABLE ROW LEVEL SECURITY;
CREATE POLICY with_attachment ON file_texts FOR SELECT TO entente_app USING (EXISTS (
  SELECT FROM attachments a WHERE entente_leaving(a.leaves, a.blob, a.cleaned) = file_texts.blob));
GRANT SELECT ON file_texts TO entente_app;
"""

# Nobody but these writes. A text is kept under the label that it was judged by, and goes with the
# last attachment that has the file, or with the key of it: of what was destroyed while it was being
# looked into none is kept. Other versions may hold the same file under other labels.
KEEPING = """
CREATE FUNCTION entente_keep_file_text(file uuid, of_audience int, of_blob text, spoken text,
    text_body text, config regconfig, pieces text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO file_texts (blob, language, body, words)
    SELECT of_blob, spoken, text_body, entente_words(config, pieces)
     WHERE EXISTS (SELECT FROM attachments a WHERE a.id = file AND a.audience_id = of_audience
                      AND (of_blob = a.blob AND NOT entente_forgotten(a.envelope) OR
                           of_blob = a.cleaned #>> '{sealed,blob}'
                           AND NOT entente_forgotten(a.cleaned)))
    ON CONFLICT ON CONSTRAINT pk_file_texts DO UPDATE
      SET language = excluded.language, body = excluded.body, words = excluded.words;
END $$;
CREATE FUNCTION entente_audiences_of_file(of_blob text) RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT audience_id FROM attachments WHERE blob = of_blob
$$;
CREATE FUNCTION entente_forget_file_texts(blobs text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  DELETE FROM file_texts WHERE blob = ANY (blobs)
$$;
CREATE FUNCTION entente_drop_file_texts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM file_texts t WHERE t.blob IN (OLD.blob, OLD.cleaned #>> '{sealed,blob}')
     AND NOT EXISTS (SELECT FROM attachments a
                      WHERE (t.blob = a.blob AND NOT entente_forgotten(a.envelope))
                         OR (t.blob = a.cleaned #>> '{sealed,blob}'
                             AND NOT entente_forgotten(a.cleaned)));
  RETURN NULL;
END $$;
CREATE TRIGGER texts AFTER DELETE OR UPDATE OF envelope, cleaned ON attachments
  FOR EACH ROW EXECUTE FUNCTION entente_drop_file_texts();
REVOKE ALL ON FUNCTION entente_keep_file_text(uuid, int, text, text, text, regconfig, text[]),
  entente_audiences_of_file(text), entente_forget_file_texts(text[]), entente_drop_file_texts()
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_keep_file_text(uuid, int, text, text, text, regconfig, text[]),
  entente_audiences_of_file(text), entente_forget_file_texts(text[]) TO entente_app;
"""

# As in 0003, and files beside portions: what a file says counts half of what a section says.
MATCHES = """
CREATE OR REPLACE FUNCTION entente_matches(sight bytea, languages text[], configurations text[],
    asked text, reference text, ranked boolean, sparse boolean)
RETURNS TABLE (version_id uuid, rank real, released_at timestamptz, kind text, area text,
               originator text, language text, audience_id int)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
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
           'SELECT version_id, %1$s FROM portions WHERE %3$s AND language = ANY (%4$L::text[])'
           ' AND words @@ %5$L::tsquery UNION ALL '
           'SELECT a.version_id, %2$s FROM file_texts t JOIN attachments a'
           ' ON entente_leaving(a.leaves, a.blob, a.cleaned) = t.blob'
           ' WHERE %3$s AND t.language = ANY (%4$L::text[])'
           ' AND t.words @@ %5$L::tsquery UNION ALL ',
           CASE WHEN ranked
             THEN format('ts_rank(words, %L::tsquery, 1) * CASE role'
                         ' WHEN ''title'' THEN 8 WHEN ''summary'' THEN 3 ELSE 1 END', query)
             ELSE '0::float8' END,
           CASE WHEN ranked THEN format('ts_rank(t.words, %L::tsquery, 1) * 0.5::float8', query)
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

# As in 0003, and a file may be what is matched best: then its name and text are given.
LINES = """
CREATE OR REPLACE FUNCTION entente_lines(versions_shown uuid[], sight bytea, languages text[],
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
  texts AS (
    SELECT p.version_id, p.role, p.audience_id, p.heading, p.body, p.fields, p.words, p.language,
           p.position
      FROM portions p
     WHERE p.version_id = ANY (versions_shown) AND entente_holds(sight, p.audience_id)
     UNION ALL
    SELECT a.version_id, 'attachment', a.audience_id, a.name, left(t.body, 300000), NULL, t.words, t.language,
           1000000 + a.position
      FROM attachments a
      LEFT JOIN file_texts t ON t.blob = entente_leaving(a.leaves, a.blob, a.cleaned)
     WHERE a.version_id = ANY (versions_shown) AND entente_holds(sight, a.audience_id)),
  parts AS (
    SELECT p.version_id, p.role, p.audience_id, p.heading, p.body, p.fields,
           p.words @@ q.query AND 1 = row_number() OVER (
             PARTITION BY p.version_id
             ORDER BY p.words @@ q.query DESC NULLS LAST, p.role = 'attachment',
                      ts_rank(p.words, q.query, 1) DESC NULLS LAST, p.position) AS best,
           tsvector_to_array(to_tsvector(q.config, terms)) AS stems
      FROM texts p LEFT JOIN questions q ON q.spoken = p.language)
  SELECT v.id, v.record_id, v.reference, v.number, v.state, v.kind, v.area, v.language,
         v.originator, v.released_at, v.amended_at, p.role, p.audience_id,
         coalesce(p.best, false), p.stems,
         CASE WHEN p.best OR p.role = 'title' THEN p.heading END,
         CASE WHEN p.best OR p.role = 'summary' THEN p.body END,
         CASE WHEN p.best THEN p.fields END
    FROM shown v JOIN parts p ON p.version_id = v.id;
END $$;
"""


def upgrade() -> None:
    """Add the texts of files, and let search look at them."""
    op.execute(TABLES)
    op.execute(KEEPING)
    op.execute(MATCHES)
    op.execute(LINES)


def downgrade() -> None:
    """Let search look at portions alone, and take the texts away."""
    before = run_path(str(Path(__file__).with_name("0003_search.py")))
    # As 0005 left it: temporary tables come last.
    matches = before["MATCHES"].replace("pg_catalog, public AS", "pg_catalog, public, pg_temp AS")
    for function in (matches, before["LINES"]):
        op.execute(function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    op.execute("DROP TRIGGER texts ON attachments")
    op.execute("DROP FUNCTION entente_drop_file_texts(), entente_forget_file_texts(text[])")
    op.execute("DROP FUNCTION entente_audiences_of_file(text)")
    op.execute(
        "DROP FUNCTION entente_keep_file_text(uuid, int, text, text, text, regconfig, text[])"
    )
    op.execute("DROP TABLE file_texts")
    op.execute("DROP INDEX ix_attachments_leaving")
    op.execute("DROP FUNCTION entente_leaving(text, text, jsonb)")
