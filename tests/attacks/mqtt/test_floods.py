"""A node that sends far too much is limited, its owner is told, and its neighbours are not affected."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ingest.intake.budget import Budgets, BudgetSettings
from ingest.mqtt import Incoming, Login, MqttLink
from ingest.payloads.senml import Reading
from models.base.ids import uuid7
from models.base.jsonio import dumps
from models.domain.devices import Node
from models.store import feed, quarantine, readings
from models.store.quarantine import Excess
from tests.attacks.mqtt.conftest import attacker_of, broker, reasons_of
from tests.attacks.mqtt.conftest import rig as rig_of_all
from tests.support.rig import PLATFORM, SECRET, Rig
from tests.support.waiting import GENEROUS_S, wait_for

__all__ = ["broker", "rig_of_all"]


@pytest.fixture
def small_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("EVENT", "STATUS", "QUARANTINE", "READING"):
        monkeypatch.setenv(f"MINGCHU_BUDGET_{kind}_BURST", "20")
        monkeypatch.setenv(f"MINGCHU_BUDGET_{kind}_PER_S", "0.001")


@pytest.fixture
def rig(small_budgets: None, rig_of_all: Rig) -> Iterator[Rig]:
    return rig_of_all


def excesses(rig: Rig) -> dict[str, Excess]:
    with rig.store.read() as r:
        return {found.budget: found for found in quarantine.excesses(r, since=datetime(2020, 1, 1, tzinfo=UTC))}


def the_neighbour_is_served(rig: Rig) -> None:
    b = rig.kitchens[1]
    with rig.node(b) as node:
        wait_for(lambda: node.connected)
        node.readings(b.fridge, [Reading("fridge_temp", datetime.now(UTC), 4.0)])
        assert node.wait_empty(GENEROUS_S)


def test_thousands_of_births_and_deaths_do_not_fill_the_history(rig: Rig) -> None:
    with attacker_of(rig, rig.kitchens[0]) as attacker:
        for session in range(10, 510):
            for online in (True, False):
                body = dumps({"online": online, "session": session}).encode()
                attacker.client.publish("mingchu/v1/shaoxing/site-a/node-a/_/status", body, qos=1)
        the_neighbour_is_served(rig)
        wait_for(lambda: "status" in (found := excesses(rig)) and found["status"].messages > 900)
    with rig.store.write() as w:
        feed.sequence(w)
        told = [e for e in feed.events_after(w, cursor=0, limit=500) if e.data.get("node_id") == "node-a"]
    assert len(told) <= 21
    assert reasons_of(rig)["over_budget"] == 1  # reported once, not for every message


def test_endless_garbage_fills_neither_the_quarantine_nor_the_share_of_others(rig: Rig) -> None:
    with rig.store.write() as w:
        quarantine.quarantine(
            w, topic="x", payload=b"of another", reason="bad_payload", detail="", at=datetime.now(UTC), sender=None
        )
    with attacker_of(rig, rig.kitchens[0]) as attacker:
        for i in range(200):
            body = b"garbage %d " % i + b"x" * 60_000
            attacker.client.publish("mingchu/v1/shaoxing/site-a/node-a/fridge-a/nonsense", body, qos=1)
        the_neighbour_is_served(rig)
        wait_for(lambda: excesses(rig))
    with rig.store.read() as r:
        kept = r.raw.execute("SELECT count(*), sum(octet_length(payload)) FROM quarantine WHERE node_id = 'node-a'")
        rows, size = kept.fetchall()[0]
    assert rows <= 22
    assert size <= 22 * quarantine.MAX_KEPT_PAYLOAD
    with rig.store.write() as w:
        quarantine.housekeeping(
            w, forget_events_before=datetime(2020, 1, 1, tzinfo=UTC), keep_quarantined=100, keep_quarantined_of_node=5
        )
        left = w.raw.execute("SELECT node_id, count(*) FROM quarantine GROUP BY 1 ORDER BY 1").fetchall()
    assert left == [("node-a", 5), (None, 1)]


def test_messages_over_the_budget_get_no_receipt_and_stay_in_the_spool(rig: Rig) -> None:
    a = rig.kitchens[0]
    with rig.node(a) as node:
        wait_for(lambda: node.connected)
        for i in range(40):
            node.readings(a.fridge, [Reading("fridge_temp", datetime.now(UTC), 4.0 + i / 100)])
        wait_for(lambda: excesses(rig).get("reading"))
        with rig.store.read() as r:
            stored, _ = readings.count_readings(r)
        assert stored == 20
        assert node.spooled >= 20


def test_a_page_of_the_feed_stays_small_with_any_input_of_a_node(rig: Rig) -> None:
    boxes = [{"name": "x" * 64, "score": 0.5, "x": 0.1, "y": 0.1, "w": 0.1, "h": 0.1}] * 100
    with attacker_of(rig, rig.kitchens[0]) as attacker:
        for i in range(15):
            at = datetime.now(UTC).isoformat()
            body = {
                "specversion": "1.0",
                "id": f"e{i}",
                "source": "/t/shaoxing/s/site-a/d/cam-a",
                "type": "mingchu.violation.opened",
                "time": at,
                "data": {"code": "smoking", "start": at, "boxes": boxes, "violation_id": str(uuid7())},
            }
            attacker.client.publish("mingchu/v1/shaoxing/site-a/node-a/cam-a/event", json.dumps(body).encode(), qos=1)
        the_neighbour_is_served(rig)
    with rig.store.write() as w:
        feed.sequence(w)
        events = feed.events_after(w, cursor=0, limit=500)
    assert max(len(dumps(event.envelope())) for event in events) < 65_536


def node(key: str, entity: str = "e") -> Node:
    return Node(
        id=key,
        site_id="s",
        tenant_id="t",
        entity_id=entity,  # type: ignore[arg-type]
        region_code="330602",
        revoked_at=None,
        online=True,
        session=1,
        status_at=None,
        last_seen_at=None,
        clock_skew_s=None,
        firmware=None,
        gaps=0,
    )


def spent(budgets: Budgets, sender: Node | None, tries: int, *, now: float = 0.0, what: str = "event") -> int:
    return sum(budgets.spend(sender, what, 1, now=now) for _ in range(tries))


def test_a_budget_is_used_up_and_refills() -> None:
    budgets = Budgets(BudgetSettings(event_burst=10, event_per_s=2))
    assert spent(budgets, node("a"), 100) == 10
    assert spent(budgets, node("a"), 100, now=3.0) == 6
    assert spent(budgets, node("a"), 100, now=1e6) == 10


def test_a_node_without_budget_uses_none_of_its_enterprises_budget() -> None:
    budgets = Budgets(BudgetSettings(event_burst=10, event_per_s=0.001, entity_factor=2, tenant_factor=3))
    assert spent(budgets, node("a"), 1000) == 10
    assert spent(budgets, node("b"), 1000) == 10
    assert spent(budgets, node("c"), 1000) == 0  # the enterprise has the budget of two nodes
    assert spent(budgets, node("d", "other"), 1000) == 10
    assert spent(budgets, node("e", "third"), 1000) == 0  # and the tenant that of three
    assert spent(budgets, None, 1000) == 10  # topics without a node have a separate budget


def test_without_a_budget_there_is_no_bound_and_budgets_are_separate() -> None:
    budgets = Budgets(BudgetSettings(event_per_s=0, status_burst=1, status_per_s=0.001))
    assert spent(budgets, node("a"), 5000) == 5000
    assert spent(budgets, node("a"), 5, what="status") == 1
    assert spent(budgets, node("a"), 5, what="reading") == 5


def test_retained_messages_can_not_fill_the_broker(rig: Rig) -> None:
    """Every topic below a node's level could retain a megabyte that nobody needs."""
    a = rig.kitchens[0]
    place = f"mingchu/v1/shaoxing/{a.site}/{a.node}"
    topics = [f"{place}/x{i}/frame" for i in range(5)] + [
        f"mingchu/v2/shaoxing/{a.site}/{a.node}/_/status",
        f"mingchu/v1/other/{a.site}/{a.node}/_/status",
        f"{place}/fridge-a/reading",
        f"{place}/cam-a/cmd/clip",
    ]
    with attacker_of(rig, a) as attacker:
        for topic in topics:
            attacker.publish(topic, b"x" * 1000, retain=True)
        attacker.publish(f"{place}/_/status", dumps({"online": True, "session": 10**6}).encode(), retain=True)

        def kept() -> list[str]:
            login = Login(url=rig.roles_url, client_id="look", username=PLATFORM, password=SECRET)
            found: list[Incoming] = []
            filters = [(f"mingchu/+/+/+/{a.node}/#", 1)]
            with MqttLink(login, subscriptions=filters, on_message=found.append, keep_session=False) as link:
                assert link.connected.wait(GENEROUS_S)
                time.sleep(0.5)
            return [message.topic for message in found if message.retained]

        wait_for(lambda: kept() == [f"{place}/_/status"])
        attacker.publish(f"{place}/_/status", b"", retain=True)
