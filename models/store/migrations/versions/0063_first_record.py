"""A kitchen knows since when it keeps day records, so that nobody reads all of them to find the missing ones."""

from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE site ADD COLUMN first_record_on date;
UPDATE site SET first_record_on = known.day
FROM (SELECT site_id, min(day) AS day FROM day_record GROUP BY site_id) known WHERE known.site_id = site.id;
CREATE FUNCTION mingchu_first_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE site SET first_record_on = NEW.day
    WHERE id = NEW.site_id AND (first_record_on IS NULL OR first_record_on > NEW.day);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION mingchu_first_record() FROM PUBLIC;
CREATE TRIGGER day_record_first AFTER INSERT ON day_record FOR EACH ROW EXECUTE FUNCTION mingchu_first_record();
CREATE INDEX day_record_signed ON day_record (day, site_id) WHERE state = 'signed';
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
