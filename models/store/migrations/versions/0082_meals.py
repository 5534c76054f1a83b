"""Meals of canteens (餐次): what was served, who ate with the guests (陪餐), and where the food came from."""

from alembic import op

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE meal_record (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    site_id text NOT NULL REFERENCES site,
    day date NOT NULL,
    meal text NOT NULL CHECK (meal IN ('breakfast', 'lunch', 'dinner', 'supper')),
    diners integer NOT NULL CHECK (diners BETWEEN 0 AND 100000),
    dishes text[] NOT NULL CHECK (cardinality(dishes) BETWEEN 1 AND 60),
    supplies jsonb NOT NULL CHECK (octet_length(supplies::text) <= 100000),
    sampled boolean NOT NULL,
    companion text NOT NULL DEFAULT '' CHECK (length(companion) <= 50),
    companion_words text NOT NULL DEFAULT '' CHECK (length(companion_words) <= 500),
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1,
    UNIQUE (site_id, day, meal)
);
CREATE INDEX meal_record_entity ON meal_record (entity_id, day);
ALTER TABLE meal_record ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON meal_record TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON meal_record TO mingchu_api USING (mingchu_sees(tenant_id, region_code, entity_id))
    WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id));
GRANT SELECT, INSERT, UPDATE ON meal_record TO mingchu_worker;
GRANT SELECT, INSERT, UPDATE (diners, dishes, supplies, sampled, companion, companion_words, recorded_by, recorded_at,
                              version) ON meal_record TO mingchu_api;
CREATE TRIGGER never_deleted BEFORE DELETE ON meal_record FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
