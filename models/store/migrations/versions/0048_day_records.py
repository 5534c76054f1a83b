"""Day records (日管控): one per kitchen and local day, kept; a signed one is never changed."""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE day_record (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    site_id text NOT NULL REFERENCES site,
    day date NOT NULL,
    pack text NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'signed')),
    items jsonb NOT NULL CHECK (octet_length(items::text) <= 200000),
    opened_by text NOT NULL,
    opened_at timestamptz NOT NULL,
    signed_by text CHECK (length(signed_by) <= 50),
    signed_at timestamptz,
    signature text CHECK (signature ~ '^[0-9a-f]{64}$'),
    zero_risk boolean NOT NULL DEFAULT false,
    late boolean NOT NULL DEFAULT false,
    remark text NOT NULL DEFAULT '' CHECK (length(remark) <= 2000),
    version integer NOT NULL DEFAULT 1,
    UNIQUE (site_id, day),
    CONSTRAINT day_record_signed CHECK ((state = 'signed') = (signed_at IS NOT NULL AND signature IS NOT NULL))
);
CREATE INDEX day_record_entity ON day_record (entity_id, day DESC);

CREATE FUNCTION mingchu_keep_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'signed' THEN
        RAISE EXCEPTION 'a signed record is not changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER day_record_signed_stays BEFORE UPDATE ON day_record FOR EACH ROW EXECUTE FUNCTION mingchu_keep_signed();
CREATE TRIGGER day_record_never_deleted BEFORE DELETE ON day_record FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();

ALTER TABLE day_record ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON day_record TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON day_record TO mingchu_api USING (mingchu_sees(tenant_id, region_code, entity_id))
    WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id));
GRANT SELECT, INSERT ON day_record TO mingchu_worker, mingchu_api;
GRANT UPDATE (state, items, signed_by, signed_at, signature, zero_risk, late, remark, version)
    ON day_record TO mingchu_worker, mingchu_api;

ALTER TABLE transition DROP CONSTRAINT transition_object_check;
ALTER TABLE transition ADD CONSTRAINT transition_object_check CHECK (object IN ('alert', 'task', 'lead', 'record'));
CREATE INDEX alert_site_time ON alert (site_id, opened_at DESC);
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
