-- outlet --
-- The place of an enterprise in a chain.
SELECT * FROM outlet WHERE entity_id = %(entity_id)s

-- outlets --
-- Outlets, a page by id.
SELECT * FROM outlet WHERE %(after)s::uuid IS NULL OR entity_id > %(after)s ORDER BY entity_id LIMIT %(limit)s

-- put --
-- Set the place of an enterprise in a chain.
INSERT INTO outlet (entity_id, tenant_id, region_code, hq_id, parent_id, set_by, set_at)
VALUES (%(entity_id)s, %(tenant_id)s, %(region_code)s, %(hq_id)s, %(parent_id)s, %(set_by)s, %(set_at)s)
ON CONFLICT (entity_id) DO UPDATE SET hq_id = EXCLUDED.hq_id, parent_id = EXCLUDED.parent_id,
    set_by = EXCLUDED.set_by, set_at = EXCLUDED.set_at
RETURNING *

-- remove --
-- Take an enterprise out of its chain.
DELETE FROM outlet WHERE entity_id = %(entity_id)s

-- below --
-- What the enterprise of the scope may know of its outlets.
SELECT * FROM mingchu_outlets(%(first)s, %(last)s)

-- common --
-- Hazards of one code that several outlets of the enterprise of the scope had.
SELECT * FROM mingchu_common_problems(%(since)s)

-- has_below --
-- Whether an enterprise has outlets that the caller may see.
SELECT EXISTS (SELECT FROM outlet WHERE hq_id = %(entity_id)s OR parent_id = %(entity_id)s)
