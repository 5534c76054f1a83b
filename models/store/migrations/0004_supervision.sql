-- Who is watched, and who changed that: devices out of supervision, what an owner may change, since when a role works.

ALTER TABLE device ADD COLUMN version integer NOT NULL DEFAULT 1;
-- Out of supervision for good, by a regulator or an administrator.
ALTER TABLE device ADD COLUMN decommissioned_at timestamptz;

-- A role that was away says nothing about the time before; it begins anew when it has been silent for a minute.
ALTER TABLE role_heartbeat ADD COLUMN since timestamptz NOT NULL DEFAULT now();

-- Every change of a device is counted and gets a line in its history, in the transaction that makes it.
GRANT UPDATE (node_id, version, decommissioned_at) ON device TO mingchu_api;
GRANT UPDATE (version) ON node TO mingchu_api;
GRANT INSERT ON device_history TO mingchu_api;
