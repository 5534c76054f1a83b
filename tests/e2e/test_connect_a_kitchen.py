"""The commands that README tells an enterprise to type, up to a reading that a platform reads by its key."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from deploy.embedded.folder import temporary_data_dir
from deploy.places import Endpoints, Places
from tests.support.platform import running_up
from tests.support.waiting import GENEROUS_S, wait_for


def mingchu(data: Path, *arguments: str, good: bool = True) -> str:
    argv = [sys.executable, "-m", "deploy.cli", *arguments[:2], "--data", str(data), *arguments[2:]]
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=GENEROUS_S, check=False)
    assert (ran.returncode == 0) == good, ran.stdout + ran.stderr
    return ran.stdout if good else ran.stderr


@pytest.fixture(scope="module")
def stack() -> Iterator[Path]:
    with temporary_data_dir() as data, running_up(data):
        yield data


def onboard(data: Path) -> tuple[str, str]:
    """Return the node's password and a platform key."""
    entity = mingchu(
        data, "entity", "add", "--tenant", "shaoxing", "--name", "鉴湖酒家", "--credit-code", "92330602MA00TEX117",
        "--region", "330602", "--officer", "王建国",
    ).strip()  # fmt: skip
    mingchu(data, "site", "add", "jianhu", "--entity", entity, "--name", "后厨", "--closed", "22:00-05:00")
    shown = mingchu(data, "node", "add", "jianhu-gw", "--site", "jianhu")
    mingchu(
        data, "device", "add", "jianhu-fridge", "--node", "jianhu-gw", "--zone", "storage", "--name", "冷藏柜",
        "--sensor", "fridge_temp",
    )  # fmt: skip
    key = mingchu(
        data, "key", "add", "--name", "city", "--role", "platform", "--tenant", "shaoxing", "--region", "3306"
    )
    match = re.search(r"password +(\S+)", shown)
    assert match
    return match[1], key.strip()


def test_from_nothing_to_a_reading_at_the_platform(stack: Path) -> None:
    password, key = onboard(stack)
    endpoints = Endpoints.load(Places(stack))
    assert endpoints is not None
    port = int(endpoints.mqtt_url.rsplit(":", 1)[1])
    # A plain client, as a vendor's gateway has one, without receipts.
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="jianhu-gw", protocol=paho.MQTTv5)
    client.username_pw_set("jianhu-gw", password)
    client.reconnect_delay_set(1, 1)  # the broker refuses a new node until it has read its users again
    client.connect("127.0.0.1", port)
    client.loop_start()
    wait_for(client.is_connected)
    at = datetime.now(UTC).timestamp()
    payload = f'[{{"n":"fridge_temp","u":"Cel","t":{at},"v":4.2}}]'
    client.publish("mingchu/v1/shaoxing/jianhu/jianhu-gw/jianhu-fridge/reading", payload, qos=1).wait_for_publish(10)
    client.loop_stop()
    with httpx.Client(base_url=endpoints.console_url, headers={"Authorization": f"Bearer {key}"}) as platform:

        def values() -> list[float]:
            answer = platform.get("/v1/devices/jianhu-fridge/readings")
            return [point["value"] for point in answer.json()["data"]]

        assert wait_for(values) == [4.2]


def test_refusals_state_what_to_do(stack: Path) -> None:
    assert "check character" in mingchu(
        stack, "entity", "add", "--tenant", "t", "--name", "x", "--credit-code", "92330602MA00TEX118",
        "--region", "330602", "--officer", "y", good=False,
    )  # fmt: skip
    assert "register it first" in mingchu(stack, "node", "add", "n", "--site", "nowhere", good=False)
    assert "art. 8" in mingchu(
        stack, "device", "add", "cam", "--node", "jianhu-gw", "--zone", "changing_room", "--name", "x", good=False
    )  # fmt: skip


def test_a_second_up_on_the_same_data_refuses_and_names_the_first(stack: Path) -> None:
    argv = [sys.executable, "-m", "deploy.cli", "up", "--data", str(stack)]
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=GENEROUS_S, check=False)
    assert ran.returncode == 1
    assert "is in use by process" in ran.stderr


def test_doctor_finds_nothing_wrong_with_a_running_stack(stack: Path) -> None:
    argv = [sys.executable, "-m", "deploy.cli", "doctor", "--data", str(stack)]
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=GENEROUS_S, check=False)
    assert ran.returncode == 0, ran.stdout
    assert "✗" not in ran.stdout
