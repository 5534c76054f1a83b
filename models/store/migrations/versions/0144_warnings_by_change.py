"""Warnings (自动预警) are evaluated where something changed or became due: a change marks its enterprise.

A mark is added unless the enterprise has one that nobody takes at present; that one is then kept from being taken until
the change is committed. So changes wait for nobody and for no other change, an enterprise has as many marks as it has
changes at a time, and a mark that was taken stands for changes that whoever took it sees.
"""

from alembic import op

revision = "0144"
down_revision = "0143"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE warning_mark (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The nil UUID: of all enterprises.
    entity_id uuid NOT NULL
);
CREATE INDEX warning_mark_entity ON warning_mark (entity_id);
-- Until when all enterprises were evaluated, and until when was looked for what time alone made due.
CREATE TABLE warning_round (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    evaluated_at timestamptz NOT NULL,
    looked_at timestamptz NOT NULL
);
INSERT INTO warning_round (evaluated_at, looked_at) VALUES ('2000-01-01', '2000-01-01');
ALTER TABLE warning_mark ENABLE ROW LEVEL SECURITY;
ALTER TABLE warning_round ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON warning_mark TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON warning_round TO mingchu_worker USING (true) WITH CHECK (true);
-- Who takes marks locks them, which needs the right to change them.
GRANT SELECT, INSERT, UPDATE (id), DELETE ON warning_mark TO mingchu_worker;
GRANT SELECT, UPDATE (evaluated_at, looked_at) ON warning_round TO mingchu_worker;

CREATE INDEX supervision_task_open_due ON supervision_task (due_at) WHERE closed_at IS NULL;
CREATE INDEX assignment_since ON assignment (valid_from) WHERE part = 'primary' AND valid_to IS NULL;

-- As mingchu_closed_days, of some enterprises or of all (NULL).
CREATE FUNCTION mingchu_closed_days_of(firms uuid[], since date, until date)
RETURNS TABLE (entity_id uuid, day date) LANGUAGE sql STABLE AS $$
    WITH line AS (
        SELECT o.entity_id, o.kind, o.weekdays, greatest(o.first, $2) AS f, least(coalesce(o.last, $3), $3) AS l
        FROM opening_rule o
        WHERE o.entity_id IS NOT NULL AND ($1 IS NULL OR o.entity_id = ANY($1))
          AND o.first <= $3 AND (o.last IS NULL OR o.last >= $2)
        UNION ALL
        SELECT e.id, o.kind, o.weekdays, greatest(o.first, $2), least(coalesce(o.last, $3), $3)
        FROM opening_rule o JOIN entity e ON e.tenant_id = o.tenant_id AND starts_with(e.region_code, o.region_code)
            AND e.business_kind = ANY(o.business_kinds)
        WHERE o.entity_id IS NULL AND ($1 IS NULL OR e.id = ANY($1))
          AND o.first <= $3 AND (o.last IS NULL OR o.last >= $2)
    ), said AS (
        SELECT line.entity_id AS firm, d::date AS said_day, bool_or(line.kind = 'open') AS opened
        FROM line CROSS JOIN LATERAL generate_series(line.f, line.l, interval '1 day') d
        WHERE line.kind <> 'weekly' OR extract(isodow FROM d) = ANY(line.weekdays)
        GROUP BY 1, 2
    )
    SELECT said.firm, said.said_day FROM said WHERE NOT said.opened
$$;
REVOKE ALL ON FUNCTION mingchu_closed_days_of(uuid[], date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_closed_days_of(uuid[], date, date) TO mingchu_worker;

-- As the owner: whoever may change a fact may leave a mark. The argument says whose warnings a row concerns: those of
-- its enterprise (`entity_id`), of the enterprise that it is (`id`), of its `device`, or of `all`; a row without an
-- enterprise is a region's, and concerns all. The plans are kept while the table of marks grows, hence by its index.
CREATE FUNCTION mingchu_mark_warnings() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    firm uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    IF TG_ARGV[0] = 'id' THEN
        firm := NEW.id;
    ELSIF TG_ARGV[0] = 'device' THEN
        SELECT entity_id INTO STRICT firm FROM device WHERE id = NEW.device_id;
    ELSIF TG_ARGV[0] = 'entity_id' THEN
        firm := coalesce(NEW.entity_id, firm);
    END IF;
    PERFORM FROM warning_mark WHERE entity_id = firm LIMIT 1 FOR KEY SHARE SKIP LOCKED;
    IF NOT FOUND THEN
        INSERT INTO warning_mark (entity_id) VALUES (firm);
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION mingchu_mark_warnings() FROM PUBLIC;

DO $$
DECLARE
    name text;
    whose text;
    columns text;
BEGIN
    -- Facts of the rules, and the columns of which a change counts; those that others change all the time are left out.
    FOR name, whose, columns IN VALUES
        ('assignment', 'entity_id', 'part, valid_from, valid_to'),
        ('device', 'entity_id', 'site_id, decommissioned_at, created_at'),
        ('duty_report', 'entity_id', 'state'),
        ('entity', 'id', 'tenant_id, region_code, name, business_kind, guarantee_tier, operating'),
        ('entity_change', 'entity_id', NULL),
        ('opening_rule', 'entity_id', 'first, last'),
        ('person', 'entity_id', 'post, valid_from, valid_to'),
        ('pledge', 'entity_id', NULL),
        ('pledge_template', 'all', 'version'),
        ('site', 'entity_id', 'tenant_id, region_code, entity_id, first_record_on'),
        ('task', 'entity_id', 'state, dispatched_at, closed_at'),
        ('warning_setting', 'all', 'ended_at')
    LOOP
        EXECUTE format('CREATE TRIGGER warning_marks_new AFTER INSERT ON %I FOR EACH ROW '
                       'EXECUTE FUNCTION mingchu_mark_warnings(%L)', name, whose);
        IF columns IS NOT NULL THEN
            EXECUTE format('CREATE TRIGGER warning_marks_changed AFTER UPDATE OF %1$s ON %2$I FOR EACH ROW '
                           'WHEN ((%3$s) IS DISTINCT FROM (%4$s)) EXECUTE FUNCTION mingchu_mark_warnings(%5$L)',
                           columns, name, 'OLD.' || replace(columns, ', ', ', OLD.'),
                           'NEW.' || replace(columns, ', ', ', NEW.'), whose);
        END IF;
    END LOOP;
END $$;
-- A draft of a record is no fact; it is written often.
CREATE TRIGGER warning_marks_new AFTER INSERT ON day_record FOR EACH ROW WHEN (NEW.state = 'signed')
    EXECUTE FUNCTION mingchu_mark_warnings('entity_id');
CREATE TRIGGER warning_marks_changed AFTER UPDATE OF state ON day_record FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION mingchu_mark_warnings('entity_id');
-- A visit that is due in weeks warns only if it was returned: a night that plans a province's visits marks nothing.
CREATE TRIGGER warning_marks_new AFTER INSERT ON supervision_task FOR EACH ROW
    WHEN (NEW.due_at < now() + interval '16 days' OR NEW.state = 'returned')
    EXECUTE FUNCTION mingchu_mark_warnings('entity_id');
CREATE TRIGGER warning_marks_changed AFTER UPDATE OF state, due_at, closed_at ON supervision_task FOR EACH ROW
    WHEN ((OLD.state, OLD.due_at, OLD.closed_at) IS DISTINCT FROM (NEW.state, NEW.due_at, NEW.closed_at)
          AND (least(OLD.due_at, NEW.due_at) < now() + interval '16 days' OR 'returned' IN (OLD.state, NEW.state)))
    EXECUTE FUNCTION mingchu_mark_warnings('entity_id');
-- The minutes of the day that runs are counted when it is over.
CREATE TRIGGER warning_marks_new AFTER INSERT ON camera_day FOR EACH ROW
    WHEN (NEW.day < (now() AT TIME ZONE 'Asia/Shanghai')::date)
    EXECUTE FUNCTION mingchu_mark_warnings('device');
CREATE TRIGGER warning_marks_changed AFTER UPDATE OF seen ON camera_day FOR EACH ROW
    WHEN (NEW.day < (now() AT TIME ZONE 'Asia/Shanghai')::date AND OLD.seen IS DISTINCT FROM NEW.seen)
    EXECUTE FUNCTION mingchu_mark_warnings('device');
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
