"""Rights that no role needs are taken away, and each process may log in as somebody who can become nobody else."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SQL = """
-- Log-ins for processes: whoever breaks into one can RESET ROLE, and finds nothing more there.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['mingchu_api', 'mingchu_worker'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name || '_login') THEN
            EXECUTE format('CREATE ROLE %I LOGIN', name || '_login');
        END IF;
        IF NOT pg_has_role(name || '_login', name, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO %I', name, name || '_login');
        END IF;
    END LOOP;
END $$;

-- The feed is written by the sequencer's function alone, and never changed.
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'event'::regclass LOOP
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %s FROM mingchu_worker', part);
    END LOOP;
END $$;
REVOKE INSERT, UPDATE, DELETE ON event FROM mingchu_worker;

-- A line in the history of a device comes by a function that looks whose device it is: the table has no row security
-- (a hypertable with compression refuses it).
REVOKE INSERT ON device_history FROM mingchu_api;
CREATE FUNCTION mingchu_add_device_history(device text, node text, at timestamptz, entry uuid, what text, about jsonb)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO device_history (device_id, at, id, kind, detail)
    SELECT d.id, at, entry, what, about FROM device d
    WHERE (d.id = device OR d.node_id = node)
      AND (current_setting('role', true) = 'mingchu_worker' OR mingchu_sees(d.tenant_id, d.region_code, d.entity_id))
    ON CONFLICT DO NOTHING
$$;
REVOKE ALL ON FUNCTION mingchu_add_device_history(text, text, timestamptz, uuid, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_add_device_history(text, text, timestamptz, uuid, text, jsonb)
    TO mingchu_worker, mingchu_api;

-- An enterprise learns of a finding after a person has looked at it; of a critical one at once, and of what is wrong
-- with its own devices. What its devices upload belongs to findings that nobody has looked at yet.
CREATE POLICY after_review ON alert AS RESTRICTIVE FOR SELECT TO mingchu_api USING (
    current_setting('mingchu.scope', true) <> 'entity' OR current_setting('mingchu.unreviewed', true) = 'yes'
    OR state <> 'pending_review' OR severity = 'critical' OR origin = 'device');
CREATE POLICY after_review ON violation AS RESTRICTIVE FOR SELECT TO mingchu_api USING (
    current_setting('mingchu.scope', true) <> 'entity' OR current_setting('mingchu.unreviewed', true) = 'yes'
    OR review <> 'unreviewed' OR severity = 'critical');
CREATE POLICY after_review ON event AS RESTRICTIVE FOR SELECT TO mingchu_api USING (
    current_setting('mingchu.scope', true) <> 'entity' OR current_setting('mingchu.unreviewed', true) = 'yes'
    OR NOT (type LIKE 'mingchu.violation.%' AND data ->> 'review' = 'unreviewed'
            OR type LIKE 'mingchu.alert.%' AND data ->> 'state' = 'pending_review' AND data ->> 'origin' <> 'device')
    OR data ->> 'severity' = 'critical');
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
