"""Whoever sees an enterprise sees the names that it had, and everybody which lists counted: rows behind 承诺签订率."""

from alembic import op

revision = "0141"
down_revision = "0140"
branch_labels = None
depends_on = None

_SQL = """
CREATE POLICY seen_with_entity ON entity_name FOR SELECT TO mingchu_api
    USING (EXISTS (SELECT FROM entity e WHERE e.id = entity_id));
CREATE POLICY api ON pledge_template_since FOR SELECT TO mingchu_api USING (true);
GRANT SELECT ON entity_name, pledge_template_since TO mingchu_api;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
