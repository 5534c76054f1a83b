"""A whole platform at work is backed up; on an empty machine the restored one goes on with the same nodes."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.embedded.broker import find_mosquitto
from deploy.embedded.folder import temporary_data_dir
from ingest.mqtt import Login
from ingest.node.client import NodeAddress, NodeClient
from ingest.payloads.senml import Reading
from models.store import Store, readings
from tests.support.installations import mingchu, said_by
from tests.support.platform import SECRET, Load, platform_with, running_up
from tests.support.waiting import wait_for
from tests.support.world import TENANT


def test_a_platform_goes_on_elsewhere_after_its_machine_is_gone(tmp_path: Path) -> None:
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    (tmp_path / "passphrase").write_text("correct horse battery")
    keys = ("--passphrase-file", tmp_path / "passphrase")
    with platform_with("mosquitto") as platform:
        kitchen = platform.kitchen
        address = NodeAddress(tenant=TENANT, site=kitchen.site, node=kitchen.node)
        with NodeClient(_login(platform.endpoints.mqtt_url, kitchen.node), address, session=1, devices=[]) as node:
            wait_for(lambda: node.connected)
            load = Load(node, kitchen)
            thread = threading.Thread(target=load.run)
            thread.start()
            wait_for(lambda: load.sent > 200)
            made = said_by(mingchu("backup", tmp_path / "b", "--data", platform.data, "--with-keys", *keys, "--json"))
            load.stop.set()
            thread.join()
        assert platform.all_ready()
    with temporary_data_dir() as data:
        said_by(mingchu("restore", tmp_path / "b", "--data", data, *keys, "--json"))
        with running_up(data, "--broker", "mosquitto") as (_, endpoints), Store(endpoints.database_url) as store:
            with store.read() as r:
                restored, _ = readings.count_readings(r)
            assert 0 < restored <= load.sent
            with NodeClient(_login(endpoints.mqtt_url, kitchen.node), address, session=2, devices=[]) as node:
                wait_for(lambda: node.connected)
                node.readings(kitchen.fridge, [Reading("fridge_temp", datetime.now(UTC), 4.0)])
                assert node.wait_empty(60), "the restored platform gave no receipt"
            with store.read() as r:
                assert readings.count_readings(r)[0] == restored + 1
            assert made["revision"]


def _login(url: str, node: str) -> Login:
    return Login(url=url, client_id=node, username=node, password=SECRET)
