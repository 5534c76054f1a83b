"""Regulators sign off the yearly indices of cadres."""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

_SQL = """
CREATE POLICY api_signs_off ON index_snapshot FOR UPDATE TO mingchu_api
    USING (kind = 'cadre' AND mingchu_supervises(tenant_id, region_code, NULL))
    WITH CHECK (kind = 'cadre' AND mingchu_supervises(tenant_id, region_code, NULL));
GRANT UPDATE (state, frozen_by, frozen_at, signed_name, opinion) ON index_snapshot TO mingchu_api;
CREATE INDEX supervision_task_cadre_due ON supervision_task (cadre_id, due_at);
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
