"""Read the alarms of kitchen edge boxes that name `mclz_alarm`, `alert_alarm` and `diagnosis_alarm`.

Their public notes list the names of groups and alarms, but no schema, and makers wrap them differently. So `parse`
accepts a JSON object that holds one of the groups, whose value is the alarm's name or an object with `type`, and
looks for channel, time and id under the usual names. It reports what it cannot find and does not guess.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ingest.adapters.events import VendorEvent
from ingest.adapters.table import meaning
from ingest.adapters.xml import decoded
from models.base.clock import SHANGHAI
from models.base.errors import Invalid

VENDOR = "edge_box"
GROUPS = ("mclz_alarm", "alert_alarm", "diagnosis_alarm")
MOST_BYTES = 1_048_576
"""Largest accepted message; some boxes put a picture into it."""
_CHANNEL = ("channel", "channel_id", "channelId", "camera_id", "cameraId", "device_id", "deviceId")
_TIME = ("time", "timestamp", "alarm_time", "alarmTime", "create_time")
_ID = ("id", "alarm_id", "alarmId", "uuid", "event_id")
_MILLISECONDS_FROM = 1e11


def parse(payload: bytes, *, received_at: datetime) -> VendorEvent:
    """Return the alarm in a message.

    Raises:
        Invalid: not a JSON object, no known group in it, or no channel.
    """
    if len(payload) > MOST_BYTES:
        raise Invalid(f"alarm of {len(payload)} bytes, expected at most {MOST_BYTES}")
    try:
        body = json.loads(decoded(payload).strip(), strict=False, parse_constant=str)
    except (ValueError, RecursionError):
        raise Invalid("alarm: expected JSON") from None
    group = next((name for name in GROUPS if isinstance(body, dict) and name in body), None)
    if group is None:
        raise Invalid(f"alarm: expected one of {', '.join(GROUPS)}")
    inner = body[group]
    detail: Mapping[str, Any] = {**body, **inner} if isinstance(inner, dict) else body
    name = inner.get("type") if isinstance(inner, dict) else inner
    if not isinstance(name, str) or not name:
        raise Invalid(f"{group}: expected the alarm's name, or an object with `type`")
    channel, at = _text(detail, _CHANNEL), _at(detail, received_at)
    if channel is None:
        raise Invalid(f"alarm: expected a channel under one of {', '.join(_CHANNEL)}")
    return VendorEvent(
        vendor=VENDOR,
        name=name,
        meaning=meaning(VENDOR, name),
        channel=channel,
        id=_text(detail, _ID) or f"{channel}/{name}/{at.isoformat()}",
        at=at,
    )


def _text(detail: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = detail.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value):
            return str(value)[:200]
    return None


def _at(detail: Mapping[str, Any], otherwise: datetime) -> datetime:
    """Return the alarm's time: seconds or milliseconds since 1970, or a written local time; else the arrival."""
    text = _text(detail, _TIME)
    try:
        if text is not None and text.isascii() and text.isdigit():
            number = float(text[:20])
            return datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS_FROM else number, UTC)
        at = datetime.fromisoformat(text or "")
    except (ValueError, OverflowError, OSError):
        return otherwise
    return at if at.tzinfo is not None else at.replace(tzinfo=SHANGHAI)
