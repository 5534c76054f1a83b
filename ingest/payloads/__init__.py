"""Contracts of what travels by MQTT: SenML readings, CloudEvents, status, receipts."""
