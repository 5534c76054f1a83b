"""Who is accountable: people with validity, their places, absences with a deputy, and tasks that wait for somebody."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE person
    ADD COLUMN set_by text NOT NULL DEFAULT '',
    ADD COLUMN ended_by text,
    ADD COLUMN end_reason text CHECK (length(end_reason) <= 500),
    ADD CONSTRAINT person_of_entity UNIQUE (id, entity_id);
CREATE INDEX person_in_office ON person (entity_id, post) WHERE valid_to IS NULL;

-- A line of the responsibility matrix: this person answers for this kitchen (or all) and this zone (or all).
CREATE TABLE responsibility (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    person_id uuid NOT NULL,
    site_id text,
    zone text,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    set_by text NOT NULL,
    ended_by text,
    end_reason text CHECK (length(end_reason) <= 500),
    CONSTRAINT responsibility_person FOREIGN KEY (person_id, entity_id) REFERENCES person (id, entity_id)
);
CREATE UNIQUE INDEX responsibility_once ON responsibility (person_id, coalesce(site_id, ''), coalesce(zone, ''))
    WHERE valid_to IS NULL;
CREATE INDEX responsibility_entity ON responsibility (entity_id);

-- Somebody is away, and another person of the same enterprise stands in.
CREATE TABLE absence (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    person_id uuid NOT NULL,
    deputy_id uuid NOT NULL CHECK (deputy_id <> person_id),
    absent_from timestamptz NOT NULL,
    absent_to timestamptz NOT NULL CHECK (absent_to > absent_from AND absent_to <= absent_from + interval '366 days'),
    reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 1 AND 500),
    set_by text NOT NULL,
    ended_by text,
    CONSTRAINT absence_person FOREIGN KEY (person_id, entity_id) REFERENCES person (id, entity_id),
    CONSTRAINT absence_deputy FOREIGN KEY (deputy_id, entity_id) REFERENCES person (id, entity_id)
);
CREATE INDEX absence_entity ON absence (entity_id, absent_to);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['responsibility', 'absence'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO mingchu_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY api ON %I TO mingchu_api USING (mingchu_sees(tenant_id, region_code, entity_id)) '
                       'WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id))', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO mingchu_worker, mingchu_api', name);
    END LOOP;
END $$;
GRANT UPDATE (valid_to, ended_by, end_reason) ON responsibility TO mingchu_worker, mingchu_api;
GRANT UPDATE (absent_to, ended_by) ON absence TO mingchu_worker, mingchu_api;
GRANT INSERT, UPDATE (valid_to, ended_by, end_reason) ON person TO mingchu_api;

-- Nobody is accountable: the regulator's office holds the task meanwhile.
ALTER TABLE task ALTER COLUMN person_id DROP NOT NULL;
CREATE INDEX task_of_nobody ON task (entity_id) WHERE person_id IS NULL AND closed_at IS NULL;
CREATE INDEX task_of_person ON task (person_id, id) WHERE closed_at IS NULL;
ALTER TABLE alert DROP CONSTRAINT alert_origin_check;
ALTER TABLE alert ADD CONSTRAINT alert_origin_check
    CHECK (origin IN ('violation', 'breach', 'device', 'lookback', 'spot', 'duty'));
DROP POLICY found_by_a_person ON alert;
CREATE POLICY found_by_a_person ON alert AS RESTRICTIVE FOR INSERT TO mingchu_api WITH CHECK (
    origin IN ('lookback', 'spot', 'duty') AND current_setting('mingchu.scope', true) <> 'entity');
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
