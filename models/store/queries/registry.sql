-- add_tenant --
-- Register a tenant; registering it again changes nothing.
INSERT INTO tenant (id, name) VALUES (%(id)s, %(name)s) ON CONFLICT (id) DO NOTHING

-- add_region --
-- Name a region; a second time renames it.
INSERT INTO region (code, name) VALUES (%(code)s, %(name)s) ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name

-- name_region --
-- Name a region that has no name yet.
SELECT mingchu_name_region(%(code)s, %(name)s)

-- regions --
-- The names of regions.
SELECT code, name FROM region ORDER BY code

-- entity_of_code --
-- The enterprise of a tenant with a credit code.
SELECT * FROM entity WHERE tenant_id = %(tenant_id)s AND credit_code = %(credit_code)s

-- add_entity --
-- Register an enterprise.
INSERT INTO entity (id, tenant_id, name, credit_code, licence_no, region_code, guarantee_tier, risk_grade)
VALUES (%(id)s, %(tenant_id)s, %(name)s, %(credit_code)s, %(licence_no)s, %(region_code)s, %(guarantee_tier)s,
        %(risk_grade)s)

-- entity --
-- One enterprise.
SELECT * FROM entity WHERE id = %(id)s

-- entities --
-- Enterprises whose name contains a text, a page by id.
SELECT * FROM entity
WHERE (%(after)s::uuid IS NULL OR id > %(after)s) AND (%(text)s = '' OR strpos(name, %(text)s) > 0)
ORDER BY id LIMIT %(limit)s

-- add_person --
-- Register an accountable person.
INSERT INTO person (id, tenant_id, entity_id, region_code, name, post, valid_from, set_by)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(name)s, %(post)s,
        coalesce(%(valid_from)s::timestamptz, now()), %(set_by)s)

-- person --
-- One accountable person.
SELECT * FROM person WHERE id = %(id)s

-- entities_of_tenant --
-- Every enterprise of a tenant.
SELECT * FROM entity WHERE tenant_id = %(tenant_id)s ORDER BY id

-- sites_of_entity --
-- The kitchens of an enterprise, by id.
SELECT * FROM site WHERE entity_id = %(entity_id)s ORDER BY id LIMIT %(limit)s

-- people_in_office --
-- Everybody who holds a post of an enterprise at a moment.
SELECT * FROM person
WHERE entity_id = %(entity_id)s AND valid_from <= %(at)s AND (valid_to IS NULL OR valid_to > %(at)s)
ORDER BY array_position(ARRAY['officer', 'director', 'principal'], post), valid_from DESC, id LIMIT 100

-- officer --
-- The food-safety officer of an enterprise who was named last and is in office.
SELECT * FROM person WHERE entity_id = %(entity_id)s AND post = 'officer' AND valid_to IS NULL
ORDER BY valid_from DESC, id DESC LIMIT 1

-- end_officers --
-- End the office of an enterprise's officers.
UPDATE person SET valid_to = greatest(%(at)s, valid_from)
WHERE entity_id = %(entity_id)s AND post = 'officer' AND valid_to IS NULL

-- change_entity --
-- Change an enterprise's name or licence.
UPDATE entity SET name = %(name)s, licence_no = %(licence_no)s WHERE id = %(id)s

-- change_site --
-- Change a kitchen's name, address or closing hours.
UPDATE site SET name = %(name)s, address = %(address)s, closed_from = %(closed_from)s, closed_to = %(closed_to)s
WHERE id = %(id)s

-- place_site --
-- Set the position of a kitchen.
UPDATE site SET latitude = %(latitude)s, longitude = %(longitude)s, datum = %(datum)s WHERE id = %(id)s RETURNING *

-- add_site --
-- Register a kitchen.
INSERT INTO site (id, tenant_id, entity_id, region_code, name, address, closed_from, closed_to)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(name)s, %(address)s, %(closed_from)s, %(closed_to)s)

-- site --
-- One kitchen.
SELECT * FROM site WHERE id = %(id)s

-- sites --
-- Kitchens, of an enterprise if it is given, a page by id.
SELECT * FROM site WHERE id > %(after)s AND (%(entity_id)s::uuid IS NULL OR entity_id = %(entity_id)s)
ORDER BY id LIMIT %(limit)s

-- lock_site --
-- One registration at a kitchen at a time, up to the end of the transaction.
SELECT pg_advisory_xact_lock(7266002, hashtext(%(site_id)s))

-- sites_of --
-- Several kitchens.
SELECT * FROM site WHERE id = ANY(%(ids)s) ORDER BY id

-- entities_of --
-- Several enterprises.
SELECT * FROM entity WHERE id = ANY(%(ids)s) ORDER BY id

-- people_of --
-- Several accountable people.
SELECT * FROM person WHERE id = ANY(%(ids)s) ORDER BY id
