"""Training (培训) of the people of enterprises: hours, subject and proof; never changed, only voided with a reason."""

from alembic import op

revision = "0107"
down_revision = "0106"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE training (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    person_id uuid NOT NULL REFERENCES person,
    held_on date NOT NULL,
    hours numeric(4,1) NOT NULL CHECK (hours BETWEEN 0.5 AND 80),
    subject text NOT NULL CHECK (length(btrim(subject)) BETWEEN 1 AND 200),
    organiser text NOT NULL CHECK (length(btrim(organiser)) BETWEEN 1 AND 100),
    -- The certificate's number, or where the sheet of signatures is kept.
    proof text NOT NULL CHECK (length(btrim(proof)) BETWEEN 1 AND 200),
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    voided_at timestamptz,
    voided_by text,
    void_reason text CHECK (length(btrim(void_reason)) BETWEEN 1 AND 200),
    CONSTRAINT training_void CHECK (num_nulls(voided_at, voided_by, void_reason) IN (0, 3))
);
CREATE UNIQUE INDEX training_once ON training (person_id, held_on, subject) WHERE voided_at IS NULL;
CREATE INDEX training_entity ON training (entity_id, held_on, id);
CREATE INDEX training_tenant ON training (tenant_id, held_on);
ALTER TABLE training ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON training TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON training TO mingchu_api USING (mingchu_sees(tenant_id, region_code, entity_id))
    WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id));
GRANT SELECT, INSERT, UPDATE (voided_at, voided_by, void_reason) ON training TO mingchu_worker, mingchu_api;
CREATE TRIGGER never_deleted BEFORE DELETE ON training FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
CREATE TRIGGER training_notes_change AFTER INSERT OR UPDATE ON training
    FOR EACH ROW EXECUTE FUNCTION mingchu_note_change('id', '', '');
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
