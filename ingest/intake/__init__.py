"""From MQTT messages to committed rows: admission, sorting, storing."""
