"""What a node may claim and send is bounded: attempts at a message, its budgets, whose the quarantined ones are."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SQL = """
-- A message that is tried again after a crash or a refusal, by its hash: after some tries it is set aside unread.
CREATE TABLE intake_attempt (
    message_sha256 text PRIMARY KEY,
    tries integer NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX intake_attempt_at ON intake_attempt (at);

-- How often a node sent more than its budget allows, and when it was last told so.
CREATE TABLE node_excess (
    node_id text NOT NULL REFERENCES node,
    budget text NOT NULL,
    messages bigint NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (node_id, budget)
);

-- The quarantine of one node is trimmed without touching that of others.
ALTER TABLE quarantine ADD COLUMN node_id text;
CREATE INDEX quarantine_node ON quarantine (node_id, last_at);

-- Since when an earlier birth counts no more: a node whose clock was ahead gets a way back.
ALTER TABLE node ADD COLUMN reset_at timestamptz;

-- The owner does it by the console, with a new secret.
GRANT UPDATE (session, online, reset_at) ON node TO mingchu_api;
GRANT SELECT, DELETE ON node_stream TO mingchu_api;
ALTER TABLE node_stream ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON node_stream TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON node_stream TO mingchu_api USING (EXISTS (SELECT FROM node n WHERE n.id = node_stream.node_id));

GRANT SELECT, INSERT, UPDATE, DELETE ON intake_attempt, node_excess TO mingchu_worker;
GRANT SELECT ON node_excess TO mingchu_api;
ALTER TABLE node_excess ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON node_excess TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON node_excess FOR SELECT TO mingchu_api
    USING (EXISTS (SELECT FROM node n WHERE n.id = node_excess.node_id));
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
