"""Where quoted and attached material comes from, and what waits for whose consent."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# A row is written once, and in sight with the part that carries it: `upstream` leads from a
# quotation of a quotation to the first. Nothing in it is marked: references and organisations.
SOURCES = """
SET LOCAL lock_timeout = '10s';
CREATE TABLE sources (
  id uuid CONSTRAINT pk_sources PRIMARY KEY,
  record_id uuid NOT NULL,
  version_id uuid NOT NULL CONSTRAINT fk_sources_version_id_versions REFERENCES versions,
  part_id uuid NOT NULL,
  reference text NOT NULL,
  number int NOT NULL,
  owner text NOT NULL CONSTRAINT fk_sources_owner_organisations REFERENCES organisations,
  originator text NOT NULL CONSTRAINT fk_sources_originator_organisations REFERENCES organisations,
  content_hash bytea NOT NULL,
  label jsonb NOT NULL,
  upstream uuid CONSTRAINT fk_sources_upstream_sources REFERENCES sources,
  quoted_by uuid NOT NULL CONSTRAINT fk_sources_quoted_by_people REFERENCES people,
  quoted_at timestamptz NOT NULL
);
CREATE INDEX ix_sources_record_id ON sources (record_id);
CREATE INDEX ix_sources_upstream ON sources (upstream) WHERE upstream IS NOT NULL;
ALTER TABLE portions ADD COLUMN source_id uuid
  CONSTRAINT fk_portions_source_id_sources REFERENCES sources;
ALTER TABLE attachments ADD COLUMN source_id uuid
  CONSTRAINT fk_attachments_source_id_sources REFERENCES sources;
CREATE INDEX ix_portions_source_id ON portions (source_id) WHERE source_id IS NOT NULL;
CREATE INDEX ix_attachments_source_id ON attachments (source_id) WHERE source_id IS NOT NULL;
ALTER TABLE sources ENABLE ROW LEVEL SECURITY;
CREATE POLICY with_its_part ON sources FOR SELECT TO entente_app USING (
  EXISTS (SELECT FROM portions p WHERE p.source_id = sources.id)
  OR EXISTS (SELECT FROM attachments a WHERE a.source_id = sources.id));
CREATE POLICY adding ON sources FOR INSERT TO entente_app WITH CHECK (true);
GRANT SELECT, INSERT ON sources TO entente_app;
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON sources
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON sources
  FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting();
"""

# The steps from parts in sight to the first originator. Which of the records on the way the reader
# may know of is asked afterwards: this tells only what stands in `sources`.
CHAIN = """
CREATE FUNCTION entente_chain(asked uuid[], OUT start uuid, OUT step int, OUT record_id uuid,
  OUT version_id uuid, OUT reference text, OUT number int, OUT owner text, OUT originator text,
  OUT quoted_at timestamptz)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  WITH RECURSIVE up AS (
    SELECT s.id AS start, 0 AS step, s.* FROM sources s WHERE s.id = ANY (asked) AND (
      EXISTS (SELECT FROM portions p
               WHERE p.source_id = s.id AND entente_holds(entente_sight(), p.audience_id))
      OR EXISTS (SELECT FROM attachments a
               WHERE a.source_id = s.id AND entente_holds(entente_sight(), a.audience_id)))
    UNION ALL
    SELECT up.start, up.step + 1, s.* FROM sources s JOIN up ON s.id = up.upstream)
  SELECT u.start, u.step, u.record_id, u.version_id, u.reference, u.number, u.owner, u.originator,
         u.quoted_at
    FROM up u ORDER BY 1, 2
$$;
"""

# Where an organisation's own material of a record went on, however many hands it passed through:
# only what was released, for which the organisation consented. No title and no word of it.
ONWARD = """
CREATE FUNCTION entente_onward(of_record uuid, of_originator text, OUT record_id uuid,
  OUT version_id uuid, OUT reference text, OUT number int, OUT owner text, OUT state text,
  OUT released_at timestamptz, OUT parts bigint, OUT steps int)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  WITH RECURSIVE down AS (
    SELECT s.id, 1 AS steps FROM sources s
     WHERE s.record_id = of_record AND s.originator = of_originator
    UNION ALL
    SELECT s.id, down.steps + 1 FROM sources s JOIN down ON s.upstream = down.id
  ), carried AS (
    SELECT p.version_id, d.steps FROM portions p JOIN down d ON d.id = p.source_id
    UNION ALL
    SELECT a.version_id, d.steps FROM attachments a JOIN down d ON d.id = a.source_id)
  SELECT v.record_id, v.id, r.reference, v.number, v.owner, v.state, v.released_at, count(*),
         min(c.steps)
    FROM carried c JOIN versions v ON v.id = c.version_id JOIN records r ON r.id = v.record_id
   WHERE v.state IN ('released', 'superseded', 'withdrawn') AND v.record_id <> of_record
   GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY v.released_at DESC, v.id
$$;
"""

# What is submitted and holds a part that somebody may be asked about: only the unmarked facts of
# the version that an originator needs in order to know who asks. Asked within what is in sight.
CARRIERS = """
CREATE FUNCTION entente_carriers(of_audiences int[], OUT version_id uuid, OUT record_id uuid,
  OUT reference text, OUT number int, OUT owner text, OUT originator text, OUT kind text,
  OUT area text, OUT language text, OUT edition int, OUT title_id int, OUT writers uuid[],
  OUT submitted_by uuid, OUT submitted_at timestamptz, OUT batch_id uuid)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT v.id, v.record_id, r.reference, v.number, v.owner, v.originator, v.kind, v.area,
         v.language, v.edition, v.audience_id, v.writers, v.submitted_by, v.submitted_at, v.batch_id
    FROM versions v JOIN records r ON r.id = v.record_id
   WHERE v.state = 'submitted' AND v.id IN (
      SELECT p.version_id FROM portions p
       WHERE p.audience_id = ANY (of_audiences) AND entente_holds(entente_sight(), p.audience_id)
      UNION
      SELECT a.version_id FROM attachments a
       WHERE a.audience_id = ANY (of_audiences) AND entente_holds(entente_sight(), a.audience_id))
   ORDER BY v.submitted_at, v.id
$$;
"""

RIGHTS = """
REVOKE ALL ON FUNCTION entente_chain(uuid[]), entente_onward(uuid, text), entente_carriers(int[])
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_chain(uuid[]), entente_onward(uuid, text),
  entente_carriers(int[]) TO entente_app;
"""

# A file is sealed under the key of its own originator, which its audience names: it may be another
# than its record's, so whoever unwraps it asks there.
_OF_PART = "(SELECT w.originator FROM audiences w WHERE w.id = a.audience_id)"
SEALED_BY = {
    "entente_claim_inspection(timestamptz,interval)": "v.originator",
    "entente_wrapped_by(text[],int[],uuid,int)": "r.originator",
    "entente_file_of(uuid)": "r.originator",
    "entente_stored_files(text,int)": "r.originator",
}

BACK = """
DROP FUNCTION entente_chain(uuid[]);
DROP FUNCTION entente_onward(uuid, text);
DROP FUNCTION entente_carriers(int[]);
ALTER TABLE portions DROP COLUMN source_id;
ALTER TABLE attachments DROP COLUMN source_id;
DROP TABLE sources;
"""


def upgrade() -> None:
    """Give parts a source, and what originators are asked about a way to be found."""
    for statements in (SOURCES, CHAIN, ONWARD, CARRIERS, RIGHTS):
        op.execute(statements)
    for function, column in SEALED_BY.items():
        _say_instead(function, column, _OF_PART)


def downgrade() -> None:
    """Forget where anything came from."""
    for function, column in SEALED_BY.items():
        _say_instead(function, _OF_PART, column)
    op.execute("DROP POLICY with_its_part ON sources")
    op.execute(BACK)


def _say_instead(function: str, before: str, after: str) -> None:
    """Define a function anew with one expression in the place of another."""
    op.execute(
        f"DO $do$ BEGIN EXECUTE replace(pg_get_functiondef('{function}'::regprocedure),"
        f" '{before}', '{after}'); END $do$"
    )
