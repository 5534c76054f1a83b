"""The registry says which rows changed, so that processes load what speaks and learn of changes."""

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

_SQL = """
-- The transaction of a row's last change that intake, vision or the broker has to know. A number from a sequence would
-- let a reader pass by a change that commits late; a snapshot says exactly which transactions it has not seen.
ALTER TABLE site ADD COLUMN changed_in xid8;
ALTER TABLE node ADD COLUMN changed_in xid8;
ALTER TABLE device ADD COLUMN changed_in xid8;
CREATE INDEX site_changed_in ON site (changed_in) WHERE changed_in IS NOT NULL;
CREATE INDEX node_changed_in ON node (changed_in) WHERE changed_in IS NOT NULL;
CREATE INDEX device_changed_in ON device (changed_in) WHERE changed_in IS NOT NULL;

CREATE FUNCTION mingchu_registry_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := pg_current_xact_id();
    PERFORM pg_notify('mingchu_registry', '');
    RETURN NEW;
END $$;

CREATE TRIGGER registry_added BEFORE INSERT ON node
    FOR EACH ROW EXECUTE FUNCTION mingchu_registry_changed();
CREATE TRIGGER registry_added BEFORE INSERT ON device
    FOR EACH ROW EXECUTE FUNCTION mingchu_registry_changed();
-- What is written with every message (last_seen_at, health …) is none of it: a trigger's condition costs no call.
CREATE TRIGGER registry_changed BEFORE UPDATE ON site FOR EACH ROW
    WHEN ((OLD.closed_from, OLD.closed_to) IS DISTINCT FROM (NEW.closed_from, NEW.closed_to))
    EXECUTE FUNCTION mingchu_registry_changed();
CREATE TRIGGER registry_changed BEFORE UPDATE ON node FOR EACH ROW
    WHEN ((OLD.site_id, OLD.tenant_id, OLD.entity_id, OLD.region_code, OLD.mqtt_hash, OLD.revoked_at, OLD.reset_at)
          IS DISTINCT FROM
          (NEW.site_id, NEW.tenant_id, NEW.entity_id, NEW.region_code, NEW.mqtt_hash, NEW.revoked_at, NEW.reset_at))
    EXECUTE FUNCTION mingchu_registry_changed();
CREATE TRIGGER registry_changed BEFORE UPDATE ON device FOR EACH ROW
    WHEN ((OLD.node_id, OLD.site_id, OLD.tenant_id, OLD.entity_id, OLD.region_code, OLD.kind, OLD.sensor_code, OLD.zone,
           OLD.config, OLD.decommissioned_at)
          IS DISTINCT FROM
          (NEW.node_id, NEW.site_id, NEW.tenant_id, NEW.entity_id, NEW.region_code, NEW.kind, NEW.sensor_code, NEW.zone,
           NEW.config, NEW.decommissioned_at))
    EXECUTE FUNCTION mingchu_registry_changed();
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
