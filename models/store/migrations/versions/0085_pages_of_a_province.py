"""Indexes for the pages that a province showed to be slow: each in the order in which its list is read."""

from alembic import op

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None

_SQL = """
CREATE INDEX duty_report_begin ON duty_report (begin DESC, kind, coalesce(site_id, ''), id);
CREATE INDEX task_state ON task (state, id);
CREATE INDEX device_entity ON device (entity_id, id);
DO $$
DECLARE
    name text;
    digits integer;
BEGIN
    FOR name, digits IN VALUES ('city', 4), ('county', 6), ('township', 9) LOOP
        EXECUTE format('CREATE INDEX %I ON task (left(region_code, %s), state, due_at, id) WHERE closed_at IS NULL',
                       'task_open_' || name, digits);
        EXECUTE format('CREATE INDEX %I ON task (left(region_code, %s), closed_at) WHERE closed_at IS NOT NULL',
                       'task_ended_' || name, digits);
        EXECUTE format('CREATE INDEX %I ON duty_report (left(region_code, %s), begin DESC, kind, '
                       'coalesce(site_id, ''''), id)',
                       'duty_report_' || name, digits);
        EXECUTE format('CREATE INDEX %I ON day_record (left(region_code, %s), day DESC, site_id)',
                       'day_record_' || name, digits);
        EXECUTE format('CREATE INDEX %I ON index_snapshot '
                       '(left(region_code, %s), kind, period, coalesce(score, -1) DESC, id DESC)',
                       'index_snapshot_' || name, digits);
        EXECUTE format('CREATE INDEX %I ON assignment (left(region_code, %s), entity_id) '
                       'WHERE part = ''primary'' AND valid_to IS NULL', 'assignment_' || name, digits);
    END LOOP;
END $$;
-- Whether an account's enterprise or user is seen is asked for that one, instead of listing all that are.
DO $$
DECLARE
    policy record;
    body text;
BEGIN
    FOR policy IN SELECT * FROM pg_policies WHERE schemaname = 'public' AND qual ~ '(entity_id|user_id) IN \\( SELECT [eu]\\.id' LOOP
        body := regexp_replace(policy.qual, 'entity_id IN \\( SELECT e\\.id\\s+FROM entity e\\)',
                               format('EXISTS (SELECT FROM entity e WHERE e.id = %I.entity_id)', policy.tablename));
        body := regexp_replace(body, 'user_id IN \\( SELECT u\\.id\\s+FROM app_user u\\)',
                               format('EXISTS (SELECT FROM app_user u WHERE u.id = %I.user_id)', policy.tablename));
        EXECUTE format('ALTER POLICY %I ON %I USING (%s)', policy.policyname, policy.tablename, body);
        IF policy.with_check IS NOT NULL AND policy.with_check = policy.qual THEN
            EXECUTE format('ALTER POLICY %I ON %I WITH CHECK (%s)', policy.policyname, policy.tablename, body);
        END IF;
    END LOOP;
END $$;
CREATE INDEX task_open_tenant ON task (tenant_id, state, due_at, id) WHERE closed_at IS NULL;
CREATE INDEX task_ended_tenant ON task (tenant_id, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX task_ended_entity ON task (entity_id, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX index_snapshot_tenant ON index_snapshot (tenant_id, kind, period, coalesce(score, -1) DESC, id DESC);
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
