"""Who looked at evidence, who took data away, and who changed rights and rules: append-only, and part of the chain."""

from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

_SQL = r"""
CREATE TABLE audit_entry (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    at timestamptz NOT NULL DEFAULT now(),
    tenant_id text NOT NULL,
    region_code text NOT NULL DEFAULT '',  -- where the object lies; empty: the whole tenant
    entity_id uuid,
    actor text NOT NULL,
    -- `evidence.viewed`, `data.exported`, `session.opened`, or `TABLE.added|changed|removed`.
    action text NOT NULL CHECK (length(action) BETWEEN 3 AND 60),
    object text NOT NULL CHECK (length(object) <= 200),
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_entry_tenant ON audit_entry (tenant_id, seq);
CREATE INDEX audit_entry_city ON audit_entry (left(region_code, 4), seq);
CREATE INDEX audit_entry_county ON audit_entry (left(region_code, 6), seq);
CREATE INDEX audit_entry_object ON audit_entry (object, seq);
CREATE INDEX audit_entry_actor ON audit_entry (actor, seq);
INSERT INTO audit_entry (at, actor, action, object, tenant_id, entity_id, region_code)
SELECT at, actor, CASE action WHEN 'export' THEN 'evidence.exported' ELSE 'evidence.viewed' END, 'evidence:' || evidence_id,
       tenant_id, entity_id, region_code FROM access_log ORDER BY at;
DROP TABLE access_log;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();

-- The chain seals entries like steps; an entry about a region or the tenant belongs to no enterprise.
ALTER TABLE evidence_chain ALTER COLUMN entity_id DROP NOT NULL;
CREATE OR REPLACE FUNCTION mingchu_wants_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    row jsonb := to_jsonb(NEW);
BEGIN
    INSERT INTO evidence_unsealed (tenant_id, object) VALUES (NEW.tenant_id, CASE TG_TABLE_NAME
        WHEN 'evidence' THEN 'evidence:' || (row ->> 'id')
        WHEN 'audit_entry' THEN 'audit:' || (row ->> 'id')
        WHEN 'transition' THEN 'step:' || (row ->> 'object') || ':' || (row ->> 'object_id') || ':' || (row ->> 'version')
        ELSE 'purge:' || (row ->> 'evidence_id') END);
    RETURN NULL;
END $$;
INSERT INTO evidence_unsealed (tenant_id, object) SELECT tenant_id, 'audit:' || id FROM audit_entry ORDER BY seq;
CREATE TRIGGER audit_entry_wants_seal AFTER INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION mingchu_wants_seal();

-- An entry is written by this function alone, so that no caller can name another actor than the transaction's.
CREATE FUNCTION mingchu_note(what text, about text, tenant text, region text, owner uuid, why text, more jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO audit_entry (tenant_id, region_code, entity_id, actor, action, object, reason, detail)
    VALUES (tenant, coalesce(nullif(region, ''), (SELECT e.region_code FROM entity e WHERE e.id = owner), ''), owner, coalesce(nullif(current_setting('mingchu.actor', true), ''), 'system'), what, about,
            left(why, 500), more)
$$;
REVOKE ALL ON FUNCTION mingchu_note(text, text, text, text, uuid, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_note(text, text, text, text, uuid, text, jsonb) TO mingchu_api, mingchu_worker;

-- A change of rights or rules notes itself. Arguments: the columns that name the row, those that say nothing, and those
-- whose values are secrets.
CREATE FUNCTION mingchu_note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
    becomes jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
    known jsonb := CASE WHEN TG_OP = 'DELETE' THEN was ELSE becomes END;
    mute text[] := string_to_array(TG_ARGV[1], ',');
    secret text[] := string_to_array(TG_ARGV[2], ',');
    owner uuid := (known ->> 'entity_id')::uuid;
    changed jsonb;
    called text;
BEGIN
    SELECT jsonb_object_agg(key, CASE
        WHEN key = ANY (secret) THEN '"***"'::jsonb
        WHEN TG_OP = 'UPDATE' THEN jsonb_build_array(was -> key, becomes -> key)
        ELSE known -> key END)
    INTO changed FROM jsonb_object_keys(known) AS key
    WHERE key <> ALL (mute) AND coalesce(was -> key, 'null') IS DISTINCT FROM coalesce(becomes -> key, 'null');
    IF changed IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT string_agg(known ->> part, '/') INTO called FROM unnest(string_to_array(TG_ARGV[0], ',')) AS part;
    PERFORM mingchu_note(
        TG_TABLE_NAME || CASE TG_OP WHEN 'INSERT' THEN '.added' WHEN 'UPDATE' THEN '.changed' ELSE '.removed' END,
        TG_TABLE_NAME || ':' || called, known ->> 'tenant_id',
        coalesce(known ->> 'region_code', known ->> 'region_prefix', known ->> 'jurisdiction', ''), owner, coalesce(known ->> 'end_reason', known ->> 'reason', ''), changed);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION mingchu_note_change() FROM PUBLIC;
DO $$
DECLARE
    one text[];
BEGIN
    FOREACH one SLICE 1 IN ARRAY ARRAY[
        ['app_user', 'login', 'version,last_login_at,totp_step', 'password_hash,totp_secret'],
        ['api_key', 'prefix', 'last_used_at', 'secret_sha256'],
        ['webhook_endpoint', 'id', 'version,cursor,last_seq,busy_until', 'secret,old_secret'],
        ['channel', 'id', 'version,busy_until,rests_until,failures', ''],
        ['code_override', 'id', '', ''],
        ['calendar_year', 'jurisdiction,year,version', 'checked_to,checked_at,notice', ''],
        ['chain', 'jurisdiction,severity,version', '', ''],
        ['supervision_preset', 'id', '', ''],
        ['delegation', 'id', '', ''],
        ['legal_hold', 'id', '', '']]
    LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW '
                       'EXECUTE FUNCTION mingchu_note_change(%L, %L, %L)', one[1] || '_notes_change', one[1], one[2], one[3], one[4]);
    END LOOP;
END $$;

ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON audit_entry TO mingchu_worker USING (true);
DO $$
DECLARE
    kind text;
BEGIN
    -- Those who are supervised don't read who supervises them.
    FOREACH kind IN ARRAY ARRAY['tenant', 'region', 'region_4', 'region_6', 'region_9', 'region_12'] LOOP
        EXECUTE format('CREATE POLICY %I ON audit_entry FOR SELECT TO %I USING (%s)', 'seen_by_' || kind, 'mingchu_api_' || kind,
            'tenant_id = current_setting(''mingchu.tenant'', true) AND ' || CASE kind
            WHEN 'tenant' THEN 'true'
            WHEN 'region' THEN 'current_setting(''mingchu.region'', true) <> '''' '
                               'AND starts_with(region_code, current_setting(''mingchu.region'', true))'
            ELSE format('left(region_code, %s) = current_setting(''mingchu.region'', true)', substr(kind, 8)) END);
    END LOOP;
END $$;
GRANT SELECT ON audit_entry TO mingchu_api, mingchu_worker;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
