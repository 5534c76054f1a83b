-- database_size --
-- The size of the database on its disk.
SELECT pg_database_size(current_database())

-- add --
-- Store a sample; a second one of the same moment is left out.
INSERT INTO space_sample (at, database_bytes, evidence_bytes, here_bytes, free_bytes)
VALUES (%(at)s, %(database_bytes)s, %(evidence_bytes)s, %(here_bytes)s, %(free_bytes)s) ON CONFLICT DO NOTHING

-- forget --
-- Forget old samples.
DELETE FROM space_sample WHERE at < %(before)s

-- since --
-- The samples since a moment, oldest first.
SELECT * FROM mingchu_space(%(since)s)
