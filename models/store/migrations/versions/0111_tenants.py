"""Tenants over HTTP: the administrators of the tenant that operates the platform make others, and see nothing of them."""

from alembic import op

revision = "0111"
down_revision = "0110"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE tenant ADD COLUMN operates boolean NOT NULL DEFAULT false;
-- Who came first, where there is one alone; elsewhere `mingchu tenant operate` says who.
UPDATE tenant SET operates = true WHERE (SELECT count(*) FROM tenant) = 1;

-- An enterprise may be known to two authorities, and nobody learns from a refusal whom another tenant knows.
ALTER TABLE entity DROP CONSTRAINT entity_credit_code_key;
ALTER TABLE entity ADD CONSTRAINT entity_credit_code UNIQUE (credit_code, tenant_id);

CREATE OR REPLACE FUNCTION mingchu_found(new_tenant text, called text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE app_user IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM app_user) THEN
        RETURN false;
    END IF;
    INSERT INTO tenant (id, name, operates) VALUES (new_tenant, called, NOT EXISTS (SELECT FROM tenant WHERE operates))
    ON CONFLICT (id) DO NOTHING;
    RETURN true;
END $$;

CREATE FUNCTION mingchu_operates() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT current_setting('mingchu.scope', true) = 'tenant'
       AND EXISTS (SELECT FROM tenant WHERE id = current_setting('mingchu.tenant', true) AND operates)
$$;
CREATE FUNCTION mingchu_tenants(after text, most integer) RETURNS SETOF tenant
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT * FROM tenant WHERE mingchu_operates() AND id > after ORDER BY id LIMIT least(most, 1000)
$$;
-- A tenant comes with its first administrator, who has no password until they use the link.
CREATE FUNCTION mingchu_add_tenant(new_tenant text, called text, admin uuid, admin_login text, admin_name text,
                                   made_by text, link_sha256 text, at timestamptz, until timestamptz) RETURNS SETOF tenant
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT coalesce(mingchu_operates(), false) THEN
        RETURN;
    END IF;
    RETURN QUERY INSERT INTO tenant (id, name) VALUES (new_tenant, called) RETURNING *;
    INSERT INTO app_user (id, login, name, password_hash, role, tenant_id, made_by)
    VALUES (admin, admin_login, admin_name, '!', 'admin', new_tenant, made_by);
    INSERT INTO invitation (token_sha256, user_id, made_by, made_at, expires_at) VALUES (link_sha256, admin, made_by, at, until);
END $$;
CREATE FUNCTION mingchu_rename_tenant(which text, called text) RETURNS SETOF tenant
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE tenant SET name = called WHERE id = which AND (mingchu_operates()
        OR current_setting('mingchu.scope', true) = 'tenant' AND id = current_setting('mingchu.tenant', true)) RETURNING *
$$;
REVOKE ALL ON FUNCTION mingchu_operates(), mingchu_tenants(text, integer), mingchu_rename_tenant(text, text),
    mingchu_add_tenant(text, text, uuid, text, text, text, text, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_operates(), mingchu_tenants(text, integer), mingchu_rename_tenant(text, text),
    mingchu_add_tenant(text, text, uuid, text, text, text, text, timestamptz, timestamptz) TO mingchu_api;
CREATE FUNCTION mingchu_note_tenant() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM mingchu_note('tenant.' || CASE TG_OP WHEN 'INSERT' THEN 'added' ELSE 'changed' END, 'tenant:' || NEW.id, who, '', NULL,
                         '', jsonb_build_object('name', NEW.name, 'operates', NEW.operates))
    -- In the log of the tenant itself, and in that of whoever did it; commands and the first start have none.
    FROM (SELECT NEW.id AS who UNION SELECT current_setting('mingchu.tenant', true)) both_of
    WHERE nullif(current_setting('mingchu.tenant', true), '') IS NOT NULL;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION mingchu_note_tenant() FROM PUBLIC;
CREATE TRIGGER tenant_notes_change AFTER INSERT OR UPDATE ON tenant FOR EACH ROW EXECUTE FUNCTION mingchu_note_tenant();
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
