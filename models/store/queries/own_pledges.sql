-- pledge --
-- One pledge of a person of an enterprise.
SELECT * FROM own_pledge WHERE id = %(id)s

-- add --
-- Store a signed pledge.
INSERT INTO own_pledge (id, tenant_id, entity_id, region_code, person_id, name, post, entity, tier, template, text,
                        text_sha256, login, proof, signed_at, signature)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(person_id)s, %(name)s, %(post)s, %(entity)s, %(tier)s,
        %(template)s, %(text)s, %(text_sha256)s, %(login)s, %(proof)s, %(signed_at)s, %(signature)s)

-- due --
-- The people in office of an enterprise with their last pledges, by post.
SELECT * FROM own_pledge_due WHERE entity_id = %(entity_id)s
ORDER BY array_position(ARRAY['principal', 'director', 'officer'], post), since DESC, person_id LIMIT %(limit)s

-- due_of --
-- One person in office with their last pledge.
SELECT * FROM own_pledge_due WHERE person_id = %(person_id)s

-- lock --
-- Let one transaction at a time sign for a person.
SELECT pg_advisory_xact_lock(hashtextextended('own pledge ' || %(person_id)s::text, 0))

-- rate --
-- How many pledges of people of enterprises are due, and how many are signed: as the counts have it, and counted now
-- where something changed since.
WITH marked AS MATERIALIZED (SELECT DISTINCT tenant_id, region_code FROM pledge_mark)
SELECT coalesce(sum(due), 0), coalesce(sum(signed), 0) FROM (
    SELECT own_due AS due, own_signed AS signed FROM pledge_count
    WHERE NOT EXISTS (SELECT FROM marked
                      WHERE marked.tenant_id = pledge_count.tenant_id AND marked.region_code = pledge_count.region_code)
    UNION ALL
    SELECT now.due, now.signed FROM marked CROSS JOIN LATERAL mingchu_own_pledges_of(tenant_id, region_code) AS now
) AS regions
