"""Access groups and the tables that came beside them: furniture, trainings, rules of warnings, channels of cadres."""

from alembic import op

revision = "0110"
down_revision = "0107"
branch_labels = None
depends_on = None

_SQL = r"""
DO $$
DECLARE
    kind text;
    name text;
BEGIN
    -- Where everybody's policy asks for the enterprise, a part of one sees the rows of its own place.
    FOREACH name IN ARRAY ARRAY['camera_furniture', 'training'] LOOP
        FOREACH kind IN ARRAY ARRAY['group_kitchens', 'group_cameras'] LOOP
            EXECUTE format('CREATE POLICY %I ON %I AS RESTRICTIVE TO %I USING (%s)', kind || '_only', name,
                           'mingchu_api_' || kind, coalesce(mingchu_visible(name::regclass, kind), 'false'));
        END LOOP;
    END LOOP;
    EXECUTE replace(pg_get_functiondef('mingchu_queue_notices'::regproc),
        'c.removed_at IS NULL AND c.enabled', 'c.removed_at IS NULL AND c.enabled
      AND (c.group_id IS NULL OR EXISTS (SELECT FROM access_member m WHERE m.group_id = c.group_id
                                         AND (m.entity_id = entity OR m.site_id = site)))');
END $$;
CREATE POLICY seen_by_group ON warning_setting FOR SELECT TO mingchu_api_group_few, mingchu_api_group_many,
    mingchu_api_group_kitchens, mingchu_api_group_cameras USING (
        tenant_id = current_setting('mingchu.tenant', true) AND NOT internal
        AND EXISTS (SELECT FROM entity e WHERE starts_with(e.region_code, warning_setting.region_code)));
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
