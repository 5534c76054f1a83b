-- snapshot --
-- Name what this transaction sees, so that pg_dump sees the same.
SELECT pg_export_snapshot()

-- server --
-- The server's version, the extension TimescaleDB's if it is there, and the schema's revision.
SELECT current_setting('server_version') AS server, (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescale,
       (SELECT version_num FROM alembic_version) AS revision

-- feed --
-- The feed in figures: numbered events, first and last number, and a sum over all of them that no order changes.
SELECT count(*) AS events, coalesce(min(seq), 0) AS first, coalesce(max(seq), 0) AS last,
       coalesce(sum(hashtextextended(event_id::text, seq)::numeric), 0)::text AS fingerprint FROM event

-- chain_heads --
-- The end of each tenant's evidence chain.
SELECT DISTINCT ON (tenant_id) tenant_id, seq, chain_hash FROM evidence_chain ORDER BY tenant_id, seq DESC

-- is_empty --
-- Whether a database has no table of its own.
SELECT NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast'))

-- exists --
-- Whether a server has a database of this name.
SELECT EXISTS (SELECT FROM pg_database WHERE datname = %(name)s)

-- offered_timescale --
-- The versions of TimescaleDB that this server can install.
SELECT version FROM pg_available_extension_versions WHERE name = 'timescaledb' ORDER BY version

-- has_timescale --
-- Whether this database has TimescaleDB.
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')
