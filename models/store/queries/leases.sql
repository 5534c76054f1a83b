-- begin --
-- Begin a life of a process that shares work; `life` is in seconds, by the database's clock. Its end lies within twice
-- the life from now: one that ends later was begun before that clock was set back, and nobody would succeed it for long.
INSERT INTO lease_holder (kind, name, until, life)
VALUES (%(kind)s, %(name)s, clock_timestamp() + make_interval(secs => %(life)s), make_interval(secs => %(life)s))
RETURNING id

-- end_former_lives --
-- End the earlier lives of a process of this name, whose work is free at once.
DELETE FROM lease_holder WHERE kind = %(kind)s AND name = %(name)s AND id < %(holder)s

-- forget_ended --
-- Forget lives that ended long ago; what they still held becomes free.
DELETE FROM lease_holder WHERE kind = %(kind)s AND until < clock_timestamp() - interval '1 hour'

-- renew --
-- Renew a life, also one whose time is over; then others may have taken some of its work. Returns no row if it was ended.
WITH before AS (
    SELECT id, until BETWEEN clock_timestamp() AND clock_timestamp() + 2 * life AS unbroken FROM lease_holder
    WHERE id = %(holder)s FOR UPDATE)
UPDATE lease_holder h SET until = clock_timestamp() + make_interval(secs => %(life)s),
    life = make_interval(secs => %(life)s), held = %(held)s, weight = %(weight)s
FROM before WHERE h.id = before.id RETURNING before.unbroken

-- report --
-- Tell the others how many shares a life holds.
UPDATE lease_holder SET held = %(held)s WHERE id = %(holder)s

-- living --
-- The lives of a kind whose time is not over, the oldest first.
SELECT id, held, weight FROM lease_holder
WHERE kind = %(kind)s AND until BETWEEN clock_timestamp() AND clock_timestamp() + 2 * life ORDER BY id

-- free --
-- How many shares nobody holds, counted up to `limit`.
SELECT count(*) FROM (
    SELECT FROM lease WHERE kind = %(kind)s AND starts_with(key, %(prefix)s) AND (holder IS NULL OR holder = ANY(ARRAY(
        SELECT id FROM lease_holder WHERE kind = %(kind)s
        AND until NOT BETWEEN clock_timestamp() AND clock_timestamp() + 2 * life)))
    LIMIT %(limit)s) AS unheld

-- take --
-- Take shares that nobody holds.
WITH chosen AS (
    SELECT key FROM lease WHERE kind = %(kind)s AND starts_with(key, %(prefix)s) AND (holder IS NULL OR holder = ANY(ARRAY(
        SELECT id FROM lease_holder WHERE kind = %(kind)s
        AND until NOT BETWEEN clock_timestamp() AND clock_timestamp() + 2 * life)))
    LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE lease SET holder = %(holder)s FROM chosen WHERE lease.kind = %(kind)s AND lease.key = chosen.key RETURNING lease.key

-- held --
-- What a life holds.
SELECT key FROM lease WHERE holder = %(holder)s

-- give_back --
-- Give shares back.
UPDATE lease SET holder = NULL WHERE kind = %(kind)s AND holder = %(holder)s AND key = ANY(%(keys)s)

-- end --
-- End a life and give back what it holds.
DELETE FROM lease_holder WHERE id = %(holder)s

-- is_held --
-- Whether a living process holds a share; locked, so that it stays so until the commit.
SELECT FROM lease l WHERE kind = %(kind)s AND key = %(key)s AND holder = %(holder)s AND EXISTS (
    SELECT FROM lease_holder h WHERE h.id = l.holder AND h.until BETWEEN clock_timestamp() AND clock_timestamp() + 2 * h.life) FOR SHARE OF l

-- shares --
-- Every share of a kind.
SELECT key FROM lease WHERE kind = %(kind)s ORDER BY key

-- add_shares --
-- Add shares to a kind.
INSERT INTO lease (kind, key) SELECT %(kind)s, unnest(%(keys)s::text[]) ON CONFLICT DO NOTHING

-- drop_shares --
-- End all shares of a kind.
DELETE FROM lease WHERE kind = %(kind)s
