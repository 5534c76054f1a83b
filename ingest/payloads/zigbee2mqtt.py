"""Read Zigbee2MQTT's `zigbee2mqtt/FRIENDLY_NAME`: a flat JSON object of the device's exposed values. Pure.

Source: zigbee2mqtt.io, "MQTT Topics and Messages", and `last_seen` of its configuration (ISO 8601 or epoch ms).
"""

from datetime import UTC, datetime

from ingest.payloads.local_json import Sample, field_of, number_of, parse_object
from models.base.clock import parse_rfc3339


def parse(payload: bytes, *, field: str) -> Sample:
    """Return one field of a message, for example `temperature`, `humidity`, `water_leak`, `smoke` or `contact`.

    Raises:
        Invalid: not a JSON object, no such field, or no value in it.
    """
    body = parse_object(payload)
    return Sample(number_of(field_of(body, field), field=field), _seen(body.get("last_seen")))


def _seen(value: object) -> datetime | None:
    """Return the device's own time if it has a zone; None otherwise, so that the arrival time counts."""
    try:
        if isinstance(value, str):
            return parse_rfc3339(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None
