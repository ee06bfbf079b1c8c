"""Fills a log with a year of entries, quickly and always alike, as the owner of the database.

300 people of 60 organisations open 2,000 records: few people open much, few records are opened
often; in the working hours of the week, with some at night. Two of a hundred are refused.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.ids import PersonId

WHO: Final = """
INSERT INTO parties (code, name, scheme) VALUES
  ('SG', 'Singapore', 'sg'), ('EU', 'European Union', 'eu');
INSERT INTO organisations (slug, name, kind, party, active)
SELECT 'org-' || n, 'Organisation ' || n, CASE WHEN n <= 6 THEN 'authority' ELSE 'partner' END,
  CASE WHEN n % 2 = 0 THEN 'SG' ELSE 'EU' END, true FROM generate_series(1, 60) n;
INSERT INTO agreements (organisation, title, valid_from, valid_until, ceiling, areas)
SELECT slug, 'Arrangement', '2025-01-01', '2030-01-01',
  CASE party WHEN 'SG' THEN 'CONFIDENTIAL \\ SENSITIVE HIGH' ELSE 'RESTREINT UE/EU RESTRICTED' END,
  ARRAY['research'] FROM organisations;
INSERT INTO people (id, email, name, organisation, roles, clearance, active, admitted_at)
SELECT gen_random_uuid(), 'p' || n || '@example.org', 'Person ' || n, 'org-' || 1 + n % 60,
  CASE WHEN n = 1 THEN ARRAY['auditor'] ELSE ARRAY['reader'] END, NULL, true, '2025-01-01'
FROM generate_series(1, 300) n;
CREATE TEMP TABLE who AS SELECT row_number() OVER (ORDER BY substr(email, 2, 3)) - 1 AS n,
  id, organisation FROM people WHERE email <> 'p1@example.org';
CREATE TEMP TABLE what AS SELECT n, gen_random_uuid() AS id, 'org-' || 1 + n % 6 AS owner,
  (ARRAY['TLP:GREEN', 'TLP:AMBER', 'SENSITIVE', 'PUBLIC'])[1 + n % 4] AS marking
FROM generate_series(0, 1999) n;
CREATE TEMP TABLE kinds (upto float, type text, decision text);
INSERT INTO kinds VALUES (0.55, 'record.read', 'allow'), (0.68, 'attachment.downloaded', 'allow'),
  (0.86, 'records.listed', 'allow'), (0.92, 'person.signed-in', 'allow'),
  (0.94, 'read.refused', 'deny'), (0.95, 'record.reviewed', 'allow'), (0.97, 'draft.read', 'allow'),
  (0.98, 'log.reviewed', 'allow'), (0.99, 'draft.amended', 'allow'),
  (0.995, 'draft.relabelled', 'allow'), (0.998, 'person.roles-assigned', 'allow'),
  (1.0, 'log.exported', 'allow');
CREATE TEMP TABLE happened (at timestamptz, type text, decision text, person uuid,
  organisation text, record uuid, owner text, marking text, subject text);
"""
# `work` squeezes most of a day into its working hours; the square makes few do much.
ACTS: Final = """
INSERT INTO happened
SELECT date_trunc('day', drawn.at) + CASE WHEN drawn.d < 0.03 THEN drawn.e * interval '24 hours'
    ELSE interval '1 hour' + drawn.e * interval '9 hours' END,
  kinds.type, kinds.decision, who.id, who.organisation,
  CASE WHEN kinds.type ~ '^(record\\.|read|attachment|draft)' THEN what.id END, what.owner,
  what.marking,
  CASE WHEN kinds.type LIKE 'person.%' THEN 'person:' || other.id
    WHEN kinds.type = 'attachment.downloaded'
      THEN 'attachment:' || overlay(what.id::text placing lpad((drawn.f * 9)::int::text, 4, '0')
        from 15)
    WHEN kinds.type ~ '^(record\\.|read|draft)' THEN 'record:' || what.id ELSE '' END
FROM (SELECT random() a, random() b, random() c, random() d, random() e, random() f,
    timestamptz '2025-11-25' + random() * interval '364 days' AS at
  FROM generate_series(1, :entries) OFFSET 0) drawn
JOIN who ON who.n = floor(power(drawn.a, 2) * 299)
JOIN what ON what.n = floor(power(drawn.b, 2) * 2000)
JOIN who other ON other.n = floor(drawn.f * 299)
JOIN LATERAL (SELECT * FROM kinds WHERE upto >= drawn.c ORDER BY upto LIMIT 1) kinds ON true;
"""
PROCEDURE: Final = """
WITH version AS (
  SELECT what.*, 'version:' || gen_random_uuid() AS subject, random() AS r, random() AS s,
    timestamptz '2025-11-26' + random() * interval '340 days' AS submitted_at
  FROM what, generate_series(1, 2)
), step AS (
  SELECT *, submitted_at AS at, 'record.submitted' AS type FROM version
  UNION ALL SELECT *, submitted_at + s * interval '3 days', 'record.consented' FROM version
    WHERE r < 0.2
  UNION ALL SELECT *, submitted_at + interval '3 days' + s * interval '9 days',
    CASE WHEN r < 0.85 THEN 'record.released' WHEN r < 0.95 THEN 'record.returned'
      ELSE 'record.refused' END FROM version WHERE r < 0.97
)
INSERT INTO happened
SELECT step.at, step.type, 'allow', who.id, who.organisation, step.id, step.owner, step.marking,
  step.subject
FROM step JOIN who ON who.n = (step.n * 7 + length(step.type)) % 299;
"""
# Who leaves does nothing from then on: what must be none is none.
LEFT: Final = """
CREATE TEMP TABLE leaver AS
SELECT id, organisation, timestamptz '2026-03-01' + n * interval '6 days' AS at FROM who
WHERE n % 7 = 3;
DELETE FROM happened USING leaver WHERE leaver.id = happened.person AND happened.at > leaver.at;
INSERT INTO happened SELECT at, 'person.suspended', 'allow', NULL, organisation, NULL, NULL, NULL,
  'person:' || id FROM leaver;
"""
AGREED: Final = """
INSERT INTO happened SELECT '2025-11-25', 'agreement.concluded', '', NULL, '', NULL, slug, NULL,
  'agreement:' || slug FROM organisations;
"""
PLACED: Final = """
INSERT INTO logs (number, origin, began_at, reason, began_with, after)
  VALUES (1, 'bench.example/log/2026', '2025-11-25', 'first', 0, '0');
CREATE TEMP TABLE told AS
SELECT row_number() OVER (ORDER BY at) - 1 AS index, gen_random_uuid() AS id, happened.*,
  ARRAY(SELECT DISTINCT o FROM unnest(ARRAY[NULLIF(organisation, ''), owner]) o
    WHERE o IS NOT NULL ORDER BY o) AS organisations
FROM happened;
INSERT INTO journal (id, position, transaction, entry, leaf_hash) OVERRIDING SYSTEM VALUE
SELECT id, index, '1', convert_to(jsonb_build_object(
    'id', id, 'time', at, 'type', type, 'subject', subject, 'record', coalesce(record::text, ''),
    'actor', coalesce(person::text, ''), 'organisation', organisation,
    'organisations', organisations, 'decision', decision, 'policies', ARRAY['content-role'],
    'markings', ARRAY[marking], 'details', CASE WHEN type LIKE 'agreement.%'
      THEN jsonb_build_object('valid_from', '2025-01-01T00:00:00+00:00',
        'valid_until', '2030-01-01T00:00:00+00:00')
      ELSE '{"exists": true, "version": 1, "labels": ["title: TLP:RED becomes TLP:AMBER"]}' END,
    'door', 'web', 'nonce', md5(id::text))::text, 'UTF8'), sha256(id::text::bytea)
FROM told;
INSERT INTO log_entries (log, index, entry_id, leaf_hash, at, type, subject, record, actor,
  organisation, organisations, decision, markings, audience_id, served_bytes, door)
SELECT 1, index, id, sha256(id::text::bytea), at, type, subject, record, person, organisation,
  organisations, decision, ARRAY[marking], CASE WHEN record IS NULL THEN NULL ELSE 1 END,
  CASE WHEN type = 'attachment.downloaded' THEN 100000 ELSE 0 END, 'web'
FROM told ORDER BY index;
INSERT INTO log_checkpoints (log, size, follows, root_hash, signed_at, note)
SELECT 1, count(*), 0, sha256('root'), '2026-11-24 12:00Z', 'note' FROM told;
"""


@dataclass(frozen=True)
class Year:
    """What was made: the auditor who asks, and whom and what to ask about."""

    auditor: PersonId
    busy_person: UUID
    busy_organisation: str
    busy_record: UUID


def fill(session: Session, entries: int) -> Year:
    """Fill an empty migrated database, as its owner."""
    session.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers, no checks
    session.execute(text("SELECT setseed(0.5)"))
    for statements in (WHO, ACTS, PROCEDURE, LEFT, AGREED, PLACED):
        for statement in statements.split(";\n"):
            if statement.strip():
                session.execute(text(statement.replace("\\.", r"\.")), {"entries": entries})
    auditor = session.scalar(text("SELECT id FROM people WHERE 'auditor' = ANY (roles)"))

    def busiest(column: str) -> str:
        return (
            f"SELECT {column} FROM log_entries WHERE {column} IS NOT NULL GROUP BY 1"
            " ORDER BY count(*) DESC LIMIT 1 OFFSET 3"
        )

    return Year(
        auditor=PersonId(auditor),
        busy_person=session.scalars(text(busiest("actor"))).one(),
        busy_organisation=session.scalars(text(busiest("organisation"))).one(),
        busy_record=session.scalars(text(busiest("record"))).one(),
    )
