"""Webhooks to real receivers: signed, in order, retried, replayed, given up; and what strangers may not do."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from api.webhooks.sending import Dispatcher, WebhookSettings
from models.base.clock import SteppedClock, SystemClock
from models.domain.webhooks import MOST_ENDPOINTS, MOST_SERVED, ORPHANED
from models.store import Store
from tests.integration.api.test_console_pages import dispatched
from tests.support.http import Rig, fresh_key
from tests.support.people import number_feed
from tests.support.waiting import wait_for

HERE = WebhookSettings(allow="127.0.0.1")


@dataclass(slots=True)
class Platform:
    """A platform's receiver: what came in, and what it answers."""

    port: int
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    answers: Event = field(default_factory=Event)
    got: list[tuple[dict[str, str], str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@contextmanager
def platform() -> Iterator[Platform]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found.got.append(({key.lower(): value for key, value in self.headers.items()}, body))
            found.answers.wait(8)
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Platform(server.server_port)
    found.answers.set()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(slots=True)
class Sender:
    """The dispatcher with a clock of its own."""

    dispatcher: Dispatcher
    clock: SteppedClock

    def work(self) -> int:
        self.dispatcher.fill()
        sent = 0
        while self.dispatcher.send_next():
            sent += 1
        return sent


@pytest.fixture
def sender(api_store: Store) -> Sender:
    clock = SteppedClock(datetime.now(UTC) + timedelta(seconds=1))
    return Sender(Dispatcher(api_store, HERE, clock=clock), clock)


def add(rig: Rig, url: str, key: str | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    body = {"url": url, **more}
    answer = rig.post("/v1/webhooks", key or rig.keys.regulator_a, json=body, headers=fresh_key())
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def step(rig: Rig, made: dict[str, Any], verb: str, **body: Any) -> Any:  # noqa: ANN401
    path = f"/v1/webhooks/{made['webhook']['id']}/{verb}"
    return rig.post(path, rig.keys.regulator_a, json=body or None, headers=fresh_key())


def log(rig: Rig, made: dict[str, Any], **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rig.get(
        f"/v1/webhooks/{made['webhook']['id']}/deliveries", rig.keys.regulator_a, **query
    ).json()["data"]
    return found


def test_every_event_arrives_once_in_order_with_its_number_and_a_signature(rig: Rig, sender: Sender) -> None:
    with platform() as hook:
        made = add(rig, hook.url)
        dispatched(rig, rig.a, "no_mask")
        number_feed(rig.store)
        assert sender.work() > 2
        assert sender.work() == 0
        pulled = rig.get("/v1/events", rig.keys.regulator_a, cursor=0).json()["data"]
        numbers = [event["seq"] for event in hook.events]
        assert numbers == sorted(numbers)
        assert [event["prev_seq"] for event in hook.events] == [0, *numbers[:-1]]
        assert numbers == [event["seq"] for event in pulled if event["seq"] >= numbers[0]]
        for headers, body in hook.got:
            assert Webhook(made["secret"]).verify(body, headers)["seq"] in numbers
        headers, body = hook.got[0]
        with pytest.raises(WebhookVerificationError):
            Webhook(made["secret"]).verify(body.replace("seq", "sep"), headers)
        assert {one["state"] for one in log(rig, made)} == {"delivered"}
        assert "secret" not in json.dumps(rig.get("/v1/webhooks", rig.keys.regulator_a).json())


def test_a_filter_and_the_scope_leave_events_out(rig: Rig, sender: Sender) -> None:
    with platform() as mine, platform() as others, platform() as kitchens:
        add(rig, mine.url, types=["mingchu.task.*"])
        add(rig, others.url, key=rig.keys.regulator_b)
        add(rig, kitchens.url, key=rig.keys.enterprise_a)
        dispatched(rig, rig.a, "no_mask")
        number_feed(rig.store)
        sender.work()
        assert {event["type"] for event in mine.events} == {"mingchu.task.dispatched"}
        assert others.got == []
        assert "mingchu.task.dispatched" in {event["type"] for event in kitchens.events}


def test_failures_are_retried_on_their_schedule_and_then_given_up(rig: Rig, sender: Sender) -> None:
    with platform() as hook:
        hook.status = 500
        made = add(rig, hook.url, types=["mingchu.task.dispatched"])
        dispatched(rig, rig.a, "no_mask")
        number_feed(rig.store)
        waits = []
        for _ in range(11):
            if not sender.work():
                break
            (one,) = log(rig, made)
            waits.append((datetime.fromisoformat(one["next_at"]) - sender.clock.now()).total_seconds())
            sender.clock.advance(timedelta(seconds=90_000 * 1.1))
        schedule = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
        assert len(waits) == len(schedule) + 1
        assert all(planned <= wait <= planned * 1.1 + 0.1 for planned, wait in zip(schedule, waits, strict=False)), (
            waits
        )
        (one,) = log(rig, made)
        assert (one["state"], one["attempts"], one["status"], one["error"]) == ("exhausted", 10, 500, "HTTP 500")
        hook.status = 204
        replayed = rig.post(f"/v1/deliveries/{one['id']}/replay", rig.keys.regulator_a, headers=fresh_key())
        assert replayed.json() == {"queued": 1}
        assert sender.work() == 1
        (again,) = log(rig, made)
        assert (again["state"], again["replayed"], again["webhook_id"]) == ("delivered", True, one["webhook_id"])
        assert hook.got[-1][0]["webhook-id"] == hook.got[0][0]["webhook-id"]
        assert hook.got[-1][0]["mingchu-replayed"] == "true"


def test_retry_after_is_honoured_and_410_disables(rig: Rig, sender: Sender) -> None:
    with platform() as hook:
        hook.status, hook.headers = 429, {"Retry-After": "600"}
        made = add(rig, hook.url)
        dispatched(rig, rig.a, "no_mask")
        number_feed(rig.store)
        sender.work()
        waits = [datetime.fromisoformat(one["next_at"]) - sender.clock.now() for one in log(rig, made)]
        assert min(waits) >= timedelta(seconds=599)
        hook.status = 410
        sender.clock.advance(timedelta(hours=1))
        assert sender.work() == 1, "the first 410 ends it"
        found = rig.get(f"/v1/webhooks/{made['webhook']['id']}", rig.keys.regulator_a).json()
        assert "410" in found["disabled_reason"]
        assert {one["state"] for one in log(rig, made)} == {"exhausted", "cancelled"}
        assert step(rig, made, "test").status_code == 409
        hook.status, hook.headers = 200, {}
        assert step(rig, made, "resume").json()["disabled_reason"] is None
        assert step(rig, made, "test").status_code == 200
        assert sender.work() == 1
        assert hook.events[-1]["type"] == "mingchu.webhook.test"


def test_a_redirect_is_no_success_and_is_not_followed(rig: Rig, sender: Sender) -> None:
    with platform() as hook, platform() as elsewhere:
        hook.status, hook.headers = 302, {"Location": elsewhere.url}
        made = add(rig, hook.url)
        assert step(rig, made, "test").status_code == 200
        assert sender.work() == 1
        assert elsewhere.got == []
        assert (log(rig, made)[0]["state"], log(rig, made)[0]["status"]) == ("retrying", 302)


def test_a_pause_keeps_events_and_a_rotation_signs_with_both(rig: Rig, sender: Sender) -> None:
    with platform() as hook:
        made = add(rig, hook.url, types=["mingchu.task.dispatched"])
        assert step(rig, made, "pause").json()["paused"] is True
        dispatched(rig, rig.a, "no_mask")
        number_feed(rig.store)
        assert sender.work() == 0
        assert [one["state"] for one in log(rig, made)] == ["queued"]
        newer = step(rig, made, "rotate").json()["secret"]
        step(rig, made, "resume")
        assert sender.work() == 1
        headers, body = hook.got[0]
        for secret in (made["secret"], newer):
            Webhook(secret).verify(body, headers)
        sender.clock.advance(timedelta(hours=25))
        first = log(rig, made)[0]["seq"]
        assert step(rig, made, "replay", first_seq=first, last_seq=first).json() == {"queued": 1}
        assert sender.work() == 1
        assert " " not in hook.got[1][0]["webhook-signature"]


def test_a_receiver_that_is_down_stops_no_other(rig: Rig, sender: Sender) -> None:
    with platform() as hook:
        down = add(rig, "http://127.0.0.1:9/hook")
        made = add(rig, hook.url)
        dispatched(rig, rig.a, "no_mask")
        number_feed(rig.store)
        sender.work()
        assert {one["state"] for one in log(rig, made)} == {"delivered"}
        assert {one["state"] for one in log(rig, down)} == {"retrying"}
        removed = step(rig, down, "remove")
        assert removed.status_code == 200
        assert {one["state"] for one in log(rig, down)} == {"cancelled"}
        assert step(rig, down, "resume").status_code == 404


def test_a_receiver_that_does_not_answer_keeps_no_other_waiting(rig: Rig, api_store: Store) -> None:
    stop = Event()
    dispatcher = Dispatcher(api_store, HERE, clock=SystemClock())
    with platform() as slow, platform() as fast:
        slow.answers.clear()
        add(rig, slow.url)
        add(rig, fast.url)
        thread = Thread(target=dispatcher.run, kwargs={"stop": stop})
        thread.start()
        try:
            dispatched(rig, rig.a, "no_mask")
            number_feed(rig.store)
            wait_for(lambda: slow.got)
            wait_for(lambda: len(fast.got) > 2)
            assert len(slow.got) == 1, "one delivery at a time, and it has no answer yet"
        finally:
            slow.answers.set()
            stop.set()
            thread.join(30)
    assert not thread.is_alive()


def test_slow_receivers_of_one_owner_leave_workers_for_others(rig: Rig, api_store: Store) -> None:
    """Ten endpoints of an owner could take all of the eight workers."""
    stop = Event()
    dispatcher = Dispatcher(api_store, HERE, clock=SystemClock())
    with platform() as slow, platform() as fast:
        slow.answers.clear()
        for number in range(MOST_ENDPOINTS):
            add(rig, f"{slow.url}?{number}")
        thread = Thread(target=dispatcher.run, kwargs={"stop": stop})
        thread.start()
        try:
            dispatched(rig, rig.a, "no_mask")
            number_feed(rig.store)
            wait_for(lambda: len(slow.got) == MOST_SERVED)
            add(rig, fast.url, key=rig.keys.platform_b)
            dispatched(rig, rig.b, "no_mask")
            number_feed(rig.store)
            wait_for(lambda: fast.got)
            assert len(slow.got) == MOST_SERVED
        finally:
            slow.answers.set()
            stop.set()
            thread.join(60)
    assert not thread.is_alive()


def test_a_webhook_belongs_to_who_made_it(rig: Rig) -> None:
    made = add(rig, "https://example.com/hook")
    path = f"/v1/webhooks/{made['webhook']['id']}"
    for key, status in (
        (rig.keys.regulator_b, 404),
        (rig.keys.enterprise_a, 404),
        (rig.keys.enterprise_b, 404),
        (rig.keys.city, 403),
    ):
        for verb in ("pause", "resume", "remove", "rotate", "test"):
            assert rig.post(f"{path}/{verb}", key, headers=fresh_key()).status_code == status, verb
        span = {"first_seq": 1, "last_seq": 2}
        assert rig.post(f"{path}/replay", key, json=span, headers=fresh_key()).status_code == status
    assert rig.get(f"{path}/deliveries", rig.keys.regulator_b).status_code == 404
    assert rig.post(f"{path}/pause", rig.keys.admin, headers=fresh_key()).status_code == 200


LOSSES = {
    "disabled": "UPDATE app_user SET disabled_at = now() WHERE login = 'city'",
    "moved away": "UPDATE app_user SET region_prefix = '3307' WHERE login = 'city'",
    "narrowed": "UPDATE app_user SET region_prefix = '330602' WHERE login = 'city'",
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_webhook_ends_with_the_access_of_who_made_it(rig: Rig, sender: Sender, loss: str) -> None:
    """Somebody who may not see the events any more must not go on getting them, and others may remove it."""
    with platform() as hook, platform() as other:
        city = rig.browser("city")
        token = {"X-CSRF-Token": city.get("/v1/me").json()["csrf_token"]}
        made = city.post("/v1/webhooks", json={"url": hook.url}, headers=fresh_key() | token).json()
        kept = add(rig, other.url)
        dispatched(rig, rig.a, "no_mask")
        number_feed(rig.store)
        sender.work()
        before = len(hook.got)
        assert before > 0
        dispatched(rig, rig.a, "no_chef_hat")
        number_feed(rig.store)
        with rig.store.write() as w:
            w.raw.execute(loss)  # type: ignore[call-overload]
        sender.work()
        assert len(hook.got) == before
        assert len(other.got) > before
        path = f"/v1/webhooks/{made['webhook']['id']}"
        found = rig.get(path, rig.keys.admin).json()
        assert found["disabled_reason"] == ORPHANED
        assert rig.get(f"/v1/webhooks/{kept['webhook']['id']}", rig.keys.admin).json()["disabled_reason"] is None
        assert rig.post(f"{path}/resume", rig.keys.city, headers=fresh_key()).status_code == 403
        assert rig.post(f"{path}/remove", rig.keys.city, headers=fresh_key()).status_code == 200


@pytest.mark.parametrize("how", ["revoked_at = now()", "expires_at = now()"])
def test_a_webhook_ends_with_its_key(rig: Rig, sender: Sender, how: str) -> None:
    with platform() as hook:
        made = add(rig, hook.url)
        assert sender.work() == 0
        dispatched(rig, rig.a, "no_mask")
        number_feed(rig.store)
        sender.dispatcher.fill()
        prefix = made["webhook"]["created_by"].removeprefix("key:")
        with rig.store.write() as w:
            w.raw.execute(f"UPDATE api_key SET {how} WHERE prefix = %s", [prefix])  # type: ignore[arg-type]
        assert sender.work() == 0
        assert hook.got == []


def test_a_key_that_follows_another_owns_its_webhooks(rig: Rig, sender: Sender) -> None:
    with platform() as hook:
        made = add(rig, hook.url)
        old = made["webhook"]["created_by"].removeprefix("key:")
        answer = rig.post(f"/v1/keys/{old}/rotate", rig.keys.admin, json={"overlap_hours": 0}, headers=fresh_key())
        assert answer.status_code == 200, answer.text
        dispatched(rig, rig.a, "no_mask")
        number_feed(rig.store)
        assert sender.work() > 0
        owner = rig.get(f"/v1/webhooks/{made['webhook']['id']}", rig.keys.admin).json()["created_by"]
        assert owner not in {f"key:{old}", None}


@pytest.mark.parametrize(
    "change",
    [
        {"url": "ftp://example.com/x"},
        {"url": "https://user:pw@example.com/x"},
        {"url": "https://:pw@example.com/x"},
        {"url": "https://@example.com/x"},
        {"url": "https://example.com/x#y"},
        {"url": "https:///x-------"},
        {"url": "https://example.com:99999/x"},
        {"url": "https://exa mple.com/x"},
        {"types": ["mingchu.nothing"]},
        {"types": ["*"]},
        {"types": ["mingchu.task.*"] * 21},
    ],
)
def test_a_wrong_webhook_is_refused(rig: Rig, change: dict[str, Any]) -> None:
    body = {"url": "https://example.com/hook"} | change
    answer = rig.post("/v1/webhooks", rig.keys.regulator_a, json=body, headers=fresh_key())
    assert answer.status_code == 422, answer.text
    assert rig.get("/v1/webhooks", rig.keys.regulator_a).json()["data"] == []


def test_an_owner_has_a_bounded_number_of_webhooks(rig: Rig) -> None:
    for number in range(MOST_ENDPOINTS):
        add(rig, f"https://example.com/{number}-hook")
    body = {"url": "https://example.com/more"}
    assert rig.post("/v1/webhooks", rig.keys.regulator_a, json=body, headers=fresh_key()).status_code == 429
    add(rig, "https://example.com/hook", key=rig.keys.regulator_b)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/hook", "https://127.0.0.1:{port}/x", "http://[::1]:{port}/x"])
def test_the_platform_connects_to_no_address_of_its_own_network(rig: Rig, api_store: Store, url: str) -> None:
    with platform() as hook:
        made = add(rig, url.format(port=hook.port))
        assert step(rig, made, "test").status_code == 200
        clock = SteppedClock(
            datetime.now(UTC) + timedelta(seconds=1)
        )  # after what it looks for, however long that took
        guarded = Sender(Dispatcher(api_store, WebhookSettings(allow=""), clock=clock), clock)
        assert guarded.work() == 1
        assert hook.got == []
        (one,) = log(rig, made)
        assert one["state"] == "retrying"
        assert "地址被拒绝" in one["error"]


def test_the_page_shows_webhooks_and_what_they_do(rig: Rig) -> None:
    rig.post("/v1/webhooks", rig.keys.regulator_a, json={"url": "https://a.example.com/hook"})
    rig.post("/v1/webhooks", rig.keys.regulator_b, json={"url": "https://b.example.com/hook"})
    page = rig.browser("regulator-a").get("/console/events").text
    assert "https://a.example.com/hook" in page
    assert "推送中" in page
    assert "b.example.com" not in page
