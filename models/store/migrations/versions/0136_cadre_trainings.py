"""Training (培训) of cadres: hours, subject and proof; never changed, only voided with a reason."""

from alembic import op

revision = "0136"
down_revision = "0135"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE cadre_training (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    region_code text NOT NULL,
    cadre_id uuid NOT NULL REFERENCES cadre,
    held_on date NOT NULL,
    hours numeric(4,1) NOT NULL CHECK (hours BETWEEN 0.5 AND 80),
    subject text NOT NULL CHECK (length(btrim(subject)) BETWEEN 1 AND 200),
    organiser text NOT NULL CHECK (length(btrim(organiser)) BETWEEN 1 AND 100),
    proof text NOT NULL CHECK (length(btrim(proof)) BETWEEN 1 AND 200),
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    voided_at timestamptz,
    voided_by text,
    void_reason text CHECK (length(btrim(void_reason)) BETWEEN 1 AND 200),
    CONSTRAINT cadre_training_void CHECK (num_nulls(voided_at, voided_by, void_reason) IN (0, 3))
);
CREATE UNIQUE INDEX cadre_training_once ON cadre_training (cadre_id, held_on, subject) WHERE voided_at IS NULL;
CREATE INDEX cadre_training_cadre ON cadre_training (cadre_id, held_on, id);
ALTER TABLE cadre_training ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON cadre_training TO mingchu_worker USING (true) WITH CHECK (true);
-- Those who supervise a region know and keep what its own cadres took; enterprises and groups see none of it.
CREATE POLICY api ON cadre_training TO mingchu_api USING (mingchu_supervises(tenant_id, region_code, NULL))
    WITH CHECK (mingchu_supervises(tenant_id, region_code, NULL));
GRANT SELECT, INSERT, UPDATE (voided_at, voided_by, void_reason) ON cadre_training TO mingchu_worker, mingchu_api;
CREATE TRIGGER never_deleted BEFORE DELETE ON cadre_training FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
CREATE TRIGGER cadre_training_notes_change AFTER INSERT OR UPDATE ON cadre_training
    FOR EACH ROW EXECUTE FUNCTION mingchu_note_change('id', '', '');
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
