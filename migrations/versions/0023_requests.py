"""Requests for access, what they match, grants with an end, and stubs that originators list."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# A grant is a fact of access, as an audience is, and no content: it is kept beside the record, not
# under its audience. Nothing but its end before time is ever written in it: no verb extends one.
GRANTS = """
CREATE TABLE grants (
  id uuid CONSTRAINT pk_grants PRIMARY KEY,
  record_id uuid NOT NULL CONSTRAINT fk_grants_record_id REFERENCES records (id),
  originator text NOT NULL CONSTRAINT fk_grants_originator REFERENCES organisations (slug),
  person_id uuid NOT NULL CONSTRAINT fk_grants_person_id REFERENCES people (id),
  until timestamptz NOT NULL,
  granted_by uuid NOT NULL CONSTRAINT fk_grants_granted_by REFERENCES people (id),
  granted_at timestamptz NOT NULL,
  request_id uuid,
  ended_at timestamptz,
  ended_by uuid CONSTRAINT fk_grants_ended_by REFERENCES people (id),
  CONSTRAINT ck_grants_until CHECK (until > granted_at),
  CONSTRAINT ck_grants_ended CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX ix_grants_record_id ON grants (record_id);
CREATE INDEX ix_grants_person_id ON grants (person_id);
CREATE INDEX ix_grants_until ON grants (until);
CREATE FUNCTION entente_freeze_grants() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
     AND to_jsonb(OLD) - '{ended_at,ended_by}'::text[] = to_jsonb(NEW) - '{ended_at,ended_by}'::text[]
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'a grant is ended, and changed in nothing else'
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON grants
  FOR EACH ROW EXECUTE FUNCTION entente_freeze_grants();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON grants
  FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting();
GRANT SELECT, INSERT, UPDATE ON grants TO entente_app;
"""

LISTINGS = """
CREATE TABLE listings (
  record_id uuid CONSTRAINT pk_listings PRIMARY KEY
    CONSTRAINT fk_listings_record_id REFERENCES records (id),
  reference text NOT NULL,
  originator text NOT NULL CONSTRAINT fk_listings_originator REFERENCES organisations (slug),
  area text NOT NULL,
  title text NOT NULL,
  description text NOT NULL,
  audience_id integer NOT NULL CONSTRAINT fk_listings_audience_id REFERENCES audiences (id),
  listed_by uuid NOT NULL CONSTRAINT fk_listings_listed_by REFERENCES people (id),
  listed_at timestamptz NOT NULL
);
CREATE INDEX ix_listings_audience_id ON listings (audience_id);
GRANT SELECT, INSERT, DELETE ON listings TO entente_app;
"""

# `record_id` is who-asks-for-what where the requester may know of the record. Where they described
# what they seek, it stays empty for ever: what answers it is known to its originator only, who
# finds it in `request_matches`, under an audience of that originator's own.
REQUESTS = """
CREATE TABLE requests (
  id uuid CONSTRAINT pk_requests PRIMARY KEY,
  record_id uuid CONSTRAINT fk_requests_record_id REFERENCES records (id),
  originator text CONSTRAINT fk_requests_originator REFERENCES organisations (slug),
  reference text NOT NULL,
  area text NOT NULL,
  organisation text NOT NULL CONSTRAINT fk_requests_organisation REFERENCES organisations (slug),
  requester uuid NOT NULL CONSTRAINT fk_requests_requester REFERENCES people (id),
  people uuid[] NOT NULL,
  audience_id integer NOT NULL CONSTRAINT fk_requests_audience_id REFERENCES audiences (id),
  sought text NOT NULL,
  purpose text NOT NULL,
  project text NOT NULL,
  last_day date NOT NULL,
  terms text[] NOT NULL,
  renews uuid CONSTRAINT fk_requests_renews REFERENCES requests (id),
  state text NOT NULL,
  asked_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  paused_at timestamptz,
  closed_at timestamptz,
  escalated integer NOT NULL DEFAULT 0,
  matched_at timestamptz,
  CONSTRAINT ck_requests_state CHECK (
    state IN ('waiting', 'returned', 'granted', 'refused', 'withdrawn')),
  CONSTRAINT ck_requests_known CHECK ((record_id IS NULL) = (originator IS NULL))
);
CREATE INDEX ix_requests_audience_id ON requests (audience_id);
CREATE INDEX ix_requests_waiting ON requests (originator, due_at) WHERE state = 'waiting';
CREATE INDEX ix_requests_unmatched ON requests (asked_at) WHERE matched_at IS NULL;
CREATE TABLE request_matches (
  request_id uuid NOT NULL CONSTRAINT fk_request_matches_request_id REFERENCES requests (id),
  record_id uuid NOT NULL CONSTRAINT fk_request_matches_record_id REFERENCES records (id),
  originator text NOT NULL
    CONSTRAINT fk_request_matches_originator REFERENCES organisations (slug),
  audience_id integer NOT NULL
    CONSTRAINT fk_request_matches_audience_id REFERENCES audiences (id),
  found_at timestamptz NOT NULL,
  passed_at timestamptz,
  passed_by uuid CONSTRAINT fk_request_matches_passed_by REFERENCES people (id),
  CONSTRAINT pk_request_matches PRIMARY KEY (request_id, record_id)
);
CREATE INDEX ix_request_matches_audience_id ON request_matches (audience_id);
CREATE TABLE request_steps (
  id uuid CONSTRAINT pk_request_steps PRIMARY KEY,
  request_id uuid NOT NULL CONSTRAINT fk_request_steps_request_id REFERENCES requests (id),
  audience_id integer NOT NULL CONSTRAINT fk_request_steps_audience_id REFERENCES audiences (id),
  kind text NOT NULL,
  person_id uuid NOT NULL CONSTRAINT fk_request_steps_person_id REFERENCES people (id),
  said text NOT NULL,
  record_id uuid CONSTRAINT fk_request_steps_record_id REFERENCES records (id),
  until timestamptz,
  taken_at timestamptz NOT NULL,
  CONSTRAINT ck_request_steps_kind CHECK (
    kind IN ('asked', 'returned', 'answered', 'granted', 'refused', 'withdrawn'))
);
CREATE INDEX ix_request_steps_request_id ON request_steps (request_id);
GRANT SELECT, INSERT ON requests, request_matches, request_steps TO entente_app;
GRANT UPDATE (state, due_at, paused_at, closed_at, escalated) ON requests TO entente_app;
GRANT UPDATE (passed_at, passed_by) ON request_matches TO entente_app;
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON request_steps
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON request_steps
  FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting();
"""

IN_SIGHT = (
    "CASE WHEN audience_id < 8 * length((SELECT entente_sight()))"
    " THEN get_bit((SELECT entente_sight()), audience_id) = 1 ELSE false END"
)
BY_AUDIENCE = ("listings", "request_matches", "request_steps")
TABLES = (*BY_AUDIENCE, "requests")

# The place in the queue counts requests that are not in the requester's sight; it is told of those
# that are, and only where the requester knows whose queue it is.
PLACE = """
CREATE FUNCTION entente_request_places(asked uuid[]) RETURNS TABLE (id uuid, place bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT r.id, (SELECT count(*) FROM requests o
                 WHERE o.originator = r.originator AND o.state = 'waiting'
                   AND (o.asked_at, o.id) <= (r.asked_at, r.id))
    FROM requests r
   WHERE r.id = ANY (asked) AND r.state = 'waiting' AND r.originator IS NOT NULL
     AND entente_holds(entente_sight(), r.audience_id)
$$;
"""

# For the worker: it is nobody, and so sees no row. Matching is never done while somebody waits for
# the answer to their request: how long that takes would tell how much there is.
MATCHING = """
CREATE FUNCTION entente_next_need() RETURNS TABLE (id uuid, requester uuid, audience_id int,
  sought text, reference text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT r.id, r.requester, r.audience_id, r.sought, r.reference FROM requests r
   WHERE r.matched_at IS NULL ORDER BY r.asked_at, r.id LIMIT 1
$$;
CREATE FUNCTION entente_matched(request uuid, moment timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH done AS (UPDATE requests SET matched_at = moment
                 WHERE id = request AND matched_at IS NULL RETURNING 1)
  SELECT EXISTS (SELECT FROM done)
$$;
CREATE FUNCTION entente_match(asked text, of_reference text, sight bytea, languages text[],
  configurations text[], share double precision, most int)
RETURNS TABLE (record_id uuid, originator text, score bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH wanted AS (
    SELECT l AS language, w.lexeme, count(*) OVER (PARTITION BY l) AS lexemes
      FROM unnest(languages, configurations) known(l, c),
           unnest(to_tsvector(c::regconfig, asked)) w),
  questions AS (
    SELECT language, string_agg(quote_literal(lexeme), ' | ')::tsquery AS query,
           array_agg(lexeme) AS lexemes
      FROM wanted GROUP BY language),
  hits AS (
    SELECT v.record_id, v.originator, count(DISTINCT w.lexeme) AS score,
           max(cardinality(q.lexemes)) AS asked_for
      FROM questions q
      JOIN portions p ON p.language = q.language AND p.words @@ q.query
      JOIN versions v ON v.id = p.version_id AND v.state = 'released'
      CROSS JOIN LATERAL unnest(q.lexemes) w(lexeme)
     WHERE NOT entente_holds(sight, v.audience_id) AND w.lexeme = ANY (tsvector_to_array(p.words))
     GROUP BY 1, 2),
  named AS (
    SELECT v.record_id, v.originator, 1000000::bigint AS score
      FROM records r JOIN versions v ON v.record_id = r.id AND v.state = 'released'
     WHERE of_reference <> '' AND r.reference = of_reference
       AND NOT entente_holds(sight, v.audience_id)),
  found AS (
    SELECT h.record_id, h.originator, h.score FROM hits h
     WHERE h.score >= least(h.asked_for, greatest(2, ceil(h.asked_for * share)))
     UNION ALL SELECT * FROM named),
  best AS (SELECT f.record_id, f.originator, max(f.score) AS score FROM found f GROUP BY 1, 2),
  ranked AS (SELECT b.*, row_number() OVER (PARTITION BY b.originator
                                            ORDER BY b.score DESC, b.record_id) AS place FROM best b)
  SELECT r.record_id, r.originator, r.score FROM ranked r WHERE r.place <= most
   ORDER BY r.originator, r.place
$$;
CREATE FUNCTION entente_silent_requests(moment timestamptz, later timestamptz)
RETURNS TABLE (id uuid, record_id uuid, originator text, audience_id int, organisation text,
               due_at timestamptz, escalated int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT r.id, r.record_id, r.originator, r.audience_id, r.organisation, r.due_at, r.escalated
    FROM requests r
   WHERE r.state = 'waiting' AND r.originator IS NOT NULL
     AND (r.escalated = 0 AND r.due_at <= moment OR r.escalated = 1 AND r.due_at <= later)
   ORDER BY r.due_at, r.id
$$;
CREATE FUNCTION entente_escalate(request uuid, stage int) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH done AS (UPDATE requests SET escalated = stage
                 WHERE id = request AND escalated = stage - 1 AND state = 'waiting' RETURNING 1)
  SELECT EXISTS (SELECT FROM done)
$$;
"""
FUNCTIONS = (
    "entente_request_places(uuid[])",
    "entente_next_need()",
    "entente_matched(uuid, timestamptz)",
    "entente_match(text, text, bytea, text[], text[], double precision, int)",
    "entente_silent_requests(timestamptz, timestamptz)",
    "entente_escalate(uuid, int)",
)


def upgrade() -> None:
    """Let people ask for what is not released to them, and originators grant it until a day."""
    for statements in (GRANTS, LISTINGS, REQUESTS, PLACE, MATCHING):
        op.execute(statements)
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY adding ON {table} FOR INSERT TO entente_app WITH CHECK (true)")
    for table in BY_AUDIENCE:
        op.execute(f"CREATE POLICY by_audience ON {table} TO entente_app USING ({IN_SIGHT})")
    # An originator sees what is sought where something of theirs may answer it.
    op.execute(
        f"CREATE POLICY by_audience ON requests TO entente_app USING ({IN_SIGHT} OR EXISTS"
        " (SELECT FROM request_matches m WHERE m.request_id = requests.id))"
    )
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO entente_app")


def downgrade() -> None:
    """Forget them; what was granted stays in the audiences until its end."""
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP TABLE request_steps, request_matches, requests, listings, grants")
    op.execute("DROP FUNCTION entente_freeze_grants()")
