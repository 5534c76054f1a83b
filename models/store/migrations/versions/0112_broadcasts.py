"""Messages of an authority to a group (群发): to the channels of its region's enterprises or cadres."""

from alembic import op

revision = "0112"
down_revision = "0101"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE notice DROP CONSTRAINT notice_subject_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_subject_kind_check CHECK (
    subject_kind IN ('task', 'alert', 'channel', 'supervision', 'warning', 'report', 'letter', 'broadcast'));
CREATE INDEX notice_broadcast ON notice (subject_id, id) WHERE subject_kind = 'broadcast';

CREATE TABLE broadcast (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    region_code text NOT NULL CHECK (region_code ~ '^([0-9]{2,12})?$'),
    -- Who is meant: enterprises of some kinds and tiers (empty: all), or cadres.
    audience text NOT NULL CHECK (audience IN ('enterprises', 'cadres')),
    business_kinds text[] NOT NULL DEFAULT '{}',
    tiers text[] NOT NULL DEFAULT '{}' CHECK (tiers <@ '{A,B,C,D}'::text[]),
    severity text NOT NULL CHECK (severity IN ('major', 'minor')),
    title text NOT NULL CHECK (length(btrim(title)) BETWEEN 1 AND 60),
    text text NOT NULL CHECK (length(btrim(text)) BETWEEN 1 AND 500),
    -- How many were meant, how many of them had a channel, and how many messages were queued.
    members integer NOT NULL,
    reachable integer NOT NULL,
    messages integer NOT NULL,
    sent_by text NOT NULL,
    sent_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_by text,
    withdraw_reason text CHECK (length(btrim(withdraw_reason)) BETWEEN 1 AND 200),
    CONSTRAINT broadcast_withdrawn CHECK (num_nulls(withdrawn_at, withdrawn_by, withdraw_reason) IN (0, 3)),
    CONSTRAINT broadcast_cadres CHECK (audience = 'enterprises' OR business_kinds = '{}' AND tiers = '{}')
);
CREATE INDEX broadcast_tenant ON broadcast (tenant_id, id);
ALTER TABLE broadcast ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON broadcast TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON broadcast TO mingchu_api USING (mingchu_supervises(tenant_id, region_code, NULL))
    WITH CHECK (mingchu_supervises(tenant_id, region_code, NULL));
GRANT SELECT, INSERT, UPDATE (withdrawn_at, withdrawn_by, withdraw_reason) ON broadcast TO mingchu_worker, mingchu_api;
CREATE TRIGGER never_deleted BEFORE DELETE ON broadcast FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
CREATE TRIGGER broadcast_notes_change AFTER INSERT OR UPDATE ON broadcast
    FOR EACH ROW EXECUTE FUNCTION mingchu_note_change('id', '', '');
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
