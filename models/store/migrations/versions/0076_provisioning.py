"""A platform provisions by itself: enterprises, kitchens and names of regions are registered over HTTP."""

from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

_SQL = r"""
GRANT INSERT, UPDATE (name, licence_no) ON entity TO mingchu_api;
GRANT INSERT ON person TO mingchu_api;
GRANT INSERT, UPDATE (name, address, closed_from, closed_to) ON site TO mingchu_api;

-- Region names are everybody's: a known one is not changed over HTTP.
CREATE FUNCTION mingchu_name_region(region_code text, called text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH made AS (INSERT INTO region (code, name) VALUES (region_code, called) ON CONFLICT DO NOTHING RETURNING 1)
    SELECT EXISTS (SELECT FROM made)
$$;
REVOKE ALL ON FUNCTION mingchu_name_region(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_name_region(text, text) TO mingchu_api;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
