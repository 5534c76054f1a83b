-- lock_round --
-- When all enterprises were evaluated and looked at last, locked: one transaction evaluates at a time.
SELECT evaluated_at, looked_at FROM warning_round FOR UPDATE

-- lock_free_round --
-- The same; no row while another transaction evaluates.
SELECT evaluated_at, looked_at FROM warning_round FOR UPDATE SKIP LOCKED

-- note_evaluated --
-- Note that all enterprises are evaluated as of a moment.
UPDATE warning_round SET evaluated_at = %(at)s, looked_at = %(at)s

-- note_looked --
-- Note until when was looked for what time alone made due.
UPDATE warning_round SET looked_at = greatest(looked_at, %(at)s)

-- mark_due --
-- Mark enterprises for which a moment has passed at which time alone changes a count: a whole day before or after the
-- deadline of a visit or since a cadre is answerable without a pledge, and 7 and 30 days after a hazard.
-- Each span is looked up in an index of its own.
WITH due AS (
    SELECT s.entity_id FROM generate_series(-15, %(most_days)s::integer) AS k CROSS JOIN LATERAL (
        SELECT entity_id FROM supervision_task
        WHERE due_at > %(since)s::timestamptz - k * interval '24 hours'
          AND due_at <= %(at)s::timestamptz - k * interval '24 hours' AND closed_at IS NULL OFFSET 0) AS s
    UNION
    SELECT t.entity_id FROM unnest(ARRAY[7, 30]) AS k CROSS JOIN LATERAL (
        SELECT entity_id FROM task
        WHERE dispatched_at > %(since)s::timestamptz - k * interval '24 hours'
          AND dispatched_at <= %(at)s::timestamptz - k * interval '24 hours' OFFSET 0) AS t
    UNION
    SELECT a.entity_id FROM generate_series(1, %(most_days)s::integer) AS k CROSS JOIN LATERAL (
        SELECT entity_id FROM assignment
        WHERE valid_from > %(since)s::timestamptz - k * interval '24 hours'
          AND valid_from <= %(at)s::timestamptz - k * interval '24 hours' AND part = 'primary' AND valid_to IS NULL
        OFFSET 0) AS a
    JOIN pledge_missing m ON m.entity_id = a.entity_id
)
INSERT INTO warning_mark (entity_id)
SELECT entity_id FROM due WHERE NOT EXISTS (SELECT FROM warning_mark m WHERE m.entity_id = due.entity_id)

-- waiting --
-- How many marks wait, `most` at most, and whether one of them is of all enterprises.
SELECT (SELECT count(*) FROM (SELECT FROM warning_mark LIMIT %(most)s) AS counted),
       EXISTS (SELECT FROM warning_mark WHERE entity_id = %(every)s::uuid)

-- take --
-- Take away the oldest marks of enterprises whose changes are committed, and return the enterprises.
WITH taken AS (
    SELECT id FROM warning_mark WHERE entity_id <> %(every)s::uuid ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
DELETE FROM warning_mark m USING taken WHERE m.id = taken.id RETURNING m.entity_id

-- take_all --
-- Take away every mark whose changes are committed.
WITH taken AS (SELECT id FROM warning_mark FOR UPDATE SKIP LOCKED)
DELETE FROM warning_mark m USING taken WHERE m.id = taken.id
