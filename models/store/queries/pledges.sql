-- pledge --
-- One pledge.
SELECT * FROM pledge WHERE id = %(id)s

-- add_pledge --
-- Store a signed pledge.
INSERT INTO pledge (id, tenant_id, entity_id, region_code, cadre_id, cadre, post, level, entity, tier, template, text,
                    text_sha256, login, signed_at, signature, proof)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(cadre_id)s, %(cadre)s, %(post)s, %(level)s, %(entity)s,
        %(tier)s, %(template)s, %(text)s, %(text_sha256)s, %(login)s, %(signed_at)s, %(signature)s,
        %(proof)s)

-- due --
-- Operating enterprises with a primary cadre, and the last pledge of that cadre: signed ones, unsigned ones or all.
SELECT * FROM pledge_due
WHERE (%(after)s::uuid IS NULL OR entity_id > %(after)s)
  AND (%(signed)s::boolean IS NULL OR (pledge_id IS NOT NULL AND lapsed IS NULL) = %(signed)s)
  AND (%(cadre_id)s::uuid IS NULL OR cadre_id = %(cadre_id)s)
ORDER BY entity_id LIMIT %(limit)s

-- due_of --
-- One enterprise with its primary cadre and their last pledge.
SELECT * FROM pledge_due WHERE entity_id = %(entity_id)s

-- set_template --
-- Store the version of the lists that counts now; pledges of another one lapse.
UPDATE pledge_template SET version = %(version)s WHERE version <> %(version)s

-- rate --
-- How many pledges are due, and how many of them are signed.
SELECT count(*), count(*) FILTER (WHERE pledge_id IS NOT NULL AND lapsed IS NULL) FROM pledge_due
