"""Recalls and access reviews."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# What a withdrawn version gave way to, and which version it was: old links lead on from there.
TOMBSTONES = """
ALTER TABLE tombstones
  ADD COLUMN number int,
  ADD COLUMN successor_id uuid CONSTRAINT fk_tombstones_successor_id
    REFERENCES records (id) ON DELETE SET NULL;
UPDATE tombstones t SET number = v.number FROM versions v WHERE v.id = t.version_id;
ALTER TABLE tombstones ALTER COLUMN number SET NOT NULL;
"""

RECALLS = """
CREATE TABLE recalls (
  id uuid CONSTRAINT pk_recalls PRIMARY KEY,
  record_id uuid NOT NULL,
  version_id uuid NOT NULL CONSTRAINT uq_recalls_version_id UNIQUE
    CONSTRAINT fk_recalls_version_id REFERENCES versions (id),
  audience_id int NOT NULL CONSTRAINT fk_recalls_audience_id REFERENCES audiences (id),
  reference text NOT NULL,
  number int NOT NULL,
  owner text NOT NULL CONSTRAINT fk_recalls_owner REFERENCES organisations (slug),
  originator text NOT NULL CONSTRAINT fk_recalls_originator REFERENCES organisations (slug),
  reason text NOT NULL,
  due_on date NOT NULL,
  begun_by uuid NOT NULL CONSTRAINT fk_recalls_begun_by REFERENCES people (id),
  begun_at timestamptz NOT NULL,
  entry_id uuid NOT NULL
);
CREATE TABLE recall_tasks (
  id uuid CONSTRAINT pk_recall_tasks PRIMARY KEY,
  recall_id uuid NOT NULL CONSTRAINT fk_recall_tasks_recall_id REFERENCES recalls (id),
  person_id uuid NOT NULL CONSTRAINT fk_recall_tasks_person_id REFERENCES people (id),
  organisation text NOT NULL,
  taken jsonb NOT NULL,
  made_at timestamptz NOT NULL,
  reminded_at timestamptz,
  answer text,
  answered_at timestamptz,
  said text NOT NULL DEFAULT '',
  signature text,
  entry_id uuid,
  CONSTRAINT uq_recall_tasks_recall_id_person_id UNIQUE (recall_id, person_id),
  CONSTRAINT ck_recall_tasks_answer CHECK (answer IN ('deleted', 'not-deleted')),
  CONSTRAINT ck_recall_tasks_answered CHECK (
    (answer IS NULL) = (answered_at IS NULL) AND (answer IS NULL) = (signature IS NULL)
    AND (answer IS NULL) = (entry_id IS NULL))
);
CREATE INDEX ix_recall_tasks_person_id ON recall_tasks (person_id);
ALTER TABLE recalls ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_audience ON recalls TO entente_app
  USING (
    CASE WHEN audience_id < 8 * length((SELECT entente_sight()))
      THEN get_bit((SELECT entente_sight()), audience_id) = 1 ELSE false END);
ALTER TABLE recall_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_recalls ON recall_tasks TO entente_app
  USING (EXISTS (SELECT FROM recalls r WHERE r.id = recall_id));
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON recalls
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting();
CREATE FUNCTION entente_keep_answers() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE moving text[] := '{reminded_at,answer,answered_at,said,signature,entry_id}';
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.answer IS NULL AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'an answer to a recall is never changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER answered_once BEFORE UPDATE OR DELETE ON recall_tasks
  FOR EACH ROW EXECUTE FUNCTION entente_keep_answers();
GRANT SELECT, INSERT ON recalls, recall_tasks TO entente_app;
GRANT UPDATE (reminded_at) ON recall_tasks TO entente_app;
"""

# Who took something of a version, by the log: each download of it until a moment, with the name
# that its file had. Entries without a place yet are found by their ids, which tell their time.
TAKERS = """
CREATE FUNCTION entente_takers(of_version uuid, until timestamptz)
RETURNS TABLE (person uuid, organisation text, entry_id uuid, taken_at timestamptz,
               attachment uuid, name text, form text, copy text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH entries AS (
    SELECT j.id, convert_from(j.entry, 'UTF8')::jsonb AS told
      FROM versions v
      JOIN log_entries l ON l.record = v.record_id AND l.type = 'attachment.downloaded'
      JOIN journal j ON j.id = l.entry_id
     WHERE v.id = of_version
    UNION ALL
    SELECT j.id, convert_from(j.entry, 'UTF8')::jsonb
      FROM journal j
     WHERE j.id >= (rpad(lpad(to_hex(
             (extract(epoch FROM now()) * 1000)::bigint - 86400000), 12, '0'), 32, '0'))::uuid
       AND NOT EXISTS (SELECT FROM log_entries l WHERE l.entry_id = j.id)
  )
  SELECT (e.told ->> 'actor')::uuid, e.told ->> 'organisation', e.id, (e.told ->> 'time')::timestamptz,
         a.id, coalesce(a.name, ''), e.told #>> '{details,form}', coalesce(e.told #>> '{details,copy}', '')
    FROM versions v
    JOIN entries e ON e.told ->> 'record' = v.record_id::text
     AND (e.told #>> '{details,version}') = v.number::text
    LEFT JOIN attachments a ON a.version_id = v.id
     AND (e.told #>> '{details,commitment}') IN
         (a.envelope #>> '{sealed,commitment}', a.cleaned #>> '{sealed,commitment}')
   WHERE v.id = of_version AND e.told ->> 'type' = 'attachment.downloaded'
     AND e.told ->> 'actor' <> '' AND (e.told ->> 'served_bytes')::bigint > 0
     AND (e.told ->> 'time')::timestamptz <= until
   ORDER BY 4, 3
$$;
"""

# Whoever took something is told of what they took themselves, and of nothing else; only they answer.
TASKS = """
CREATE FUNCTION entente_recall_tasks_of(whose uuid)
RETURNS TABLE (id uuid, recall_id uuid, reference text, number int, owner text, originator text,
               due_on date, begun_at timestamptz, taken jsonb, answer text,
               answered_at timestamptz, said text, signature text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT t.id, r.id, r.reference, r.number, r.owner, r.originator, r.due_on, r.begun_at, t.taken,
         t.answer, t.answered_at, t.said, t.signature
    FROM recall_tasks t JOIN recalls r ON r.id = t.recall_id
   WHERE t.person_id = whose
   ORDER BY r.due_on, r.id
$$;
CREATE FUNCTION entente_answer_recall(task uuid, whose uuid, moment timestamptz, given text,
                                      words text, signed text, entry uuid) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH done AS (
    UPDATE recall_tasks SET answer = given, answered_at = moment, said = words, signature = signed,
           entry_id = entry
     WHERE id = task AND person_id = whose AND answer IS NULL
    RETURNING 1)
  SELECT EXISTS (SELECT FROM done)
$$;
REVOKE ALL ON FUNCTION entente_takers(uuid, timestamptz), entente_recall_tasks_of(uuid),
  entente_answer_recall(uuid, uuid, timestamptz, text, text, text, uuid),
  entente_keep_answers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_takers(uuid, timestamptz), entente_recall_tasks_of(uuid),
  entente_answer_recall(uuid, uuid, timestamptz, text, text, text, uuid) TO entente_app;
"""

RECALLS_BACK = """
DROP TABLE recall_tasks, recalls;
DROP FUNCTION entente_keep_answers();
DROP FUNCTION entente_takers(uuid, timestamptz);
DROP FUNCTION entente_recall_tasks_of(uuid);
DROP FUNCTION entente_answer_recall(uuid, uuid, timestamptz, text, text, text, uuid);
ALTER TABLE tombstones DROP COLUMN number, DROP COLUMN successor_id;
"""

# How somebody's access ended, and what each review of access answered: neither is written anew.
MEMBERSHIP = """
CREATE TABLE leavings (
  id uuid CONSTRAINT pk_leavings PRIMARY KEY,
  person_id uuid NOT NULL CONSTRAINT fk_leavings_person_id REFERENCES people (id),
  organisation text NOT NULL
    CONSTRAINT fk_leavings_organisation REFERENCES organisations (slug),
  reason text NOT NULL,
  ended_by uuid CONSTRAINT fk_leavings_ended_by REFERENCES people (id),
  ended_at timestamptz NOT NULL,
  heir_id uuid CONSTRAINT fk_leavings_heir_id REFERENCES people (id),
  ended jsonb NOT NULL,
  remains jsonb NOT NULL,
  entries uuid[] NOT NULL
);
CREATE INDEX ix_leavings_person_id ON leavings (person_id);
CREATE TABLE access_answers (
  organisation text NOT NULL
    CONSTRAINT fk_access_answers_organisation REFERENCES organisations (slug),
  period date NOT NULL,
  person_id uuid NOT NULL CONSTRAINT fk_access_answers_person_id REFERENCES people (id),
  answer text NOT NULL,
  answered_by uuid CONSTRAINT fk_access_answers_answered_by REFERENCES people (id),
  answered_at timestamptz NOT NULL,
  CONSTRAINT pk_access_answers PRIMARY KEY (organisation, period, person_id),
  CONSTRAINT ck_access_answers_answer CHECK (answer IN ('kept', 'removed', 'lapsed')),
  CONSTRAINT ck_access_answers_answered_by CHECK ((answer = 'lapsed') = (answered_by IS NULL)),
  CONSTRAINT ck_access_answers_oneself CHECK (answered_by <> person_id)
);
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON leavings
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON leavings
  FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON access_answers
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON access_answers
  FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting();
GRANT SELECT, INSERT ON leavings, access_answers TO entente_app;
"""

# What somebody can reach and what hangs on them, for whoever ends their access and may read none
# of it: reference numbers, states and moments; never a title, a text, or what they search for.
REACH = """
CREATE FUNCTION entente_reach(asked int[])
RETURNS TABLE (audience_id int, state text, reference text, number int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT v.audience_id, v.state, r.reference, v.number
    FROM versions v JOIN records r ON r.id = v.record_id
   WHERE v.audience_id = ANY (asked) AND v.state IN ('draft', 'submitted', 'released')
   ORDER BY r.reference, v.number
$$;
CREATE FUNCTION entente_hangs_on(whose uuid, moment timestamptz)
RETURNS TABLE (kind text, reference text, until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT CASE WHEN v.state = 'submitted' THEN 'submission'
              WHEN v.writers = ARRAY[whose] THEN 'own-draft' ELSE 'shared-draft' END,
         r.reference, NULL::timestamptz
    FROM versions v JOIN records r ON r.id = v.record_id
   WHERE v.state IN ('draft', 'submitted') AND whose = ANY (v.writers || v.submitted_by)
  UNION ALL
  SELECT 'request', CASE WHEN q.record_id IS NULL THEN '' ELSE q.reference END, q.due_at FROM requests q
   WHERE q.state IN ('waiting', 'returned') AND whose = ANY (q.people || q.requester)
  UNION ALL
  SELECT 'grant', r.reference, g.until FROM grants g JOIN records r ON r.id = g.record_id
   WHERE g.person_id = whose AND g.ended_at IS NULL AND g.until > moment
  UNION ALL
  SELECT 'delegation', '', d.until FROM delegations d
   WHERE whose IN (d.delegator_id, d.deputy_id) AND d.ended_at IS NULL AND d.until > moment
  UNION ALL
  SELECT 'recall-task', c.reference, c.due_on::timestamptz
    FROM recall_tasks t JOIN recalls c ON c.id = t.recall_id
   WHERE t.person_id = whose AND t.answer IS NULL
  UNION ALL
  SELECT 'session', '', s.expires_at FROM sessions s
   WHERE s.person_id = whose AND s.expires_at > moment
  UNION ALL
  SELECT 'api-client', a.client_id, NULL FROM api_clients a
   WHERE a.person_id = whose AND a.revoked_at IS NULL
  UNION ALL
  SELECT 'feed', '', NULL FROM notice_readers n
   WHERE n.person_id = whose AND n.feed_hash IS NOT NULL
  UNION ALL
  SELECT 'subscription', '', NULL FROM subscriptions b WHERE b.person_id = whose
   ORDER BY 1, 2, 3
$$;
REVOKE ALL ON FUNCTION entente_reach(int[]), entente_hangs_on(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_reach(int[]), entente_hangs_on(uuid, timestamptz)
  TO entente_app;
"""

# Whose a refused request or recall is. Its record is not told: who sees a record's log need not
# know who asks for it, and whoever is refused a request is told of no terms of use by it.
WHOSE = """
CREATE OR REPLACE FUNCTION entente_whose(kind text, thing uuid, profile int, action text,
    at timestamptz, OUT audience_id int, OUT owner text, OUT originator text, OUT record uuid,
    OUT markings text[], OUT policies text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT part.audience_id, part.owner, part.originator, part.record_id,
         entente_marked(a.markings, a.later_markings, at), denied.policies
    FROM (SELECT v.audience_id, v.owner, v.originator, v.record_id FROM versions v
           WHERE (entente_whose.kind = 'record' AND v.record_id = thing)
              OR (entente_whose.kind = 'version' AND v.id = thing)
           UNION ALL
          SELECT f.audience_id, v.owner, v.originator, v.record_id
            FROM attachments f JOIN versions v ON v.id = f.version_id
           WHERE entente_whose.kind = 'attachment' AND f.id = thing{more}) part
    JOIN audiences a ON a.id = part.audience_id
    LEFT JOIN visibility denied ON denied.profile_id = profile AND NOT denied.allowed
     AND denied.action = entente_whose.action AND denied.audience_id = part.audience_id
   ORDER BY denied.allowed NULLS LAST, part.audience_id DESC LIMIT 1
$$;
"""
ALSO = """
           UNION ALL
          SELECT q.audience_id, q.organisation, coalesce(q.originator, q.organisation), NULL
            FROM requests q WHERE entente_whose.kind = 'request' AND q.id = thing
           UNION ALL
          SELECT c.audience_id, c.owner, c.originator, NULL
            FROM recalls c WHERE entente_whose.kind = 'recall' AND c.id = thing"""

MEMBERSHIP_BACK = """
DROP FUNCTION entente_reach(int[]);
DROP FUNCTION entente_hangs_on(uuid, timestamptz);
DROP TABLE leavings, access_answers;
"""


def upgrade() -> None:
    """Let what was taken be called back, and access be reviewed."""
    _recalls()
    op.execute(MEMBERSHIP)
    op.execute(REACH)
    op.execute(WHOSE.format(more=ALSO))


def downgrade() -> None:
    """Forget what was called back, who left, and what the reviews of access answered."""
    op.execute(WHOSE.format(more=""))
    op.execute(MEMBERSHIP_BACK)
    op.execute(RECALLS_BACK)


def _recalls() -> None:
    for statements in (TOMBSTONES, RECALLS, TAKERS, TASKS):
        op.execute(statements)
