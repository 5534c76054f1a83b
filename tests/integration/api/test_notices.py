"""Notices by message: from a change over the queue to real receivers, and what their owners see of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.notices.sending import Sender
from models.base.clock import SteppedClock
from tests.integration.api.test_console_pages import dispatched
from tests.support.http import Rig, fresh_key
from tests.support.receivers import HERE, Receiver, receiver


@pytest.fixture
def bot() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def sender_of(rig: Rig) -> Sender:
    return Sender(store=rig.store, settings=HERE, public_url="https://mingchu.example")


def clock_at(**after: float) -> SteppedClock:
    return SteppedClock(datetime.now(UTC) + timedelta(seconds=1, **after))


def add(rig: Rig, key: str, address: str, **change: Any) -> Any:  # noqa: ANN401 - the API's own JSON
    body = {"kind": "wecom", "name": "食品安全群", "address": address, **change}
    return rig.post("/v1/channels", key, json=body, headers=fresh_key())


def log_of(rig: Rig, key: str, **params: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rig.get("/v1/notices", key, **params).json()["data"]
    return found


def test_a_dispatched_task_reaches_the_bot_of_the_enterprise_in_chinese(rig: Rig, bot: Receiver) -> None:
    assert add(rig, rig.keys.enterprise_a, bot.wecom).status_code == 200
    task = dispatched(rig, rig.a, "no_chef_hat")
    dispatched(rig, rig.b, "no_chef_hat")
    assert sender_of(rig).work_off(clock_at()) == 1
    (text,) = bot.texts
    assert "新的整改任务" in text
    assert "企业a 厨房a" in text
    assert f"https://mingchu.example/console/tasks/{task.id}" in text
    (row,) = log_of(rig, rig.keys.enterprise_a)
    assert (row["state"], row["attempts"], row["sent_text"]) == ("delivered", 1, text)
    assert log_of(rig, rig.keys.enterprise_b) == []
    assert sender_of(rig).work_off(clock_at()) == 0
