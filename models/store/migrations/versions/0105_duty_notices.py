"""Messages about duties: channels of cadres, and notices about visits, warnings, reports and letters."""

from alembic import op

revision = "0105"
down_revision = "0100"
branch_labels = None
depends_on = None

_SQL = """
-- The channel of a cadre (包保干部). It belongs to the authority of the cadre's region, and hears of the cadre's visits alone.
ALTER TABLE channel ADD COLUMN cadre_id uuid REFERENCES cadre;
ALTER TABLE channel ADD CONSTRAINT channel_cadre CHECK (cadre_id IS NULL OR entity_id IS NULL);
CREATE INDEX channel_of_cadre ON channel (cadre_id) WHERE cadre_id IS NOT NULL AND removed_at IS NULL;

ALTER TABLE notice DROP CONSTRAINT notice_subject_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_subject_kind_check CHECK (
    subject_kind IN ('task', 'alert', 'channel', 'supervision', 'warning', 'report', 'letter'));

-- Two more parameters, with defaults for whoever calls it as before: the cadre who hears of it, and whether of the
-- authorities only that of the very region does.
DROP FUNCTION mingchu_queue_notices(
    text, text, uuid, text, text, text, uuid, integer, text, boolean, boolean, timestamptz, interval);
CREATE FUNCTION mingchu_queue_notices(
    tenant text, region text, entity uuid, site text, occasion text, its_kind text, subject uuid, subject_version integer,
    severity text, for_enterprise boolean, for_supervisor boolean, at timestamptz, life interval,
    for_cadre uuid DEFAULT NULL, this_region_alone boolean DEFAULT false
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    made bigint;
BEGIN
    IF starts_with(current_setting('role', true), 'mingchu_api') AND NOT coalesce(mingchu_sees(tenant, region, entity), false)
    THEN
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
           OR for_supervisor AND c.entity_id IS NULL AND c.cadre_id IS NULL
              AND c.region_code = ANY (CASE WHEN this_region_alone THEN ARRAY[region]
                                       ELSE ARRAY(SELECT left(region, n) FROM generate_series(0, length(region)) n) END)
           OR c.cadre_id = for_cadre)
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN made;
END $$;
REVOKE EXECUTE ON FUNCTION mingchu_queue_notices FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_queue_notices TO mingchu_worker, mingchu_api;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
