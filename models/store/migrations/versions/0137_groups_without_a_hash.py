"""Rows of a large access group are looked up one by one: a page asks for few, and a hash of all members takes longer."""

from alembic import op

revision = "0137"
down_revision = "0136"
branch_labels = None
depends_on = None

# The planner makes a hash of the members (31,500: 20 ms, and again for each partition) where it expects many rows,
# whatever the page's limit is. It can't where the subquery has an offset. A table that is added later gets the same
# condition from the function; the others from the statements below.
_SQL = r"""
DO $$
DECLARE
    body text := pg_get_functiondef('mingchu_visible(regclass, text)'::regprocedure);
    hashed text := $old$|| format(' AND m.entity_id = %s.%s)', relation, entity)$old$;
    one_by_one text := $new$|| format(' AND m.entity_id = %s.%s OFFSET 0)', relation, entity)$new$;
    policy record;
    visible text;
BEGIN
    IF strpos(body, hashed) = 0 THEN
        RAISE EXCEPTION 'mingchu_visible has another condition for large groups than this migration knows';
    END IF;
    EXECUTE replace(body, hashed, one_by_one);
    FOR policy IN SELECT tablename, with_check IS NOT NULL AS checked FROM pg_policies
                  WHERE schemaname = 'public' AND policyname = 'seen_by_group_many' AND strpos(qual, 'm.entity_id = ') > 0
    LOOP
        visible := mingchu_visible(policy.tablename::regclass, 'group_many');
        EXECUTE format('ALTER POLICY seen_by_group_many ON %I USING (%s)', policy.tablename, visible)
                || CASE WHEN policy.checked THEN format(' WITH CHECK (%s)', visible) ELSE '' END;
    END LOOP;
END $$;
-- Of few enterprises the cadres are listed, of many a page's cadres are asked for.
ALTER POLICY seen_by_group ON cadre TO mingchu_api_group_few;
CREATE POLICY seen_by_large_group ON cadre FOR SELECT TO mingchu_api_group_many
    USING (tenant_id = current_setting('mingchu.tenant', true)
           AND EXISTS (SELECT FROM assignment a WHERE a.cadre_id = cadre.id AND a.valid_to IS NULL OFFSET 0));
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
