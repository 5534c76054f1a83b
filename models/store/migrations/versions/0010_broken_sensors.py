"""Sensors that are broken though they report: since when a value has been the same, what could not be read."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SQL = """
-- Since when the newest value has been the same; unknown for what came before.
ALTER TABLE reading_latest ADD COLUMN steady_since timestamptz;

-- The last report of a sensor that could not be taken in.
CREATE TABLE sensor_refusal (
    device_id text PRIMARY KEY REFERENCES device,
    at timestamptz NOT NULL,
    why text NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON sensor_refusal TO mingchu_worker;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
