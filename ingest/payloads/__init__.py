"""Formats of MQTT payloads: SenML readings, CloudEvents, status, receipts, commands."""
