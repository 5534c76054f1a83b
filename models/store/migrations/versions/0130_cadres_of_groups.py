"""Which cadres an access group sees is asked for each cadre, instead of listing the assignments of thousands."""

from alembic import op

revision = "0130"
down_revision = "0121"
branch_labels = None
depends_on = None

_SQL = """
DROP POLICY seen_by_group ON cadre;
CREATE POLICY seen_by_group ON cadre FOR SELECT TO mingchu_api_group_few, mingchu_api_group_many
    USING (tenant_id = current_setting('mingchu.tenant', true)
           AND EXISTS (SELECT FROM assignment a WHERE a.cadre_id = cadre.id AND a.valid_to IS NULL));
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
