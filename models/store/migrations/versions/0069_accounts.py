"""Users and keys that are managed over HTTP: invitations, second factors, sessions with a name, keys that rotate."""

from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

_SQL = r"""
ALTER TABLE channel_secret DROP CONSTRAINT channel_secret_address_check;
-- Encrypted text is longer than the address; the API checks the address itself.
ALTER TABLE channel_secret ADD CONSTRAINT channel_secret_address_check CHECK (length(address) BETWEEN 3 AND 2000);

ALTER TABLE app_user
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN made_by text NOT NULL DEFAULT 'mingchu',
    ADD COLUMN last_login_at timestamptz,
    ADD COLUMN totp_secret text,        -- sealed; with totp_since NULL it is proposed and not confirmed
    ADD COLUMN totp_since timestamptz,
    ADD COLUMN totp_step bigint NOT NULL DEFAULT 0,  -- the last time step whose code was used: a code works once
    ADD COLUMN provider text,           -- sign-on provider and its name for the user, instead of a password
    ADD COLUMN provider_subject text,
    ADD CONSTRAINT app_user_provider CHECK ((provider IS NULL) = (provider_subject IS NULL));
CREATE UNIQUE INDEX app_user_subject ON app_user (provider, provider_subject) WHERE provider IS NOT NULL;
CREATE INDEX app_user_page ON app_user (tenant_id, id);

ALTER TABLE user_session
    ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    ADD COLUMN half boolean NOT NULL DEFAULT false;  -- the password was right, the second factor is still to come
CREATE INDEX user_session_user ON user_session (user_id);

ALTER TABLE api_key
    ADD COLUMN made_by text NOT NULL DEFAULT 'mingchu',
    ADD COLUMN last_used_at timestamptz,
    ADD COLUMN follows text REFERENCES api_key;

-- A link that works once: the first administrator, a new user's first password, or a password that was reset.
CREATE TABLE invitation (
    token_sha256 text PRIMARY KEY,
    user_id uuid REFERENCES app_user,  -- NULL: whoever opens it becomes the first administrator
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE UNIQUE INDEX invitation_open ON invitation (user_id) NULLS NOT DISTINCT WHERE used_at IS NULL;

ALTER TABLE invitation ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON invitation TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON invitation TO mingchu_api
    USING (current_setting('mingchu.scope', true) = 'access') WITH CHECK (current_setting('mingchu.scope', true) = 'access');
GRANT SELECT, INSERT, UPDATE, DELETE ON invitation TO mingchu_worker, mingchu_api;

-- Users and keys are rows of their scope. Sessions, browsers and invitations follow their user.
DO $$
DECLARE
    kind text;
    visible text;
    name text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['tenant', 'region', 'region_4', 'region_6', 'region_9', 'region_12', 'entity'] LOOP
        visible := 'tenant_id = current_setting(''mingchu.tenant'', true) AND ' || CASE kind
            WHEN 'tenant' THEN 'true'
            WHEN 'entity' THEN 'entity_id = nullif(current_setting(''mingchu.entity'', true), '''')::uuid'
            ELSE 'current_setting(''mingchu.region'', true) <> '''' AND (entity_id IN (SELECT e.id FROM entity e) '
                 'OR starts_with(region_prefix, current_setting(''mingchu.region'', true)))' END;
        FOREACH name IN ARRAY ARRAY['app_user', 'api_key'] LOOP
            EXECUTE format('CREATE POLICY %I ON %I TO %I USING (%s) WITH CHECK (%s)',
                           'seen_by_' || kind, name, 'mingchu_api_' || kind, visible, visible);
        END LOOP;
        FOREACH name IN ARRAY ARRAY['user_session', 'login_device', 'invitation'] LOOP
            EXECUTE format('CREATE POLICY %I ON %I TO %I USING (user_id IN (SELECT u.id FROM app_user u)) '
                           'WITH CHECK (user_id IN (SELECT u.id FROM app_user u))',
                           'seen_by_' || kind, name, 'mingchu_api_' || kind);
        END LOOP;
    END LOOP;
END $$;
GRANT INSERT ON app_user, api_key TO mingchu_api;
GRANT UPDATE (name, password_hash, role, region_prefix, entity_id, disabled_at, version, last_login_at, totp_secret, totp_since,
              totp_step) ON app_user TO mingchu_api;
GRANT UPDATE (expires_at, revoked_at, last_used_at) ON api_key TO mingchu_api;

-- Secrets are encrypted anew by a command of the platform's own machine.
GRANT UPDATE (address) ON channel_secret TO mingchu_worker;
GRANT SELECT, UPDATE (secret, old_secret) ON webhook_endpoint TO mingchu_worker;

-- The first administrator comes with the first tenant; afterwards nobody gets a tenant this way.
CREATE FUNCTION mingchu_found(new_tenant text, called text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE app_user IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM app_user) THEN
        RETURN false;
    END IF;
    INSERT INTO tenant (id, name) VALUES (new_tenant, called) ON CONFLICT (id) DO NOTHING;
    RETURN true;
END $$;
CREATE FUNCTION mingchu_only_tenant() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT min(id) FROM tenant HAVING count(*) = 1
$$;
REVOKE ALL ON FUNCTION mingchu_found(text, text), mingchu_only_tenant() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_found(text, text), mingchu_only_tenant() TO mingchu_api, mingchu_worker;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
