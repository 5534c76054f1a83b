"""Notices by message: from a change over the queue to real receivers, and what their owners see of it."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from alerts import role
from alerts.hazards.tasks import raise_overdue
from alerts.notices import sending
from alerts.notices.rendering import Text
from alerts.notices.sending import Outgoing, Sender
from alerts.notices.timing import LEASE, MOST_ATTEMPTS
from models.base.clock import SteppedClock, SystemClock
from models.base.threads import beside
from models.domain.notices import Notice
from models.store import outgoing
from models.store.listen import Listener
from tests.integration.api.test_console_pages import dispatched
from tests.integration.api.test_wishes import HTML
from tests.support.http import Rig, fresh_key
from tests.support.people import raise_alert
from tests.support.receivers import HERE, Receiver, receiver
from tests.support.waiting import wait_for


@pytest.fixture
def bot() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def sender_of(rig: Rig) -> Sender:
    return Sender(store=rig.store, settings=HERE, public_url="https://mingchu.example")


def tomorrow(hour: int, minute: int = 0) -> SteppedClock:
    day = datetime.now(UTC) + timedelta(days=1)
    return SteppedClock(day.replace(hour=hour, minute=minute, second=0, microsecond=0))


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


def test_both_sides_hear_by_their_own_rules(rig: Rig) -> None:
    with receiver() as kitchen, receiver() as district, receiver() as city, receiver() as other:
        add(rig, rig.keys.enterprise_a, kitchen.wecom)
        add(rig, rig.keys.regulator_a, district.wecom)
        add(rig, rig.keys.city, city.wecom, min_severity="critical")
        add(rig, rig.keys.regulator_b, other.wecom)
        dispatched(rig, rig.a, "no_chef_hat")
        task = dispatched(rig, rig.a, "rodent")
        sender_of(rig).work_off(clock_at())
        with rig.store.write() as w:
            raise_overdue(w, at=task.due_at + timedelta(seconds=1))
        sender_of(rig).work_off(SteppedClock(task.due_at + timedelta(seconds=2)))
        assert sum("新的整改任务" in text for text in kitchen.texts) == 2
        assert sum("新的整改任务" in text for text in district.texts) == 1
        assert {text.split("：")[0] for text in city.texts} == {"【严重】新的整改任务", "【严重】整改逾期"}
        assert other.got == []


def test_a_step_of_the_enterprise_reaches_its_supervisor(rig: Rig, bot: Receiver) -> None:
    add(rig, rig.keys.regulator_a, bot.wecom)
    task = dispatched(rig, rig.a, "no_chef_hat")
    body = {"reason": "not_our_site", "text": "不是我们的人"}
    answer = rig.post(f"/v1/tasks/{task.id}/appeal", rig.keys.enterprise_a, etag=1, json=body)
    assert answer.status_code == 200, answer.text
    assert sender_of(rig).work_off(clock_at()) == 1
    assert "企业申诉" in bot.texts[0]
    assert log_of(rig, rig.keys.enterprise_a) == []


def test_a_task_that_was_acknowledged_meanwhile_sends_nothing(rig: Rig, bot: Receiver) -> None:
    add(rig, rig.keys.enterprise_a, bot.wecom)
    task = dispatched(rig, rig.a, "no_chef_hat")
    rig.post(f"/v1/tasks/{task.id}/acknowledge", rig.keys.enterprise_a, etag=1, json={})
    assert sender_of(rig).work_off(clock_at()) == 0
    (row,) = log_of(rig, rig.keys.enterprise_a)
    assert (row["state"], row["last_error"]) == ("cancelled", "事项已变为“已签收”，无需再通知")
    assert bot.got == []


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (500, b"{}", "接收方返回 HTTP 500"),
        (404, b"", "接收方返回 HTTP 404"),
        (302, b"", "接收方返回 HTTP 302"),
        (200, b'{"errcode":93000,"errmsg":"invalid webhook url 693a91f6-secret"}', "接收方返回错误码 93000"),
        (200, b"<html>693a91f6-secret</html>", "接收方的答复无法识别"),
        (200, b'{"errcode":"693a91f6-secret"}', "接收方的答复无法识别"),
    ],
)
def test_a_wrong_answer_is_retried_until_it_is_a_dead_letter_and_then_by_hand(
    rig: Rig, bot: Receiver, status: int, answer: bytes, said: str
) -> None:
    add(rig, rig.keys.enterprise_a, bot.wecom)
    dispatched(rig, rig.a, "no_chef_hat")
    bot.status, bot.answer, bot.location = status, answer, "http://127.0.0.1:1/"
    clock, sender = clock_at(), sender_of(rig)
    for number in range(MOST_ATTEMPTS):
        assert sender.work_off(clock) == 1, number
        assert sender.work_off(clock) == 0
        clock.advance(timedelta(hours=1))
    assert sender.work_off(clock) == 0
    (row,) = log_of(rig, rig.keys.enterprise_a, state="exhausted")
    assert (row["attempts"], row["last_error"]) == (MOST_ATTEMPTS, said)
    page = rig.browser("enterprise-a").get("/console/notices", headers=HTML).text
    assert "发送失败" in page
    assert "重发" in page
    detail = rig.get(f"/v1/notices/{row['id']}", rig.keys.enterprise_a)
    assert [one["error"] for one in detail.json()["attempts"]] == [said] * MOST_ATTEMPTS
    assert "693a91f6" not in page + detail.text
    bot.status, bot.answer = 200, b'{"errcode":0}'
    again = rig.post(f"/v1/notices/{row['id']}/retry", rig.keys.enterprise_a, headers=fresh_key())
    assert (again.status_code, again.json()["state"]) == (200, "queued")
    assert rig.post(f"/v1/notices/{row['id']}/retry", rig.keys.enterprise_a).status_code == 409
    assert sender.work_off(clock) == 1
    assert log_of(rig, rig.keys.enterprise_a)[0]["state"] == "delivered"


def test_a_receiver_that_is_down_is_told_and_tried_again(rig: Rig) -> None:
    with receiver() as gone:
        pass
    add(rig, rig.keys.enterprise_a, gone.wecom)
    dispatched(rig, rig.a, "no_chef_hat")
    sender_of(rig).work_off(clock_at())
    (row,) = log_of(rig, rig.keys.enterprise_a)
    assert (row["state"], row["last_error"]) == ("retrying", "无法连接接收方")


def test_a_slow_receiver_delays_no_other(rig: Rig, bot: Receiver) -> None:
    with receiver() as slow:
        slow.wait_s = 30
        for _ in range(3):
            add(rig, rig.keys.enterprise_a, slow.wecom)
        add(rig, rig.keys.enterprise_b, bot.wecom)
        for code in ("no_chef_hat", "clutter", "rodent"):
            dispatched(rig, rig.a, code)
        stop, began = threading.Event(), time.monotonic()
        with beside(partial(sender_of(rig).run, stop=stop, clock=SystemClock()), stop=stop, name="sender"):
            wait_for(lambda: len(slow.got) == 3)
            dispatched(rig, rig.b, "no_chef_hat")
            wait_for(lambda: len(bot.got) == 1)
            assert time.monotonic() - began < 4
            wait_for(lambda: log_of(rig, rig.keys.enterprise_a, state="retrying"))
        assert log_of(rig, rig.keys.enterprise_a, state="retrying")[0]["last_error"] == "接收方超时未响应"
        assert len(slow.got) <= 6, "one message at a time for each channel"
        slow.wait_s = 0


def test_two_senders_at_once_send_each_message_once(rig: Rig, bot: Receiver) -> None:
    for _ in range(4):
        add(rig, rig.keys.enterprise_a, bot.wecom)
    for code in ("no_chef_hat", "clutter", "rodent", "smoking"):
        dispatched(rig, rig.a, code)
    clock = clock_at()
    senders = [threading.Thread(target=sender_of(rig).work_off, args=[clock]) for _ in range(4)]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    sender_of(rig).work_off(clock)
    rows = log_of(rig, rig.keys.enterprise_a)
    assert len(bot.got) == len(set(bot.texts)) * 4 == 4 * 4
    # The alert of the critical hazard was confirmed before anybody sent its message.
    assert {(row["state"], row["attempts"]) for row in rows} == {("delivered", 1), ("cancelled", 0)}


def test_a_message_whose_sender_died_is_sent_again_after_its_lease(rig: Rig, bot: Receiver) -> None:
    add(rig, rig.keys.enterprise_a, bot.wecom)
    dispatched(rig, rig.a, "no_chef_hat")
    sender, clock = sender_of(rig), clock_at()
    lost = sender.take(clock)
    assert isinstance(lost, Outgoing)
    assert sender.work_off(clock) == 0
    clock.advance(LEASE)
    assert sender.work_off(clock) == 1
    sender.send(lost, clock)  # it was slow, not dead: its late note changes nothing
    (row,) = log_of(rig, rig.keys.enterprise_a)
    assert (row["state"], row["attempts"]) == ("delivered", 2)


def test_quiet_hours_make_a_digest_in_the_morning_and_never_hold_a_critical_message(rig: Rig, bot: Receiver) -> None:
    add(rig, rig.keys.enterprise_a, bot.wecom, quiet_from="22:00", quiet_to="07:00")
    gone = dispatched(rig, rig.a, "no_chef_hat")
    for code in ("clutter", "smoking"):
        dispatched(rig, rig.a, code)
    dispatched(rig, rig.a, "rodent")
    night = tomorrow(15)  # 23:00 in Shanghai
    keep_alive(rig)
    assert sender_of(rig).work_off(night) == 1
    assert "【严重】" in bot.texts[0]
    held = log_of(rig, rig.keys.enterprise_a, state="queued")
    morning = tomorrow(23)
    assert {row["not_before"] for row in held} == {f"{morning.now():%Y-%m-%dT%H:%M:%SZ}"}
    assert "汇总发送" in rig.browser("enterprise-a").get("/console/notices", headers=HTML).text
    rig.post(f"/v1/tasks/{gone.id}/acknowledge", rig.keys.enterprise_a, etag=1, json={})
    assert sender_of(rig).work_off(morning) == 1
    assert "明厨消息汇总：2 条" in bot.texts[1]
    states = sorted(row["state"] for row in log_of(rig, rig.keys.enterprise_a) if row["severity"] != "critical")
    assert states == ["cancelled", "delivered", "digested"]


def keep_alive(rig: Rig) -> None:
    with rig.store.write() as w:
        w.raw.execute("UPDATE notice SET next_attempt_at = created_at, expires_at = now() + interval '9 days'")
        w.raw.execute("UPDATE notice SET state = 'cancelled', done_at = now() WHERE subject_kind = 'alert'")


def test_beyond_the_cap_messages_wait_for_the_next_hour_as_one_digest(rig: Rig, bot: Receiver) -> None:
    add(rig, rig.keys.enterprise_a, bot.wecom, cap_per_hour=1)
    for code in ("no_chef_hat", "clutter", "smoking"):
        dispatched(rig, rig.a, code)
    keep_alive(rig)
    clock = tomorrow(3, 10)
    assert sender_of(rig).work_off(clock) == 1
    clock.advance(timedelta(minutes=50))
    bot.status = 500
    assert sender_of(rig).work_off(clock) == 1
    bot.status = 200
    clock.advance(timedelta(minutes=5))
    assert sender_of(rig).work_off(clock) == 1
    assert "明厨消息汇总：2 条" in bot.texts[-1]
    assert sorted(row["state"] for row in log_of(rig, rig.keys.enterprise_a)) == ["delivered", "delivered", "digested"]


def test_a_message_that_could_not_be_tried_for_days_is_given_up_and_seen(rig: Rig, bot: Receiver) -> None:
    add(rig, rig.keys.enterprise_a, bot.wecom)
    dispatched(rig, rig.a, "no_chef_hat")
    assert sender_of(rig).work_off(clock_at(days=3)) == 0
    (row,) = log_of(rig, rig.keys.enterprise_a, state="expired")
    assert rig.post(f"/v1/notices/{row['id']}/retry", rig.keys.enterprise_a).status_code == 200
    assert sender_of(rig).work_off(clock_at()) == 1


def test_a_change_without_channels_queues_nothing(rig: Rig) -> None:
    dispatched(rig, rig.a, "rodent")
    assert log_of(rig, rig.keys.admin) == []


def test_a_severe_alert_is_told_once_however_often_it_is_found_again(rig: Rig, bot: Receiver) -> None:
    add(rig, rig.keys.regulator_a, bot.wecom)
    for _ in range(3):
        raise_alert(rig.store, rig.files, rig.a, "rodent")
    assert sender_of(rig).work_off(clock_at()) == 1
    assert "【严重预警】老鼠" in bot.texts[0]
    assert sender_of(rig).work_off(clock_at()) == 0


def test_a_notice_that_cannot_be_written_holds_up_no_other(
    rig: Rig, bot: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(rig, rig.keys.enterprise_a, bot.wecom)
    dispatched(rig, rig.a, "no_chef_hat")
    bad = dispatched(rig, rig.a, "clutter")
    written = sending.render

    def render(notice: Notice, *rest: Any, **more: Any) -> Text:  # noqa: ANN401 - as the real one
        if notice.subject_id == bad.id:
            raise ValueError("a damaged row")
        return written(notice, *rest, **more)

    monkeypatch.setattr(sending, "render", render)
    assert sender_of(rig).work_off(clock_at()) == 1
    states = {row["subject_id"]: row["state"] for row in log_of(rig, rig.keys.enterprise_a)}
    assert states[str(bad.id)] == "exhausted"
    assert len(bot.got) == 1


def test_the_alerts_role_sends(rig: Rig, bot: Receiver, database_url: str) -> None:
    add(rig, rig.keys.enterprise_a, bot.wecom)
    stop = threading.Event()
    with Listener(database_url, role.CHANNELS) as listener:
        work = threading.Thread(
            target=role.run, args=(rig.store, listener), kwargs={"stop": stop, "sender": sender_of(rig)}
        )
        work.start()
        dispatched(rig, rig.a, "no_chef_hat")
        wait_for(lambda: bot.got)
        stop.set()
        work.join()


def test_old_notices_are_forgotten_with_their_attempts(rig: Rig, bot: Receiver) -> None:
    add(rig, rig.keys.enterprise_a, bot.wecom)
    dispatched(rig, rig.a, "no_chef_hat")
    sender_of(rig).work_off(clock_at())
    with rig.store.write() as w:
        assert outgoing.forget(w, before=datetime.now(UTC) - timedelta(days=1)) == 0
        assert outgoing.forget(w, before=datetime.now(UTC) + timedelta(days=1)) == 1
        assert w.raw.execute("SELECT count(*) FROM notice_attempt").fetchone() == (0,)
