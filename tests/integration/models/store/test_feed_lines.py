"""An event goes from the database to a reader as text: what a reader parses is what was announced."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from models.base.clock import rfc3339
from models.base.ids import uuid7
from models.events.envelope import OutboxEvent
from models.store import Store, feed

AT = datetime(2026, 11, 3, 23, 59, 59, 999_600, tzinfo=UTC)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"name": '第一食堂 "A"\\', "lines": "a\r\nb\u2028c\u0085d\x7f", "emoji": "🐀"},
        {"large": 2**53 + 1, "small": 1e-7, "whole": 1.0, "huge": 1e21, "none": None, "yes": True},
        {"deep": [[{"a": [1, {"b": []}]}]], "specversion": "not the envelope's"},
    ],
)
def test_the_text_of_an_event_is_its_envelope_in_one_line(store: Store, data: dict[str, Any]) -> None:
    event = OutboxEvent(
        tenant_id="t",
        entity_id=uuid7(),
        region_code="330602",
        event_id=uuid7(),
        source='/t/t/s/"厨房"/d/d',
        type="mingchu.alert.opened.v1",
        time=AT,
        occurred_at=AT.astimezone(timezone(timedelta(hours=8))),
        received_at=AT,
        late=False,
        data=data,
    )
    with store.write() as w:
        feed.announce(w, event)
        feed.sequence(w)
    with store.read() as r:
        [line] = feed.lines_after(r, cursor=0, limit=10)
        [parsed] = feed.events_after(r, cursor=0, limit=10)
    assert json.loads(line.json()) == json.loads(json.dumps(parsed.envelope())) == parsed.envelope()
    assert parsed.data == data
    assert parsed.envelope()["time"] == parsed.envelope()["occurredat"] == rfc3339(AT) == "2026-11-03T23:59:59.999Z"
    assert not {"\n", "\r"} & set(line.json()), "a line of a stream"
