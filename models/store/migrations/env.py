"""Alembic's entry: one connection, one transaction a migration, with a lock timeout, in UTC."""

import psycopg
from alembic import context
from sqlalchemy import create_engine, pool, text

engine = create_engine(
    "postgresql+psycopg://",
    creator=lambda: psycopg.connect(context.config.attributes["url"]),
    poolclass=pool.NullPool,
)
with engine.connect() as connection:
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.execute(text("SET TimeZone = 'UTC'"))
    connection.execute(text("SELECT pg_advisory_lock(7266000)"))
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
