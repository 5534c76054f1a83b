"""Since when a version of the lists counts, and what enterprises were called: so that pledges are known in the past."""

from alembic import op

revision = "0135"
down_revision = "0131"
branch_labels = None
depends_on = None

# Tiers, cadres, owners, principals and operation have times already. The triggers also note what released processes do
# that run beside this schema.
_SQL = """
CREATE TABLE pledge_template_since (since timestamptz PRIMARY KEY, version text NOT NULL);
INSERT INTO pledge_template_since (since, version) SELECT '-infinity', version FROM pledge_template;
ALTER TABLE pledge_template_since ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON pledge_template_since TO mingchu_worker USING (true) WITH CHECK (true);
GRANT SELECT ON pledge_template_since TO mingchu_worker;

CREATE FUNCTION mingchu_note_template() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO pledge_template_since (since, version) VALUES (now(), NEW.version)
    ON CONFLICT (since) DO UPDATE SET version = EXCLUDED.version;
    RETURN NULL;
END $$;
CREATE TRIGGER pledge_template_notes_change AFTER UPDATE ON pledge_template FOR EACH ROW
    WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION mingchu_note_template();

CREATE TABLE entity_name (
    entity_id uuid NOT NULL REFERENCES entity,
    until timestamptz NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (entity_id, until)
);
ALTER TABLE entity_name ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON entity_name TO mingchu_worker USING (true) WITH CHECK (true);
GRANT SELECT ON entity_name TO mingchu_worker;

-- The first name of a transaction is the one that the enterprise had until then.
CREATE FUNCTION mingchu_note_name() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO entity_name (entity_id, until, name) VALUES (OLD.id, now(), OLD.name) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER entity_notes_name AFTER UPDATE OF name ON entity FOR EACH ROW
    WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION mingchu_note_name();
REVOKE EXECUTE ON FUNCTION mingchu_note_template, mingchu_note_name FROM PUBLIC;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
