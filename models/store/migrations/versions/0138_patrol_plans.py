"""Plans of online patrols (线上巡查计划): kitchens are drawn for every period, and a patrol in time settles them."""

from alembic import op

revision = "0138"
down_revision = "0137"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE patrol_plan (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    region_code text NOT NULL CHECK (region_code ~ '^([0-9]{2,12})?$'),
    name text NOT NULL CHECK (length(btrim(name)) BETWEEN 1 AND 60),
    period text NOT NULL CHECK (period IN ('week', 'month', 'quarter')),
    number integer NOT NULL CHECK (number BETWEEN 1 AND 200),
    business_kinds text[] NOT NULL,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    drawn_on date,
    ended_by text,
    ended_at timestamptz,
    CONSTRAINT patrol_plan_end CHECK (num_nulls(ended_by, ended_at) IN (0, 2))
);
CREATE INDEX patrol_plan_tenant ON patrol_plan (tenant_id, id);
CREATE INDEX patrol_plan_running ON patrol_plan (drawn_on) WHERE ended_at IS NULL;
CREATE TABLE patrol_due (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    plan_id uuid NOT NULL REFERENCES patrol_plan,
    site_id text NOT NULL REFERENCES site,
    begins date NOT NULL,
    due_on date NOT NULL CHECK (due_on >= begins),
    patrol_id uuid REFERENCES patrol,
    done_at timestamptz,
    dropped_at timestamptz,
    CONSTRAINT patrol_due_once UNIQUE (plan_id, begins, site_id),
    CONSTRAINT patrol_due_done CHECK (num_nulls(patrol_id, done_at) IN (0, 2)),
    CONSTRAINT patrol_due_counts CHECK (num_nulls(done_at, dropped_at) > 0)
);
CREATE INDEX patrol_due_tenant ON patrol_due (tenant_id, id);
CREATE INDEX patrol_due_city ON patrol_due (left(region_code, 4), id);
CREATE INDEX patrol_due_county ON patrol_due (left(region_code, 6), id);
CREATE INDEX patrol_due_township ON patrol_due (left(region_code, 9), id);
CREATE INDEX patrol_due_entity ON patrol_due (entity_id, id);
CREATE INDEX patrol_due_open ON patrol_due (site_id, due_on) WHERE done_at IS NULL AND dropped_at IS NULL;

ALTER TABLE patrol_plan ENABLE ROW LEVEL SECURITY;
ALTER TABLE patrol_due ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON patrol_plan TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON patrol_due TO mingchu_worker USING (true) WITH CHECK (true);
-- Plans are of those who have a region; an office of a sector sees what was drawn of its own enterprises.
SELECT mingchu_scope_table('patrol_plan', 'ALL', false,
                           ARRAY['tenant', 'region', 'region_4', 'region_6', 'region_9', 'region_12']);
SELECT mingchu_scope_table('patrol_due', 'ALL', false);
GRANT SELECT, INSERT, UPDATE (drawn_on, ended_by, ended_at) ON patrol_plan TO mingchu_worker, mingchu_api;
GRANT SELECT, INSERT, UPDATE (patrol_id, done_at, dropped_at) ON patrol_due TO mingchu_worker, mingchu_api;
CREATE TRIGGER never_deleted BEFORE DELETE ON patrol_plan FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON patrol_due FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
CREATE TRIGGER patrol_plan_notes_change AFTER INSERT OR UPDATE OF ended_at ON patrol_plan
    FOR EACH ROW EXECUTE FUNCTION mingchu_note_change('id', 'drawn_on', '');
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
