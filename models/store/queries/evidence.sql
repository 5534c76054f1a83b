-- add_evidence --
-- Register a file of the evidence store.
INSERT INTO evidence (id, tenant_id, entity_id, region_code, kind, sha256, bytes, mime, captured_at, ends_at,
                      detail)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(kind)s, %(sha256)s, %(bytes)s, %(mime)s,
        %(captured_at)s, %(ends_at)s, %(detail)s)

-- evidence --
-- One piece of evidence.
SELECT * FROM evidence WHERE id = %(id)s

-- evidence_of --
-- Several pieces of evidence.
SELECT * FROM evidence WHERE id = ANY(%(ids)s) ORDER BY id

-- purge_of --
-- When and why a file was deleted.
SELECT * FROM evidence_purge WHERE evidence_id = %(id)s
