"""The copies that left, by number."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# The entry of the log says the rest. It may be in an archive, and the attachment of a draft that
# was discarded is gone: a copy that left stays findable, so neither is referred to by a key.
COPIES = """
CREATE TABLE copies (
  number text CONSTRAINT pk_copies PRIMARY KEY,
  entry_id uuid NOT NULL CONSTRAINT uq_copies_entry_id UNIQUE,
  attachment_id uuid NOT NULL,
  made_at timestamptz NOT NULL,
  CONSTRAINT ck_copies_number CHECK (
    number ~ '^C-[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}$')
);
GRANT SELECT, INSERT ON copies TO entente_app;
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON copies
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON copies
  FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting();
"""

# Copies are numbered as records are: by chance, so that no number tells how many there are; in
# signs that are not taken for each other. The bytes of a UUID are drawn well; 16 of them take
# `% 30` evenly enough, since a number is found, never guessed.
NUMBER = """
CREATE FUNCTION entente_new_copy() RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE drawn text; signs text := '23456789ABCDEFGHJKMNPQRSTVWXYZ'; chance bytea;
BEGIN
  LOOP
    chance := sha256(uuid_send(gen_random_uuid()));
    SELECT string_agg(substr(signs, get_byte(chance, at) % 30 + 1, 1), '' ORDER BY at)
      INTO drawn FROM generate_series(0, 7) at;
    drawn := format('C-%s-%s', left(drawn, 4), right(drawn, 4));
    EXIT WHEN NOT EXISTS (SELECT FROM copies WHERE number = drawn);
  END LOOP;
  RETURN drawn;
END $$;
REVOKE ALL ON FUNCTION entente_new_copy() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_new_copy() TO entente_app;
"""

# Who reads what was released never learns what an inspection found in it; but what kind of file it
# is and how many pages it has decides in which form it leaves. Told of files in sight only.
KINDS = """
CREATE FUNCTION entente_file_kinds(files uuid[])
RETURNS TABLE (file uuid, state text, media_type text, pages int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT a.id, i.state, i.outline #>> ARRAY[a.leaves, 'media_type'],
         (i.outline #>> ARRAY[a.leaves, 'pages'])::int
    FROM attachments a JOIN inspections i ON i.blob = a.blob
   WHERE a.id = ANY (files) AND entente_holds(entente_sight(), a.audience_id)
$$;
REVOKE ALL ON FUNCTION entente_file_kinds(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_file_kinds(uuid[]) TO entente_app;
"""

BACK = """
DROP FUNCTION entente_file_kinds(uuid[]);
DROP FUNCTION entente_new_copy();
DROP TABLE copies;
"""


def upgrade() -> None:
    """Number the copies that leave, and tell of a file what decides how it leaves."""
    for statements in (COPIES, NUMBER, KINDS):
        op.execute(statements)


def downgrade() -> None:
    """Forget the numbers; the log still holds them."""
    op.execute(BACK)
