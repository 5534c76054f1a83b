"""What the public sees of a kitchen, and what it reports by the code on the notice board."""

from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

_SQL = """
-- The state of each enterprise's bright kitchen, and since when.
CREATE TABLE bright_kitchen (
    entity_id uuid PRIMARY KEY REFERENCES entity,
    tenant_id text NOT NULL REFERENCES tenant,
    region_code text NOT NULL,
    state text NOT NULL CHECK (state IN ('none', 'pending', 'active', 'degraded')),
    since timestamptz NOT NULL
);
-- The code on an enterprise's notice board.
CREATE TABLE public_code (
    code text PRIMARY KEY CHECK (code ~ '^[a-z2-7]{16}$'),
    entity_id uuid NOT NULL UNIQUE REFERENCES entity,
    tenant_id text NOT NULL REFERENCES tenant,
    region_code text NOT NULL,
    made_at timestamptz NOT NULL
);
-- What somebody reported by a code; the enterprise does not read it.
CREATE TABLE public_report (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    concern text NOT NULL CHECK (concern IN ('hygiene', 'clothing', 'pests', 'food', 'licence', 'other')),
    text text NOT NULL CHECK (length(btrim(text)) BETWEEN 1 AND 1000),
    contact text NOT NULL DEFAULT '' CHECK (length(contact) <= 100),
    received_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'opened', 'dismissed')),
    answer text NOT NULL DEFAULT '' CHECK (length(answer) <= 500),
    settled_by text,
    settled_at timestamptz,
    task_id uuid REFERENCES task,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT public_report_settled CHECK ((state = 'waiting') = (settled_at IS NULL)),
    CONSTRAINT public_report_opened CHECK ((state = 'opened') = (task_id IS NOT NULL))
);
CREATE INDEX public_report_waiting ON public_report (region_code text_pattern_ops, id) WHERE state = 'waiting';
CREATE INDEX public_report_entity ON public_report (entity_id, id);

DO $$
DECLARE
    name text;
    kind text;
    visible text;
BEGIN
    FOREACH name IN ARRAY ARRAY['bright_kitchen', 'public_code', 'public_report'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO mingchu_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO mingchu_worker', name);
        FOR kind, visible IN VALUES
            ('tenant', 'true'),
            ('region', 'current_setting(''mingchu.region'', true) <> '''' '
                       'AND starts_with(region_code, current_setting(''mingchu.region'', true))'),
            ('region_4', 'left(region_code, 4) = current_setting(''mingchu.region'', true)'),
            ('region_6', 'left(region_code, 6) = current_setting(''mingchu.region'', true)'),
            ('region_9', 'left(region_code, 9) = current_setting(''mingchu.region'', true)'),
            ('region_12', 'left(region_code, 12) = current_setting(''mingchu.region'', true)'),
            ('entity', 'entity_id = nullif(current_setting(''mingchu.entity'', true), '''')::uuid')
        LOOP
            CONTINUE WHEN kind = 'entity' AND name = 'public_report';
            EXECUTE format('CREATE POLICY %I ON %I TO %I USING (tenant_id = current_setting(''mingchu.tenant'', true) AND %s) '
                           'WITH CHECK (tenant_id = current_setting(''mingchu.tenant'', true) AND %s)',
                           'seen_by_' || kind, name, 'mingchu_api_' || kind, visible, visible);
        END LOOP;
    END LOOP;
END $$;
GRANT SELECT ON bright_kitchen TO mingchu_api;
GRANT SELECT, INSERT ON public_code, public_report TO mingchu_api;
GRANT UPDATE (state, answer, settled_by, settled_at, task_id, version) ON public_report TO mingchu_api;

-- What anybody may ask without a log-in: nothing personal but who answers, as the notice board itself shows.
CREATE INDEX entity_licence ON entity (licence_no) WHERE licence_no IS NOT NULL;
CREATE FUNCTION mingchu_bright_kitchen(licence text) RETURNS TABLE (state text, since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(b.state, 'none'), b.since FROM entity e LEFT JOIN bright_kitchen b ON b.entity_id = e.id
    WHERE e.licence_no = licence AND e.operating <> 'closed' ORDER BY e.id LIMIT 1
$$;
CREATE FUNCTION mingchu_public_board(board_code text) RETURNS TABLE (
    tenant_id text, entity_id uuid, region_code text, name text, tier text, state text, since timestamptz, cadre text, post text,
    principal text, director text, officer text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT e.tenant_id, e.id, e.region_code, e.name, e.guarantee_tier, coalesce(b.state, 'none'), b.since, c.name, c.post,
           (SELECT p.name FROM person p WHERE p.entity_id = e.id AND p.post = 'principal' AND p.valid_to IS NULL LIMIT 1),
           (SELECT p.name FROM person p WHERE p.entity_id = e.id AND p.post = 'director' AND p.valid_to IS NULL LIMIT 1),
           (SELECT p.name FROM person p WHERE p.entity_id = e.id AND p.post = 'officer' AND p.valid_to IS NULL LIMIT 1)
    FROM public_code k JOIN entity e ON e.id = k.entity_id AND e.operating <> 'closed'
    LEFT JOIN bright_kitchen b ON b.entity_id = e.id
    LEFT JOIN assignment a ON a.entity_id = e.id AND a.part = 'primary' AND a.valid_to IS NULL
    LEFT JOIN cadre c ON c.id = a.cadre_id
    WHERE k.code = board_code
$$;
REVOKE ALL ON FUNCTION mingchu_bright_kitchen(text), mingchu_public_board(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_bright_kitchen(text), mingchu_public_board(text) TO mingchu_api;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
