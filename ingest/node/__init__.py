"""The node's side of MQTT: one connection, and the spool of unacknowledged messages."""
