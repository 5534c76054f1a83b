"""Two real judges share the sites; one dies or is frozen while situations are open, and the other goes on with them."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.embedded.broker import Broker, BrokerUser, mosquitto_hash
from deploy.embedded.broker_mosquitto import MosquittoBroker, find_mosquitto
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.ports import free_port
from ingest.mqtt import Login, MqttLink
from ingest.simulator.kitchen import KitchenCamera
from ingest.simulator.kitchen.scene import Situation
from models.base.clock import rfc3339
from models.catalogue.terms import ViolationState
from models.store import Store, devices, violations
from tests.support.waiting import GENEROUS_S, START_S, wait_for
from tests.support.workers import SECRET, USER, owners, worker
from tests.support.world import TENANT, Kitchen, seed_world
from vision.pictures.decode import encode
from vision.pipeline.sites import KIND

pytestmark = pytest.mark.skipif(find_mosquitto() is None, reason="needs mosquitto")
CODE = "no_chef_hat"
PICTURES = 20
CLOCK = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)


@pytest.fixture
def brokers() -> Iterator[list[Broker]]:
    """Two brokers that know nothing of each other: each camera speaks at one of its own."""
    users = [BrokerUser(name=USER, mosquitto_hash=mosquitto_hash(SECRET), platform=True)]
    ports: list[int] = []
    for _ in range(4):
        ports.append(free_port(avoid=ports))
    with ExitStack() as stack:
        folders = [stack.enter_context(temporary_data_dir()) for _ in range(2)]
        pairs = zip(folders, ports[::2], ports[1::2], strict=True)
        opened = [MosquittoBroker(folder, lambda: users, port=a, roles_port=b) for folder, a, b in pairs]
        yield [stack.enter_context(one.running()) for one in opened]


def film(seed: int, *, bare: bool) -> list[bytes]:
    """A drawn kitchen, a frame a second: with bare heads, or without."""
    script = [Situation(code=CODE, start_s=0, end_s=10_000)] if bare else []
    camera = KitchenCamera(seed=seed, name="sequence", cooks=1 + seed % 3, night=False, situations=script)
    moments = [30 + second for second in range(PICTURES)]
    return [encode(camera.render(t, wall_clock=CLOCK + timedelta(seconds=t))[0]) for t in moments]


@dataclass(slots=True)
class Cameras:
    """Two cameras that show a film over and over; `bare` chooses which."""

    brokers: list[Broker]
    kitchens: tuple[Kitchen, Kitchen]
    bare: bool = True
    stop: threading.Event = field(default_factory=threading.Event)

    def play(self) -> None:
        films = {(n, bare): film(7000 + n, bare=bare) for n in (0, 1) for bare in (True, False)}
        number = 0
        with ExitStack() as stack:
            links = [stack.enter_context(MqttLink(self._login(one))) for one in self.brokers]
            assert all(link.connected.wait(GENEROUS_S) for link in links)
            while not self.stop.wait(1.0):
                number += 1
                for n, kitchen in enumerate(self.kitchens):
                    topic = f"mingchu/v1/{TENANT}/{kitchen.site}/{kitchen.node}/{kitchen.camera}/frame"
                    picture = films[n, self.bare][number % PICTURES]
                    links[n].publish(topic, picture, qos=0, user={"ts": rfc3339(datetime.now(UTC))})

    @staticmethod
    def _login(broker: Broker) -> Login:
        url = f"mqtt://127.0.0.1:{broker.roles_port}"
        return Login(url=url, client_id="cameras", username=USER, password=SECRET)

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self.play)
        thread.start()
        try:
            yield
        finally:
            self.stop.set()
            thread.join(GENEROUS_S)


def found(store: Store) -> dict[str, list[ViolationState]]:
    """The states of each camera's violations, oldest first."""
    states: dict[str, list[ViolationState]] = {}
    with store.read() as r:
        for one in reversed(violations.violations(r, limit=100)):
            if one.code == CODE:
                states.setdefault(one.device_id, []).append(one.state)
    return states


def all_seen_since(store: Store, kitchens: tuple[Kitchen, Kitchen], moment: datetime) -> bool:
    with store.read() as r:
        views = [devices.device(r, kitchen.camera) for kitchen in kitchens]
    return all(view is not None and (view.last_frame_at or moment) > moment for view in views)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_what_is_open_goes_on_with_another_judge(
    store: Store, database_url: str, brokers: list[Broker], tmp_path: Path, number: signal.Signals
) -> None:
    kitchens = seed_world(store)
    (tmp_path / "data").mkdir()
    cameras = Cameras(brokers, kitchens)
    more = {"database_url": database_url, "brokers": brokers, "folder": tmp_path}
    once = {kitchen.camera: [ViolationState.active] for kitchen in kitchens}
    with worker("vision", "a", "--threads", "1", **more) as first, worker("vision", "b", "--threads", "1", **more):
        wait_for(lambda: owners(store, KIND) == {"a": 1, "b": 1}, timeout_s=START_S, log=tmp_path / "a.log")
        with cameras.running():
            wait_for(lambda: found(store) == once, timeout_s=START_S, log=tmp_path / "b.log")
            first.send_signal(number)
            wait_for(lambda: owners(store, KIND) == {"b": 2})
            moved = datetime.now(UTC)
            wait_for(lambda: all_seen_since(store, kitchens, moved + timedelta(seconds=10)), timeout_s=START_S)
            assert found(store) == once
            if number == signal.SIGSTOP:
                first.send_signal(signal.SIGCONT)  # it still believes that it judges its site
                wait_for(lambda: owners(store, KIND) == {"a": 1, "b": 1})
                moved = datetime.now(UTC)
                wait_for(lambda: all_seen_since(store, kitchens, moved + timedelta(seconds=10)), timeout_s=START_S)
                assert found(store) == once
            cameras.bare = False
            ended = {kitchen.camera: [ViolationState.ended] for kitchen in kitchens}
            wait_for(lambda: found(store) == ended, timeout_s=START_S, log=tmp_path / "b.log")
