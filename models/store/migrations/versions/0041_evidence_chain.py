"""The chain of evidence records: sealed in order, closed by day under a Merkle root, append-only."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_SQL = """
-- Each piece of evidence, each step and each deletion as one record. `record` is the text that was hashed.
CREATE TABLE evidence_chain (
    tenant_id text NOT NULL REFERENCES tenant,
    seq bigint NOT NULL CHECK (seq > 0),
    day date NOT NULL,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    -- `evidence:UUID`, `step:OBJECT:UUID:VERSION`, `purge:UUID`.
    object text NOT NULL,
    record text NOT NULL,
    record_hash text NOT NULL CHECK (record_hash ~ '^[0-9a-f]{64}$'),
    chain_hash text NOT NULL CHECK (chain_hash ~ '^[0-9a-f]{64}$'),
    sealed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);
CREATE UNIQUE INDEX evidence_chain_object ON evidence_chain (tenant_id, object);
CREATE INDEX evidence_chain_day ON evidence_chain (tenant_id, day, seq);

-- A day that is over: its records and their Merkle root (RFC 6962).
CREATE TABLE evidence_day (
    tenant_id text NOT NULL REFERENCES tenant,
    day date NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL CHECK (last_seq >= first_seq),
    root text NOT NULL CHECK (root ~ '^[0-9a-f]{64}$'),
    closed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, day)
);

-- What waits to be sealed; written in the transaction of what it names, so nothing is forgotten.
CREATE TABLE evidence_unsealed (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id text NOT NULL,
    object text NOT NULL
);

CREATE FUNCTION mingchu_wants_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    row jsonb := to_jsonb(NEW);
BEGIN
    INSERT INTO evidence_unsealed (tenant_id, object) VALUES (NEW.tenant_id, CASE TG_TABLE_NAME
        WHEN 'evidence' THEN 'evidence:' || (row ->> 'id')
        WHEN 'transition' THEN 'step:' || (row ->> 'object') || ':' || (row ->> 'object_id') || ':' || (row ->> 'version')
        ELSE 'purge:' || (row ->> 'evidence_id') END);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION mingchu_wants_seal() FROM PUBLIC;
CREATE TRIGGER evidence_wants_seal AFTER INSERT ON evidence FOR EACH ROW EXECUTE FUNCTION mingchu_wants_seal();
CREATE TRIGGER transition_wants_seal AFTER INSERT ON transition FOR EACH ROW EXECUTE FUNCTION mingchu_wants_seal();
CREATE TRIGGER evidence_purge_wants_seal AFTER INSERT ON evidence_purge FOR EACH ROW EXECUTE FUNCTION mingchu_wants_seal();
CREATE TRIGGER evidence_chain_append_only BEFORE UPDATE OR DELETE ON evidence_chain
    FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
CREATE TRIGGER evidence_day_append_only BEFORE UPDATE OR DELETE ON evidence_day
    FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();

INSERT INTO evidence_unsealed (tenant_id, object)
SELECT tenant_id, object FROM (
    SELECT tenant_id, 'evidence:' || id::text AS object, stored_at AS at FROM evidence
    UNION ALL SELECT tenant_id, 'step:' || object || ':' || object_id::text || ':' || version::text, at FROM transition
    UNION ALL SELECT tenant_id, 'purge:' || evidence_id::text, purged_at FROM evidence_purge) known
ORDER BY at, object;

ALTER TABLE evidence_chain ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON evidence_chain TO mingchu_worker USING (true) WITH CHECK (true);
ALTER TABLE evidence_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON evidence_day TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON evidence_day FOR SELECT TO mingchu_api
    USING (tenant_id = (SELECT current_setting('mingchu.tenant', true)));
GRANT SELECT, INSERT ON evidence_chain, evidence_day TO mingchu_worker;
GRANT SELECT ON evidence_day TO mingchu_api;
GRANT SELECT, DELETE ON evidence_unsealed TO mingchu_worker;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
