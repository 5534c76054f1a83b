"""What an administrator sees of the platform itself: processes, queues, sizes and versions."""

from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

_SQL = r"""
-- Queues are counted up to 100,000; one that is longer is too long anyway.
CREATE FUNCTION mingchu_system() RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_object(
        'processes', (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', kind, 'name', name, 'held', held, 'since', since,
                                                                   'alive', until > now()) ORDER BY kind, name), '[]')
                      FROM (SELECT * FROM lease_holder ORDER BY until DESC LIMIT 100) h),
        'queues', jsonb_build_object(
            'outbox', (SELECT count(*) FROM (SELECT FROM outbox LIMIT 100000) q),
            'unsealed', (SELECT count(*) FROM (SELECT FROM evidence_unsealed LIMIT 100000) q),
            'notices', (SELECT count(*) FROM (SELECT FROM notice WHERE state IN ('queued', 'sending', 'retrying') LIMIT 100000) q),
            'deliveries', (SELECT count(*) FROM (SELECT FROM webhook_delivery WHERE state IN ('queued', 'sending', 'retrying')
                                                 LIMIT 100000) q),
            'copies', (SELECT count(*) FROM (SELECT FROM evidence_copy WHERE state = 'pending' LIMIT 100000) q)),
        'sessions', (SELECT count(*) FROM user_session WHERE expires_at > now() AND NOT half),
        'database_bytes', pg_database_size(current_database()),
        'server', current_setting('server_version'),
        'timescale', (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),
        'revision', (SELECT version_num FROM alembic_version))
$$;
REVOKE ALL ON FUNCTION mingchu_system() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_system() TO mingchu_api_tenant;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
