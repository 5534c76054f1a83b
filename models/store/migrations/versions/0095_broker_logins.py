"""A view for brokers that ask a database for log-ins (EMQX), and a log-in that sees nothing else."""

from alembic import op

revision = "0095"
down_revision = "0091"
branch_labels = None
depends_on = None

# mqtt_hash is `$7$iterations$salt$hash`, PBKDF2-HMAC-SHA512 with salt and hash in base64. EMQX compares the hash in
# lower-case hexadecimal and takes the salt as bytes; it knows one number of iterations, so others are left out.
_SQL = r"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mingchu_broker_login') THEN
        CREATE ROLE mingchu_broker_login LOGIN;
    END IF;
    IF NOT has_database_privilege('mingchu_broker_login', current_database(), 'CONNECT') THEN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO mingchu_broker_login', current_database());
    END IF;
END $$;
CREATE VIEW broker_login WITH (security_barrier) AS
    SELECT id AS username, encode(decode(split_part(mqtt_hash, '$', 5), 'base64'), 'hex') AS password_hash,
           decode(split_part(mqtt_hash, '$', 4), 'base64') AS salt, false AS is_superuser
    FROM node WHERE revoked_at IS NULL
      AND mqtt_hash ~ '^\$7\$1000\$([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\$([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$';
REVOKE ALL ON broker_login FROM PUBLIC;
-- Every log-in might call these so far; only the roles need them.
REVOKE ALL ON FUNCTION mingchu_feed_newest(), mingchu_feed_earliest(), mingchu_feed_lost(bigint), mingchu_feed_mark(bigint)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_feed_newest(), mingchu_feed_earliest(), mingchu_feed_lost(bigint),
    mingchu_feed_mark(bigint) TO mingchu_worker, mingchu_api;
GRANT USAGE ON SCHEMA public TO mingchu_broker_login;
GRANT SELECT ON broker_login TO mingchu_broker_login;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
