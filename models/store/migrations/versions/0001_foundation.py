"""Foundation: registry, readings, violations, alerts, tasks, outbox, feed, access, row-level security."""

from pathlib import Path

from alembic import op
from sqlalchemy import text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_HERE = Path(__file__).parent.parent
_HYPERTABLES = {"reading": "occurred_at", "device_history": "at"}


def foundation_sql(*, timescale: bool) -> str:
    """The DDL; with TimescaleDB the hypertables-to-be are plain tables without native partitions."""
    sql = (_HERE / "0001_foundation.sql").read_text(encoding="utf-8")
    if timescale:
        for table, column in _HYPERTABLES.items():
            declared, _, rest = sql.partition(f"CREATE TABLE {table} (")
            body, _, tail = rest.partition(f") PARTITION BY RANGE ({column});")
            sql = f"{declared}CREATE TABLE {table} ({body});{tail}"
            sql = sql.replace(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT;\n", "")
    return sql


def upgrade() -> None:
    connection = op.get_bind()
    timescale = connection.execute(
        text("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')")
    ).scalar()
    cursor = connection.connection.cursor()
    if timescale:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    cursor.execute(foundation_sql(timescale=bool(timescale)))
    if timescale:
        for statement in (_HERE / "0001_timescale.sql").read_text(encoding="utf-8").split(";"):
            if statement.strip():
                cursor.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
