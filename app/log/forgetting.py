"""Erases what stands beside the log about a person; entries keep their commitments, and proofs."""

import re

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.ids import PersonId

# Entries without a place yet are few; those of nobody about the person are failed sign-ins.
_THEIRS = """
  SELECT l.entry_id FROM log_entries l WHERE l.actor = :person
  UNION ALL
  SELECT l.entry_id FROM log_entries l WHERE l.subject = :subject AND l.actor IS NULL
  UNION ALL
  SELECT j.id FROM journal j, LATERAL (SELECT convert_from(j.entry, 'UTF8')::jsonb AS e OFFSET 0) t
   WHERE NOT EXISTS (SELECT FROM log_entries l WHERE l.entry_id = j.id)
     AND (e->>'actor' = :id OR (e->>'actor' = '' AND e->>'subject' = :subject))
"""


def forget(session: Session, person: PersonId, words: tuple[str, ...]) -> None:
    """Erase where a person's requests came from, what they typed, and what others typed of them.

    `words` are the name and the address that they were known by.
    """
    theirs = {"person": person, "id": str(person), "subject": f"person:{person}"}
    for table in ("journal_addresses", "journal_texts"):
        session.execute(text(f"DELETE FROM {table} WHERE entry_id IN ({_THEIRS})"), theirs)  # noqa: S608
    for word in words:
        named = rf"(^|\W){re.escape(word)}(\W|$)"
        session.execute(text("DELETE FROM journal_texts WHERE value ~* :named"), {"named": named})
