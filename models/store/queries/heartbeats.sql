-- role_alive --
-- Store a heartbeat of a role; after a minute of silence its uninterrupted work begins anew.
INSERT INTO role_heartbeat (role, replica, at, since) VALUES (%(role)s, %(replica)s, %(at)s, %(at)s)
ON CONFLICT (role, replica) DO UPDATE SET at = EXCLUDED.at,
    since = CASE WHEN EXCLUDED.at - role_heartbeat.at > interval '1 minute' THEN EXCLUDED.at ELSE role_heartbeat.since END

-- newest_heartbeat --
-- The newest heartbeat of a role, of any replica.
SELECT max(at) FROM role_heartbeat WHERE role = %(role)s

-- working_since --
-- The start of a role's uninterrupted work, according to the replicas with recent heartbeats.
SELECT min(since) FROM role_heartbeat WHERE role = %(role)s AND at >= %(heard_from)s
