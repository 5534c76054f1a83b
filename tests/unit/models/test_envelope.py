"""The text of an event in the feed is its envelope, whatever its texts and times are."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from models.base.jsonio import dumps
from models.events.envelope import FeedLine

AT = datetime(2026, 11, 29, 22, 0, 0, 123_999, UTC)
DATA = '{"requirement": "用“帽”\\n遮住", "n": 1.50, "none": null}'


def line(**change: object) -> FeedLine:
    values: dict[str, object] = {
        "seq": 2**53 - 1,
        "event_id": UUID("01a2295f-1c73-7ae5-bea4-d2e843ce41a2"),
        "tenant_id": "t",
        "entity_id": UUID(int=1),
        "region_code": "330602",
        "source": "/t/t/s/s/d/d",
        "type": "mingchu.task.closed",
        "time": AT,
        "occurred_at": AT,
        "received_at": AT,
        "late": False,
        "data": DATA,
    }
    return FeedLine(**(values | change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"late": True, "seq": 1},
        {"source": '/t/"\\\n\t\x00\x7f\u2028后厨/s', "type": 'a"b'},
        {"time": AT.astimezone(timezone(timedelta(hours=8))), "occurred_at": datetime(1, 1, 1, tzinfo=UTC)},
    ],
    ids=["plain", "late", "texts", "times"],
)
def test_a_line_is_the_text_of_its_envelope(change: dict[str, object]) -> None:
    one = line(**change, data="1")
    assert one.json() == dumps(one.event().envelope())


def test_data_goes_out_as_the_database_has_it() -> None:
    assert line().json().endswith(f'"data":{DATA}}}')
