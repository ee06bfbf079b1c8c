"""Fills a database with many records, quickly and always alike, for benchmarks and plan tests.

Audiences are few and unequal, as in life: a few hold much, many hold little. Three profiles see
about 50 %, 1 % and 0.01 % of the records; what else there is, none of them sees.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.access import Area, Assurance, Audience, PolicySet, Profile, Role, State, intern_profile
from app.access.models import AudienceRow, VisibilityRow, VisibilitySetRow
from app.core.canonical import canonical_hash
from app.core.ids import AudienceId, ProfileId
from app.labels import Entry, Label, Schemes

SHARES: Final = ("50%", "1%", "0.01%")
COMMON_WORD: Final = "evaluation"
RARE_WORD: Final = "zygomorphic"
BEGINNING: Final = datetime(2020, 1, 1, tzinfo=UTC)
KINDS = ("best_practice", "tool_writeup", "evaluation_report", "benchmark", "research", "trend")
SYLLABLES = [a + b for a in "bdfghklm" for b in "aeiou"]
TEXTS_COUNT = 3_000


@dataclass(frozen=True)
class Seeded:
    """What was made: for every share the profile that sees it, and its audiences."""

    records: int
    profiles: dict[str, tuple[ProfileId, Profile]]
    audience_ids: dict[str, tuple[AudienceId, ...]]


def seed(
    session: Session, schemes: Schemes, policies: PolicySet, *, records: int, chance: random.Random
) -> Seeded:
    """Fill an empty migrated database, as its owner, with released records of three portions."""
    session.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers, no checks
    session.execute(text("SELECT setseed(0.5)"))
    _organisations(session)
    groups = _audiences(session, schemes, records)
    _texts(session, chance)
    index: str = session.scalars(
        text("SELECT pg_get_indexdef('ix_portions_words'::regclass)")
    ).one()
    session.execute(text("DROP INDEX ix_portions_words"))
    for statement in (PLACES, RECORDS, VERSIONS, PORTIONS, RARE, FACETS, index):
        session.execute(
            text(statement),
            {
                "records": records,
                "sizes": [len(groups[share]) for share in (*SHARES, "")],
                "firsts": [groups[share][0] for share in (*SHARES, "")],
                "few": max(1, records // 10_000),
                "kinds": list(KINDS),
                "beginning": BEGINNING,
                "texts": TEXTS_COUNT,
                "rare": RARE_WORD,
            },
        )
    profiles = {share: _profile(session, policies, groups[share], share) for share in SHARES}
    return Seeded(records, profiles, {share: tuple(groups[share]) for share in SHARES})


def _organisations(session: Session) -> None:
    session.execute(
        text(
            "INSERT INTO parties (code, name, scheme) VALUES ('SG', 'Singapore', 'sg')"
            " ON CONFLICT DO NOTHING"
        )
    )
    session.execute(
        text(
            "INSERT INTO organisations (slug, name, kind, party, active)"
            " SELECT 'org' || n, 'Organisation ' || n, 'authority', 'SG', true"
            " FROM generate_series(0, 7) n"
        )
    )


def _audiences(session: Session, schemes: Schemes, records: int) -> dict[str, list[AudienceId]]:
    """Make 2 % as many audiences as records, and share them out."""
    whole = max(400, records // 50)
    sizes = {"50%": whole * 2 // 5, "1%": whole // 20, "0.01%": 2, "": whole // 2}
    levels = ("TLP:GREEN", "TLP:AMBER", "TLP:CLEAR")
    groups: dict[str, list[AudienceId]] = {}
    for share, count in sizes.items():
        rows = []
        for number in range(count):
            audience = Audience(
                State.RELEASED,
                f"org{number % 8}",
                f"org{number % 8}",
                Label(
                    (schemes.parse(levels[number % 3]),),
                    releasability=frozenset({Entry("group", f"g{len(groups)}-{number}")}),
                ),
                list(Area)[number % 6],
            )
            plain = audience.to_json()
            rows.append(
                {
                    "hash": canonical_hash(plain),
                    "state": audience.state,
                    "owner": audience.owner,
                    "originator": audience.originator,
                    "markings": [schemes.text(one) for one in audience.label.markings],
                    "facts": plain,
                    "interned_at": BEGINNING,
                }
            )
        made = session.scalars(
            insert(AudienceRow).returning(AudienceRow.id, sort_by_parameter_order=True), rows
        )
        groups[share] = [AudienceId(number) for number in made]
    return groups


def _texts(session: Session, chance: random.Random) -> None:
    """Keep some thousand texts, of words as common and as rare as in a language."""
    words = ["".join(chance.choices(SYLLABLES, k=2 + n % 3)) for n in range(8_000)]
    weights = [1 / (n + 10) for n in range(len(words))]
    session.execute(
        text("CREATE TEMP TABLE texts (number int PRIMARY KEY, body text, words tsvector)")
    )
    rows = []
    for n in range(TEXTS_COUNT):
        chosen = chance.choices(words, weights, k=120)
        if chance.random() < 0.2:
            chosen[chance.randrange(120)] = COMMON_WORD
        rows.append({"n": n, "body": " ".join(chosen)})
    session.execute(
        text("INSERT INTO texts VALUES (:n, :body, to_tsvector('english', :body))"), rows
    )


def _profile(
    session: Session, policies: PolicySet, seen: Sequence[AudienceId], share: str
) -> tuple[ProfileId, Profile]:
    profile = Profile(
        person=f"benchmark-{share}",
        organisation="org0",
        organisation_kind="authority",
        party="SG",
        roles=frozenset({Role.READER}),
        clearance=None,
        groups=frozenset(),
        agreement=None,
        assurance=Assurance.MULTI_FACTOR,
        active=True,
    )
    profile_id = intern_profile(session, profile, BEGINNING)
    session.execute(
        insert(VisibilityRow),
        [
            {
                "profile_id": profile_id,
                "action": "read",
                "audience_id": audience_id,
                "allowed": True,
                "policies": [],
            }
            for audience_id in seen
        ],
    )
    session.execute(
        insert(VisibilitySetRow).values(
            profile_id=profile_id,
            action="read",
            policy_set=policies.version,
            through_audience_id=2**31 - 1,
            decided_at=BEGINNING,
        )
    )
    return profile_id, profile


# Which audience each record has: half of them in the first group, one in a hundred in the second,
# one in ten thousand in the third, the rest in the last; within a group the first have the most.
PLACES = """
CREATE TEMP TABLE places AS
SELECT n, (CAST(:firsts AS int[]))[g]
          + floor((CAST(:sizes AS int[]))[g] * random() ^ 2.5)::int AS audience_id
  FROM (SELECT n, CASE WHEN n % (CAST(:records AS int) / CAST(:few AS int)) = 77 THEN 3
                       WHEN n % 100 = 50 THEN 2
                       WHEN random() < 0.5 THEN 1 ELSE 4 END AS g
          FROM generate_series(1, CAST(:records AS int)) n) drawn
"""
ID = "(lpad(to_hex(n), 12, '0') || '7' || substr(md5('{0}' || n), 1, 19))::uuid"
MADE = "CAST(:beginning AS timestamptz) + n * interval '1 minute'"
RECORDS = f"""
INSERT INTO records (id, reference, owner, originator, created_by, created_at)
SELECT {ID.format("record")}, 'ENT-2020-' || lpad(n::text, 6, '0'), owner, originator,
       {ID.format("person")}, {MADE} FROM places JOIN audiences a ON a.id = audience_id ORDER BY n
"""
VERSIONS = f"""
INSERT INTO versions (id, record_id, number, state, owner, originator, kind, area, language,
  audience_id, edition, change_note, writers, created_at, amended_at, released_at)
SELECT {ID.format("version")}, {ID.format("record")}, 1, 'released', owner, originator,
  (CAST(:kinds AS text[]))[1 + n % 6], facts->>'area', 'en', audience_id, 1, '', '{{}}',
  {MADE}, {MADE}, {MADE} FROM places JOIN audiences a ON a.id = audience_id ORDER BY n
"""
PORTIONS = f"""
INSERT INTO portions (id, version_id, record_id, position, role, heading, body, fields, language,
  audience_id, words)
SELECT (lpad(to_hex(n), 12, '0') || '7' || substr(md5('portion' || n || '/' || p), 1, 19))::uuid,
  {ID.format("version")}, {ID.format("record")}, p, (ARRAY['title', 'summary', 'section'])[1 + p],
  CASE p WHEN 0 THEN left(body, 60) ELSE '' END, CASE p WHEN 0 THEN '' ELSE body END,
  '{{}}', 'en', audience_id,
  CASE p WHEN 0 THEN to_tsvector('english', left(body, 60)) ELSE words END
FROM places CROSS JOIN generate_series(0, 2) p
JOIN texts ON number = (n * 7 + p * 131) % CAST(:texts AS int)
ORDER BY n, p
"""
RARE = f"""
UPDATE portions SET body = body || ' ' || CAST(:rare AS text),
                    words = words || to_tsvector('english', CAST(:rare AS text))
 WHERE position = 2 AND version_id IN (
   SELECT {ID.format("version")} FROM places WHERE n % 5000 IN (77, 78, 450, 451))
"""
FACETS = """
INSERT INTO facets (audience_id, dimension, value, count)
SELECT v.audience_id, d.dimension, d.value, count(*)
  FROM versions v JOIN audiences a ON a.id = v.audience_id, LATERAL (
    VALUES ('all', ''), ('kind', v.kind), ('area', v.area), ('language', v.language),
           ('originator', v.originator), ('marking', a.markings[1]),
           ('year', extract(year FROM v.released_at AT TIME ZONE 'UTC')::text)) d(dimension, value)
 GROUP BY 1, 2, 3
"""
