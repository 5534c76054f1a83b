"""kill -9 of every role, of PostgreSQL and of the broker under load: nothing is lost or doubled, and all restart."""

import os
import threading
import time
from collections.abc import Iterator

import pytest

from deploy.embedded.broker import find_mosquitto
from ingest.mqtt import Login
from ingest.node.client import NodeAddress, NodeClient
from models.store import alerts, readings
from tests.support.platform import SECRET, VICTIMS, Load, Platform, platform_with
from tests.support.waiting import START_S, wait_for
from tests.support.world import TENANT


@pytest.fixture(params=["mosquitto", "iotcore"])
def platform(request: pytest.FixtureRequest) -> Iterator[Platform]:
    if request.param == "mosquitto" and find_mosquitto() is None:
        assert not os.environ.get("CI"), "CI installs mosquitto"
        pytest.skip("mosquitto is not installed")
    with platform_with(request.param) as running:
        yield running


def test_after_kills_nothing_is_lost_or_doubled_and_everything_is_restarted(platform: Platform) -> None:
    kitchen = platform.kitchen
    login = Login(url=platform.endpoints.mqtt_url, client_id=kitchen.node, username=kitchen.node, password=SECRET)
    address = NodeAddress(tenant=TENANT, site=kitchen.site, node=kitchen.node)
    with NodeClient(login, address, session=1, devices=[]) as node:
        wait_for(lambda: node.connected)
        load = Load(node, kitchen)
        thread = threading.Thread(target=load.run)
        thread.start()
        for victim in VICTIMS:
            time.sleep(1)
            before = platform.children()[victim]["restarts"]
            platform.kill(victim)
            wait_for(lambda name=victim, n=before: platform.children()[name]["restarts"] != n)
        time.sleep(1)
        load.stop.set()
        thread.join()
        wait_for(platform.all_ready, timeout_s=START_S)
        assert node.wait_empty(START_S), f"{node.spooled} messages still wait for their receipt"
        assert node.dropped == 0
    assert load.sent > 500
    with platform.store.read() as r:
        assert readings.count_readings(r) == (load.sent, load.sent)
        raised = alerts.alerts(r, limit=10)
    assert [(alert.code, alert.device_id) for alert in raised] == [("gas_ch4", kitchen.gas)]
