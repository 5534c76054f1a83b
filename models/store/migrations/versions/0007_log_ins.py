"""Browsers that an account has logged in from: tries of others elsewhere do not slow them down."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE login_device (
    token_sha256 text PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES app_user,
    last_at timestamptz NOT NULL
);
CREATE INDEX login_device_user ON login_device (user_id, last_at);
ALTER TABLE login_device ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON login_device TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON login_device TO mingchu_api
    USING (current_setting('mingchu.scope', true) = 'access')
    WITH CHECK (current_setting('mingchu.scope', true) = 'access');
GRANT SELECT, INSERT, UPDATE, DELETE ON login_device TO mingchu_worker, mingchu_api;

-- Where a session began, for whoever looks at the list of them.
ALTER TABLE user_session ADD COLUMN address text NOT NULL DEFAULT '';

-- Failed log-ins are paced in the API's memory now: a table of them could be filled to lock people out.
DROP TABLE login_failure;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
