-- lock_sealer --
-- Become the only sealer, because a chain has one end. Returns false if another one is working.
SELECT pg_try_advisory_xact_lock(hashtextextended('mingchu evidence chain', 0))

-- take_unsealed --
-- Take waiting records, the longest waiting first.
DELETE FROM evidence_unsealed WHERE id IN (SELECT id FROM evidence_unsealed ORDER BY id LIMIT %(limit)s)
RETURNING id, tenant_id, object

-- evidence_rows --
-- Pieces of evidence with the columns of their records.
SELECT id, tenant_id, entity_id, region_code, kind, sha256, bytes, mime, captured_at, ends_at, stored_at, detail
FROM evidence WHERE id = ANY(%(ids)s)

-- step_rows --
-- Steps with the columns of their records.
SELECT object, object_id, version, tenant_id, entity_id, region_code, at, actor, command, from_state, to_state, reason,
       evidence_ids
FROM transition WHERE object_id = ANY(%(ids)s)

-- purge_rows --
-- Deletions with the columns of their records.
SELECT evidence_id, tenant_id, entity_id, region_code, purged_at, reason FROM evidence_purge
WHERE evidence_id = ANY(%(ids)s)

-- audit_rows --
-- Entries of the audit log with the columns of their records.
SELECT id, seq, tenant_id, entity_id, region_code, at, actor, action, object, reason, detail FROM audit_entry
WHERE id = ANY(%(ids)s)

-- end_of_chain --
-- The last link of a tenant's chain.
SELECT seq, day, chain_hash FROM evidence_chain WHERE tenant_id = %(tenant_id)s ORDER BY seq DESC LIMIT 1

-- add_links --
-- Append links to a tenant's chain.
INSERT INTO evidence_chain (tenant_id, seq, day, entity_id, region_code, object, record, record_hash, chain_hash, sealed_at)
SELECT %(tenant_id)s, link.seq, %(day)s, link.entity_id, link.region_code, link.object, link.record, link.record_hash,
       link.chain_hash, %(at)s
FROM unnest(%(seqs)s::bigint[], %(entity_ids)s::uuid[], %(region_codes)s::text[], %(objects)s::text[], %(records)s::text[],
            %(record_hashes)s::text[], %(chain_hashes)s::text[])
    AS link (seq, entity_id, region_code, object, record, record_hash, chain_hash)

-- open_days --
-- Past days without a root.
SELECT c.tenant_id, c.day FROM evidence_chain c
WHERE c.day < %(today)s AND NOT EXISTS (SELECT FROM evidence_day d WHERE d.tenant_id = c.tenant_id AND d.day = c.day)
GROUP BY c.tenant_id, c.day ORDER BY c.day LIMIT %(limit)s

-- hashes_of_day --
-- The record hashes of a day, in order.
SELECT seq, record_hash FROM evidence_chain WHERE tenant_id = %(tenant_id)s AND day = %(day)s ORDER BY seq

-- close_day --
-- Store the root of a day.
INSERT INTO evidence_day (tenant_id, day, first_seq, last_seq, root, closed_at)
VALUES (%(tenant_id)s, %(day)s, %(first_seq)s, %(last_seq)s, %(root)s, %(at)s) ON CONFLICT DO NOTHING

-- days --
-- The roots of some days.
SELECT * FROM evidence_day WHERE tenant_id = %(tenant_id)s AND (%(days)s::date[] IS NULL OR day = ANY(%(days)s)) ORDER BY day

-- links_of --
-- The links of some objects with the chain hash before each, in order.
SELECT c.*, coalesce(p.chain_hash, repeat('0', 64)) AS previous FROM evidence_chain c
LEFT JOIN evidence_chain p ON p.tenant_id = c.tenant_id AND p.seq = c.seq - 1
WHERE c.tenant_id = %(tenant_id)s AND c.object = ANY(%(objects)s) ORDER BY c.seq

-- links_after --
-- A page of a tenant's chain, in order.
SELECT *, '' AS previous FROM evidence_chain WHERE tenant_id = %(tenant_id)s AND seq > %(after)s ORDER BY seq LIMIT %(limit)s

-- tenants_with_chain --
-- The tenants that have a chain.
SELECT DISTINCT tenant_id FROM evidence_chain ORDER BY tenant_id

-- unsealed_total --
-- The number of records that wait to be sealed.
SELECT count(*) FROM evidence_unsealed

-- left_out --
-- Objects of a tenant that are neither in the chain nor waiting for it: somebody removed them.
SELECT object FROM (
    SELECT 'evidence:' || id::text AS object FROM evidence WHERE tenant_id = %(tenant_id)s
    UNION ALL SELECT 'step:' || object || ':' || object_id::text || ':' || version::text FROM transition
              WHERE tenant_id = %(tenant_id)s
    UNION ALL SELECT 'audit:' || id::text FROM audit_entry WHERE tenant_id = %(tenant_id)s
    UNION ALL SELECT 'purge:' || evidence_id::text FROM evidence_purge WHERE tenant_id = %(tenant_id)s) known
WHERE NOT EXISTS (SELECT FROM evidence_chain c WHERE c.tenant_id = %(tenant_id)s AND c.object = known.object)
  AND NOT EXISTS (SELECT FROM evidence_unsealed u WHERE u.tenant_id = %(tenant_id)s AND u.object = known.object)
ORDER BY object LIMIT %(limit)s

-- unstamped --
-- Closed days without a timestamp, the oldest first.
SELECT d.* FROM evidence_day d
WHERE NOT EXISTS (SELECT FROM evidence_stamp s WHERE s.tenant_id = d.tenant_id AND s.day = d.day)
ORDER BY d.day, d.tenant_id LIMIT %(limit)s

-- unstamped_total --
-- The number of closed days without a timestamp.
SELECT count(*) FROM evidence_day d
WHERE NOT EXISTS (SELECT FROM evidence_stamp s WHERE s.tenant_id = d.tenant_id AND s.day = d.day)

-- add_stamp --
-- Store the timestamp of a day, unless it has one.
INSERT INTO evidence_stamp (tenant_id, day, authority, response, stamped_at)
VALUES (%(tenant_id)s, %(day)s, %(authority)s, %(response)s, %(at)s) ON CONFLICT DO NOTHING

-- stamps --
-- The timestamps of some days.
SELECT * FROM evidence_stamp WHERE tenant_id = %(tenant_id)s AND day = ANY(%(days)s) ORDER BY day
