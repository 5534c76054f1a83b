"""Leases: which process does which share of the work, by the clock of the database."""

from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

_SQL = """
-- One life of a process that shares work of a kind with others. It renews `until`; what it holds hangs on this row, so a
-- renewal costs one row, however much is held. `held` and `weight` are its own report, for equal shares.
CREATE TABLE lease_holder (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    name text NOT NULL,
    until timestamptz NOT NULL,
    held integer NOT NULL DEFAULT 0,
    weight double precision NOT NULL DEFAULT 1 CHECK (weight > 0),
    since timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX lease_holder_kind ON lease_holder (kind, until);

-- A share of the work, and the life that holds it. Whoever writes for a share locks its row, so that no other process
-- takes the share between the check and the commit.
CREATE TABLE lease (
    kind text NOT NULL,
    key text NOT NULL,
    holder bigint REFERENCES lease_holder ON DELETE SET NULL,
    PRIMARY KEY (kind, key)
);
CREATE INDEX lease_of_holder ON lease (holder, kind, key);
GRANT SELECT, INSERT, UPDATE, DELETE ON lease_holder, lease TO mingchu_worker;

-- One partition of intake until `mingchu partitions` makes more, and the posts of the alerts role.
INSERT INTO lease (kind, key) VALUES ('intake', '0of1'),
    ('alerts', 'devices'), ('alerts', 'feed'), ('alerts', 'seal'), ('alerts', 'upkeep');

-- Sites with a camera are shared among the judges.
CREATE FUNCTION mingchu_share_site() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO lease (kind, key) VALUES ('vision', NEW.tenant_id || '/' || NEW.site_id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION mingchu_share_site() FROM PUBLIC;
CREATE TRIGGER site_is_shared AFTER INSERT ON device FOR EACH ROW WHEN (NEW.kind = 'camera')
    EXECUTE FUNCTION mingchu_share_site();
CREATE TRIGGER site_is_shared_anew AFTER UPDATE OF site_id ON device FOR EACH ROW WHEN (NEW.kind = 'camera')
    EXECUTE FUNCTION mingchu_share_site();
INSERT INTO lease (kind, key) SELECT DISTINCT 'vision', tenant_id || '/' || site_id FROM device WHERE kind = 'camera';

-- The slot of a node decides its partition of intake, however many there are. The functions are the same in every version.
ALTER TABLE node ADD COLUMN slot integer NOT NULL
    GENERATED ALWAYS AS (('x' || substr(md5(id), 1, 7))::bit(28)::integer) STORED;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
