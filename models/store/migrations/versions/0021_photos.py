"""Which photo proves what: one file proves one task, and what looks like it is found."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE proof_photo (
    tenant_id text NOT NULL REFERENCES tenant,
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    evidence_id uuid NOT NULL UNIQUE REFERENCES evidence,
    -- NULL for photos from before they were bound: they stay proof where the log names them.
    task_id uuid REFERENCES task,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    fingerprint bit(64),
    PRIMARY KEY (tenant_id, sha256)
);
CREATE INDEX proof_photo_entity ON proof_photo (entity_id);
CREATE INDEX proof_photo_task ON proof_photo (task_id);
INSERT INTO proof_photo (tenant_id, sha256, evidence_id, task_id, entity_id, region_code)
SELECT DISTINCT ON (e.tenant_id, e.sha256) e.tenant_id, e.sha256, e.id, t.id, e.entity_id, e.region_code
FROM evidence e LEFT JOIN task t ON e.id = ANY(t.proof_ids)
WHERE e.kind = 'photo_after' ORDER BY e.tenant_id, e.sha256, e.id;
CREATE INDEX evidence_sha256 ON evidence (sha256);
CREATE INDEX evidence_copy_sha256 ON evidence_copy (sha256);
ALTER TABLE proof_photo ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON proof_photo TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON proof_photo TO mingchu_api USING (mingchu_sees(tenant_id, region_code, entity_id))
    WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON proof_photo TO mingchu_worker;
GRANT SELECT, INSERT ON proof_photo TO mingchu_api;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
