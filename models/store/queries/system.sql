-- system --
-- Processes, queues, sizes and versions.
SELECT mingchu_system()
