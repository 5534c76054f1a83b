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
-- Enterprise by enterprise: joined as a whole, all of a county would be sorted for one page of them.
SELECT d.* FROM (
    SELECT a.entity_id FROM assignment a
    WHERE a.part = 'primary' AND a.valid_to IS NULL AND (%(after)s::uuid IS NULL OR a.entity_id > %(after)s)
      AND (%(cadre_id)s::uuid IS NULL OR a.cadre_id = %(cadre_id)s)
    ORDER BY a.entity_id OFFSET 0
) AS wanted CROSS JOIN LATERAL (SELECT * FROM pledge_due WHERE entity_id = wanted.entity_id OFFSET 0) AS d
WHERE %(signed)s::boolean IS NULL OR (d.pledge_id IS NOT NULL AND d.lapsed IS NULL) = %(signed)s
ORDER BY wanted.entity_id LIMIT %(limit)s

-- unsigned --
-- Operating enterprises with a primary cadre who has yet to sign: those that are known, and those of regions in which
-- something changed since. One by one as above.
SELECT d.* FROM (
    SELECT entity_id FROM (
        SELECT m.entity_id FROM pledge_missing m
        WHERE (%(after)s::uuid IS NULL OR m.entity_id > %(after)s)
          AND m.region_code <> ALL (ARRAY(SELECT mingchu_marked_pledges()))
        UNION ALL
        SELECT e.id FROM entity e
        WHERE (%(after)s::uuid IS NULL OR e.id > %(after)s) AND EXISTS (SELECT FROM mingchu_marked_pledges())
          AND left(e.region_code, 9) = ANY (ARRAY(SELECT left(r, 9) FROM mingchu_marked_pledges() AS r))
          AND e.region_code = ANY (ARRAY(SELECT mingchu_marked_pledges()))
    ) AS known ORDER BY entity_id OFFSET 0
) AS wanted CROSS JOIN LATERAL (SELECT * FROM pledge_due WHERE entity_id = wanted.entity_id OFFSET 0) AS d
WHERE (d.pledge_id IS NULL OR d.lapsed IS NOT NULL) AND (%(cadre_id)s::uuid IS NULL OR d.cadre_id = %(cadre_id)s)
ORDER BY wanted.entity_id LIMIT %(limit)s

-- due_of --
-- One enterprise with its primary cadre and their last pledge.
SELECT * FROM pledge_due WHERE entity_id = %(entity_id)s

-- set_template --
-- Store the version of the lists that counts now; pledges of another one lapse.
UPDATE pledge_template SET version = %(version)s, own_version = coalesce(%(own_version)s, own_version)
WHERE version <> %(version)s OR own_version <> %(own_version)s

-- rate --
-- How many pledges are due, and how many of them are signed.
-- Regions in which something changed since the last count are counted now.
WITH marked AS MATERIALIZED (SELECT DISTINCT tenant_id, region_code FROM pledge_mark)
SELECT coalesce(sum(due), 0), coalesce(sum(signed), 0) FROM (
    SELECT due, signed FROM pledge_count
    WHERE NOT EXISTS (SELECT FROM marked
                      WHERE marked.tenant_id = pledge_count.tenant_id AND marked.region_code = pledge_count.region_code)
    UNION ALL
    SELECT now.due, now.signed FROM marked CROSS JOIN LATERAL mingchu_pledges_of(tenant_id, region_code) AS now
) AS regions

-- count_marked --
-- Count the regions anew in which something changed, at most `limit`, and take away the marks that the count has seen.
WITH chosen AS (
    SELECT DISTINCT tenant_id, region_code FROM pledge_mark LIMIT %(limit)s
), gone AS (
    DELETE FROM pledge_mark m USING chosen c WHERE m.tenant_id = c.tenant_id AND m.region_code = c.region_code
), lacking AS (
    SELECT d.tenant_id, d.region_code, d.entity_id FROM chosen c
    JOIN pledge_due d ON d.tenant_id = c.tenant_id AND d.region_code = c.region_code
    WHERE d.pledge_id IS NULL OR d.lapsed IS NOT NULL
), settled AS (
    DELETE FROM pledge_missing m USING chosen c
    WHERE m.tenant_id = c.tenant_id AND m.region_code = c.region_code
      AND NOT EXISTS (SELECT FROM lacking l WHERE l.entity_id = m.entity_id)
), added AS (
    INSERT INTO pledge_missing (tenant_id, region_code, entity_id)
    SELECT l.tenant_id, l.region_code, l.entity_id FROM lacking l
    WHERE NOT EXISTS (SELECT FROM pledge_missing m WHERE m.entity_id = l.entity_id)
    ON CONFLICT DO NOTHING
)
INSERT INTO pledge_count (tenant_id, region_code, due, signed, own_due, own_signed)
SELECT c.tenant_id, c.region_code, now.due, now.signed, own.due, own.signed
FROM chosen c CROSS JOIN LATERAL mingchu_pledges_of(c.tenant_id, c.region_code) AS now
CROSS JOIN LATERAL mingchu_own_pledges_of(c.tenant_id, c.region_code) AS own
ON CONFLICT (tenant_id, region_code) DO UPDATE
SET due = EXCLUDED.due, signed = EXCLUDED.signed, own_due = EXCLUDED.own_due, own_signed = EXCLUDED.own_signed
