-- role_alive --
-- Store that a role works; after a minute of silence its working time starts again.
INSERT INTO role_heartbeat (role, replica, at, since) VALUES (%(role)s, %(replica)s, %(at)s, %(at)s)
ON CONFLICT (role, replica) DO UPDATE SET at = EXCLUDED.at,
    since = CASE WHEN EXCLUDED.at - role_heartbeat.at > interval '1 minute' THEN EXCLUDED.at ELSE role_heartbeat.since END

-- newest_heartbeat --
-- When any replica of a role last reported that it works.
SELECT max(at) FROM role_heartbeat WHERE role = %(role)s

-- working_since --
-- Since when a role works without a break, by the replicas that reported lately.
SELECT min(since) FROM role_heartbeat WHERE role = %(role)s AND at >= %(heard_from)s
