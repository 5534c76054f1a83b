"""Reports on weeks (周排查) and months (月调度): one per period, kept; a signed one is never changed."""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE duty_report (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('week', 'month')),
    site_id text REFERENCES site,
    begin date NOT NULL,
    until date NOT NULL CHECK (until > begin),
    state text NOT NULL CHECK (state IN ('draft', 'signed')),
    days_due integer NOT NULL,
    days_signed integer NOT NULL,
    days_late integer NOT NULL,
    problems jsonb NOT NULL CHECK (octet_length(problems::text) <= 500000),
    words text NOT NULL DEFAULT '' CHECK (length(words) <= 4000),
    plan text NOT NULL DEFAULT '' CHECK (length(plan) <= 4000),
    rating text CHECK (rating IN ('controlled', 'risk', 'serious')),
    chair text NOT NULL DEFAULT '' CHECK (length(chair) <= 50),
    place text NOT NULL DEFAULT '' CHECK (length(place) <= 200),
    present text[] NOT NULL DEFAULT '{}' CHECK (cardinality(present) <= 100),
    decisions jsonb NOT NULL DEFAULT '[]' CHECK (octet_length(decisions::text) <= 100000),
    opened_by text NOT NULL,
    opened_at timestamptz NOT NULL,
    signed_by text CHECK (length(signed_by) <= 50),
    signed_at timestamptz,
    signature text CHECK (signature ~ '^[0-9a-f]{64}$'),
    late boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT duty_report_place CHECK ((kind = 'week') = (site_id IS NOT NULL)),
    CONSTRAINT duty_report_signed CHECK ((state = 'signed') = (signed_at IS NOT NULL AND signature IS NOT NULL))
);
CREATE UNIQUE INDEX duty_report_once ON duty_report (entity_id, kind, begin, coalesce(site_id, ''));
CREATE TRIGGER duty_report_signed_stays BEFORE UPDATE ON duty_report
    FOR EACH ROW EXECUTE FUNCTION mingchu_keep_signed();
CREATE TRIGGER duty_report_never_deleted BEFORE DELETE ON duty_report
    FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
ALTER TABLE duty_report ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON duty_report TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON duty_report TO mingchu_api USING (mingchu_sees(tenant_id, region_code, entity_id))
    WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id));
GRANT SELECT, INSERT ON duty_report TO mingchu_worker, mingchu_api;
GRANT UPDATE (state, days_due, days_signed, days_late, problems, words, plan, rating, chair, place, present, decisions,
              signed_by, signed_at, signature, late, version) ON duty_report TO mingchu_worker, mingchu_api;

CREATE TABLE duty_work (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    report_id uuid NOT NULL REFERENCES duty_report,
    what text NOT NULL CHECK (length(what) BETWEEN 1 AND 500),
    who text NOT NULL CHECK (length(who) BETWEEN 1 AND 50),
    due date NOT NULL,
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    done_by text,
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 500)
);
CREATE INDEX duty_work_report ON duty_work (report_id);
CREATE INDEX duty_work_open ON duty_work (entity_id, due) WHERE done_at IS NULL;
ALTER TABLE duty_work ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON duty_work TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON duty_work TO mingchu_api USING (mingchu_sees(tenant_id, region_code, entity_id))
    WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id));
GRANT SELECT, INSERT ON duty_work TO mingchu_worker, mingchu_api;
GRANT UPDATE (done_at, done_by, note) ON duty_work TO mingchu_worker, mingchu_api;

ALTER TABLE transition DROP CONSTRAINT transition_object_check;
ALTER TABLE transition ADD CONSTRAINT transition_object_check
    CHECK (object IN ('alert', 'task', 'lead', 'record', 'report'));
CREATE INDEX IF NOT EXISTS task_entity_time ON task (entity_id, dispatched_at);
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
