"""Working calendars by jurisdiction, and deadlines that know the clock they run on."""

from alembic import op

revision = "0040"
down_revision = "0030"
branch_labels = None
depends_on = None

_SQL = """
-- A year of a calendar as somebody imported it; the newest version counts, older ones stay as the history.
CREATE TABLE calendar_year (
    tenant_id text NOT NULL REFERENCES tenant,
    -- Prefix of the region codes it is for; empty: the whole tenant.
    jurisdiction text NOT NULL CHECK (jurisdiction ~ '^([0-9]{2,12})?$'),
    year integer NOT NULL CHECK (year BETWEEN 2020 AND 2100),
    version integer NOT NULL CHECK (version > 0),
    status text NOT NULL CHECK (status IN ('official', 'provisional')),
    days_off date[] NOT NULL,
    make_up_days date[] NOT NULL,
    source text NOT NULL CHECK (length(btrim(source)) BETWEEN 1 AND 500),
    notice text NOT NULL CHECK (length(notice) <= 20000),
    imported_by text NOT NULL,
    imported_at timestamptz NOT NULL,
    -- Open deadlines are looked at again in the background: up to which task, and when that was done.
    checked_to uuid,
    checked_at timestamptz,
    PRIMARY KEY (tenant_id, jurisdiction, year, version)
);
CREATE INDEX calendar_year_unchecked ON calendar_year (imported_at) WHERE checked_at IS NULL;

ALTER TABLE calendar_year ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON calendar_year TO mingchu_worker USING (true) WITH CHECK (true);
-- A calendar is no secret within its tenant; a regulator imports for a region of their own, an administrator for all.
CREATE POLICY api_reads ON calendar_year FOR SELECT TO mingchu_api USING (
    tenant_id = (SELECT current_setting('mingchu.tenant', true))
    AND (SELECT current_setting('mingchu.scope', true)) IN ('tenant', 'region', 'entity'));
CREATE POLICY api_imports ON calendar_year FOR INSERT TO mingchu_api WITH CHECK (
    tenant_id = current_setting('mingchu.tenant', true)
    AND CASE current_setting('mingchu.scope', true)
        WHEN 'tenant' THEN true
        WHEN 'region' THEN coalesce(current_setting('mingchu.region', true), '') <> ''
            AND starts_with(jurisdiction, current_setting('mingchu.region', true))
        ELSE false
    END);
GRANT SELECT, INSERT ON calendar_year TO mingchu_worker, mingchu_api;
GRANT UPDATE (checked_to, checked_at) ON calendar_year TO mingchu_worker;

-- `due_at` is the moment at which `due_span` of the clock's time has passed since `due_from`.
ALTER TABLE task
    ADD COLUMN clock text NOT NULL DEFAULT 'always' CHECK (clock IN ('always', 'office')),
    ADD COLUMN due_from timestamptz,
    ADD COLUMN due_span interval NOT NULL DEFAULT interval '0',
    ADD COLUMN due_provisional boolean NOT NULL DEFAULT false;
UPDATE task SET due_from = dispatched_at, due_span = greatest(due_at - dispatched_at, interval '0');
ALTER TABLE task ALTER COLUMN due_from SET NOT NULL;
CREATE INDEX task_office_open ON task (id) WHERE closed_at IS NULL AND clock = 'office';
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
