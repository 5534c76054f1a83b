"""Zigbee2MQTT: `zigbee2mqtt/FRIENDLY_NAME` with a flat JSON object of what the device exposes. Pure.

Source: zigbee2mqtt.io, "MQTT Topics and Messages", and `last_seen` of its configuration (ISO 8601 or epoch ms).
"""

from datetime import UTC, datetime

from ingest.payloads.local_json import Sample, field_of, number_of, parse_object
from models.base.clock import parse_rfc3339


def parse(payload: bytes, *, field: str) -> Sample:
    """Take one field out of a message, as `temperature`, `humidity`, `water_leak`, `smoke` or `contact`.

    Raises:
        Invalid: no JSON object, no such field, or no value in it.
    """
    body = parse_object(payload)
    return Sample(number_of(field_of(body, field), field=field), _seen(body.get("last_seen")))


def _seen(value: object) -> datetime | None:
    """When the device was heard, where it is told with a zone; else the arrival counts."""
    try:
        if isinstance(value, str):
            return parse_rfc3339(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None
