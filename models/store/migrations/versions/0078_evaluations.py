"""Quarterly and yearly evaluations of regions, signed off by the level above."""

from alembic import op

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE index_snapshot DROP CONSTRAINT index_snapshot_period_check;
ALTER TABLE index_snapshot ADD CONSTRAINT index_snapshot_period_check
    CHECK (period ~ '^[0-9]{4}(-[0-9]{2}|-W[0-9]{2}|-Q[1-4])?$');
ALTER TABLE index_run DROP CONSTRAINT index_run_period_check;
ALTER TABLE index_run ADD CONSTRAINT index_run_period_check
    CHECK (period ~ '^[0-9]{4}(-[0-9]{2}|-W[0-9]{2}|-Q[1-4])?$');

-- Months and weeks of regions are frozen by the platform alone.
DROP POLICY api_signs_off ON index_snapshot;
CREATE POLICY api_signs_off ON index_snapshot FOR UPDATE TO mingchu_api
    USING ((kind = 'cadre' OR (kind = 'region' AND period ~ '^[0-9]{4}(-Q[1-4])?$'))
           AND mingchu_supervises(tenant_id, region_code, NULL))
    WITH CHECK ((kind = 'cadre' OR (kind = 'region' AND period ~ '^[0-9]{4}(-Q[1-4])?$'))
                AND mingchu_supervises(tenant_id, region_code, NULL));
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
