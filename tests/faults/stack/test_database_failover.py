"""A whole platform on three database nodes: the leader's machine is lost under load, and nothing acknowledged is."""

import threading
from collections.abc import Iterator

import psycopg
import pytest

from deploy.embedded.broker import find_mosquitto, mosquitto_hash
from deploy.embedded.folder import temporary_data_dir
from deploy.places import Places
from ingest.mqtt import Login
from ingest.node.client import NodeAddress, NodeClient
from models.base.errors import StoreUnavailable
from models.store import Store, alerts, feed, migrate, readings
from tests.support.patronis import Nodes, patroni
from tests.support.platform import SECRET, Load, children_of, is_ready, running_up
from tests.support.waiting import START_S, wait_for
from tests.support.world import TENANT, seed_world


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    with patroni() as found:
        with psycopg.connect(found.url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE mingchu")
        migrate(found.url())
        yield found


def test_the_leader_is_lost_under_load(nodes: Nodes) -> None:
    standby_refuses_as_if_it_were_away(nodes)
    nothing_acknowledged_is_lost(nodes)


def standby_refuses_as_if_it_were_away(nodes: Nodes) -> None:
    """An address that leads to a standby: roles wait instead of ending."""
    leader = nodes.leader()
    assert leader is not None
    standby = next(node for node in nodes.nodes if node is not leader)
    with Store(standby.url(), size=1) as store:
        with store.read() as r:
            assert readings.count_readings(r) == (0, 0)
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="a standby that can't write"), store.write() as w:
                feed.sequence(w)


def nothing_acknowledged_is_lost(nodes: Nodes) -> None:
    with Store(nodes.url(), size=1) as store:
        kitchen, _ = seed_world(store, mqtt_hash=mosquitto_hash(SECRET))
    with temporary_data_dir() as data:
        Places(data).keep_node_secret(kitchen.node, SECRET)
        with running_up(data, "--broker", "mosquitto", MINGCHU_DATABASE_URL=nodes.url()) as (_, ends):
            login = Login(url=ends.mqtt_url, client_id=kitchen.node, username=kitchen.node, password=SECRET)
            address = NodeAddress(tenant=TENANT, site=kitchen.site, node=kitchen.node)
            with NodeClient(login, address, session=1, devices=[]) as node:
                wait_for(lambda: node.connected)
                load = Load(node, kitchen)
                thread = threading.Thread(target=load.run, daemon=True)
                thread.start()
                wait_for(lambda: stored(nodes) > 200, timeout_s=START_S)
                lost = nodes.leader()
                assert lost is not None
                lost.die()
                wait_for(lambda: nodes.leader() not in (None, lost), timeout_s=START_S)
                before = stored(nodes)
                wait_for(lambda: stored(nodes) > before + 200, timeout_s=START_S)
                load.stop.set()
                thread.join()
                assert node.wait_empty(START_S), f"{node.spooled} messages still wait for their receipt"
                assert node.dropped == 0
            wait_for(lambda: is_ready(data), timeout_s=START_S)
            restarted = {name: child["restarts"] for name, child in children_of(data).items() if child["restarts"]}
            assert restarted == {}, "the roles waited for the database and went on"
    with Store(nodes.url(), size=1) as store, store.read() as r:
        assert readings.count_readings(r) == (load.sent, load.sent)
        assert [alert.code for alert in alerts.alerts(r, limit=10)] == ["gas_ch4"]
        assert feed.events_after(r, cursor=0, limit=10), "the feed goes on"


def stored(nodes: Nodes) -> int:
    """Return how many readings the leader has; 0 while there is none."""
    try:
        with psycopg.connect(nodes.url(), connect_timeout=3) as connection:
            row = connection.execute("SELECT count(*) FROM reading").fetchone()
    except psycopg.OperationalError:
        return 0
    return 0 if row is None else int(row[0])
