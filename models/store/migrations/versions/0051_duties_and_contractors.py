"""Fields of work in the responsibility matrix; enterprises that serve a unit, whose channels hear what it hears."""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE responsibility ADD COLUMN duty text;
DROP INDEX responsibility_once;
CREATE UNIQUE INDEX responsibility_once
    ON responsibility (person_id, coalesce(site_id, ''), coalesce(zone, ''), coalesce(duty, '')) WHERE valid_to IS NULL;

-- Another enterprise serves a unit. Its name is kept here, because the unit sees no other enterprise.
CREATE TABLE service (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    site_id text,
    contractor_id uuid NOT NULL REFERENCES entity CHECK (contractor_id <> entity_id),
    contractor text NOT NULL,
    mode text NOT NULL CHECK (mode IN ('contracted', 'ordered')),
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    set_by text NOT NULL,
    ended_by text,
    end_reason text CHECK (length(end_reason) <= 500)
);
CREATE UNIQUE INDEX service_once ON service (entity_id, contractor_id, coalesce(site_id, '')) WHERE valid_to IS NULL;
ALTER TABLE service ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON service TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON service TO mingchu_api USING (mingchu_sees(tenant_id, region_code, entity_id))
    WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id));
-- An enterprise that could name a contractor would send its messages to strangers.
CREATE POLICY set_by_the_office ON service AS RESTRICTIVE FOR INSERT TO mingchu_api
    WITH CHECK (current_setting('mingchu.scope', true) <> 'entity');
CREATE POLICY ended_by_the_office ON service AS RESTRICTIVE FOR UPDATE TO mingchu_api
    USING (current_setting('mingchu.scope', true) <> 'entity');
GRANT SELECT, INSERT ON service TO mingchu_worker, mingchu_api;
GRANT UPDATE (valid_to, ended_by, end_reason) ON service TO mingchu_worker, mingchu_api;

CREATE OR REPLACE FUNCTION mingchu_queue_notices(
    tenant text, region text, entity uuid, site text, occasion text, its_kind text, subject uuid, subject_version integer,
    severity text, for_enterprise boolean, for_supervisor boolean, at timestamptz, life interval
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    made bigint;
BEGIN
    IF current_setting('role', true) = 'mingchu_api' AND NOT coalesce(mingchu_sees(tenant, region, entity), false) THEN
        RAISE insufficient_privilege USING MESSAGE = 'a notice about something outside the scope';
    END IF;
    INSERT INTO notice (id, tenant_id, region_code, entity_id, channel_id, site_id, occasion, subject_kind, subject_id,
                        subject_version, severity, next_attempt_at, expires_at, created_at)
    SELECT mingchu_uuid7(at), c.tenant_id, c.region_code, c.entity_id, c.id, site, occasion, its_kind, subject,
           subject_version, severity, at, at + life, at
    FROM channel c
    WHERE c.tenant_id = tenant AND c.removed_at IS NULL AND c.enabled
      AND mingchu_severity_rank(severity) <= mingchu_severity_rank(c.min_severity)
      AND (for_enterprise AND (c.entity_id = entity OR c.entity_id IN (
               SELECT s.contractor_id FROM service s WHERE s.entity_id = entity AND (s.site_id IS NULL OR s.site_id = site)
                  AND s.valid_from <= at AND (s.valid_to IS NULL OR s.valid_to > at)))
           OR for_supervisor AND c.entity_id IS NULL
              AND c.region_code = ANY (ARRAY(SELECT left(region, n) FROM generate_series(0, length(region)) n)))
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN made;
END $$;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
