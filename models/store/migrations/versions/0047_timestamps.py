"""RFC 3161 timestamps of the daily Merkle roots: proof of their time from somebody else."""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE evidence_stamp (
    tenant_id text NOT NULL,
    day date NOT NULL,
    authority text NOT NULL,
    -- The whole response (TimeStampResp, DER), over the text of the root.
    response bytea NOT NULL CHECK (length(response) <= 65536),
    stamped_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, day),
    FOREIGN KEY (tenant_id, day) REFERENCES evidence_day (tenant_id, day)
);
CREATE TRIGGER evidence_stamp_append_only BEFORE UPDATE OR DELETE ON evidence_stamp
    FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
ALTER TABLE evidence_stamp ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON evidence_stamp TO mingchu_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON evidence_stamp TO mingchu_worker;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
