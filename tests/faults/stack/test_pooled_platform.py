"""A whole platform whose roles reach the database through pgbouncer in transaction mode."""

import threading

import httpx
import pytest

from deploy.embedded.broker import find_mosquitto, mosquitto_hash
from deploy.embedded.folder import temporary_data_dir
from deploy.places import Places
from ingest.mqtt import Login
from ingest.node.client import NodeAddress, NodeClient
from models.store import Store, alerts, readings
from tests.support.people import add_keys
from tests.support.platform import SECRET, Load, children_of, running_up
from tests.support.poolers import OWNER, pgbouncer
from tests.support.waiting import START_S, wait_for
from tests.support.world import TENANT, seed_world

SERVER_CONNECTIONS = 6
"""Fewer than the processes together open; they take turns."""


def test_every_role_works_and_events_come_at_once(database_url: str, store: Store) -> None:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    a, b = seed_world(store, mqtt_hash=mosquitto_hash(SECRET))
    keys = add_keys(store, a, b)
    settings = {"MINGCHU_DATABASE_POOLED": "true", "MINGCHU_DATABASE_DIRECT_URL": database_url}
    with pgbouncer(database_url, connections=SERVER_CONNECTIONS) as addresses, temporary_data_dir() as data:
        Places(data).keep_node_secret(a.node, SECRET)
        with running_up(data, "--broker", "mosquitto", MINGCHU_DATABASE_URL=addresses[OWNER], **settings) as (_, ends):
            login = Login(url=ends.mqtt_url, client_id=a.node, username=a.node, password=SECRET)
            address = NodeAddress(tenant=TENANT, site=a.site, node=a.node)
            with NodeClient(login, address, session=1, devices=[]) as node:
                wait_for(lambda: node.connected)
                load = Load(node, a)
                thread = threading.Thread(target=load.run, daemon=True)
                thread.start()
                headers = {"Authorization": f"Bearer {keys.regulator_a}"}
                with httpx.Client(base_url=ends.console_url, headers=headers, timeout=60) as mine:
                    seen = lambda: {event["type"] for event in mine.get("/v1/events?cursor=0").json()["data"]}  # noqa: E731
                    wait_for(lambda: "mingchu.alert.opened" in seen(), timeout_s=START_S)
                    theirs = {"Authorization": f"Bearer {keys.regulator_b}"}
                    assert mine.get("/v1/events?cursor=0", headers=theirs).json()["data"] == [], "of another district"
                wait_for(lambda: load.sent > 500)
                load.stop.set()
                thread.join()
                assert node.wait_empty(START_S)
            assert {name: child["restarts"] for name, child in children_of(data).items() if child["restarts"]} == {}
    with store.read() as r:
        assert readings.count_readings(r) == (load.sent, load.sent)
        assert [alert.code for alert in alerts.alerts(r, limit=10)] == ["gas_ch4"]
