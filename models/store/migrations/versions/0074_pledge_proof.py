"""How who signed a pledge proved who they are; a pledge lapses when the enterprise's principal changes."""

from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE pledge ADD COLUMN proof text CHECK (proof IN ('password', 'code'));

CREATE OR REPLACE VIEW pledge_due WITH (security_invoker = true) AS
SELECT e.tenant_id, e.id AS entity_id, e.region_code, e.name AS entity, e.guarantee_tier AS tier, a.cadre_id,
       c.name AS cadre, c.level, a.valid_from AS since, p.id AS pledge_id, p.signed_at,
       CASE WHEN p.id IS NULL THEN NULL
            WHEN p.tier IS DISTINCT FROM e.guarantee_tier THEN 'tier'
            WHEN p.template <> t.version THEN 'template'
            WHEN p.entity <> e.name OR EXISTS (
                SELECT FROM entity_change x WHERE x.entity_id = e.id AND x.kind = 'owner' AND x.at > p.signed_at)
            THEN 'owner'
            -- The first principal who is named changes nothing; the next one does.
            WHEN EXISTS (SELECT FROM person h WHERE h.entity_id = e.id AND h.post = 'principal'
                         AND h.valid_from > p.signed_at)
                AND EXISTS (SELECT FROM person h WHERE h.entity_id = e.id AND h.post = 'principal'
                            AND h.valid_from <= p.signed_at)
            THEN 'principal' END AS lapsed
FROM assignment a
JOIN entity e ON e.id = a.entity_id AND e.operating = 'open'
JOIN cadre c ON c.id = a.cadre_id
CROSS JOIN pledge_template t
LEFT JOIN LATERAL (SELECT * FROM pledge p WHERE p.entity_id = e.id AND p.cadre_id = a.cadre_id
                   ORDER BY p.signed_at DESC LIMIT 1) p ON true
WHERE a.part = 'primary' AND a.valid_to IS NULL;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
