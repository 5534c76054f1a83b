"""The judge with a real broker and database; only its engine is scripted, since no attack here is about boxes."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.embedded.broker import Broker
from ingest.mqtt import Login, MqttLink
from ingest.registry import Registry
from ingest.topics import up_filter
from models.base.clock import SystemClock
from models.evidence.files import EvidenceFiles
from models.store import Store
from tests.support.rig import PLATFORM, SECRET, broker
from tests.support.scripted import ENTRY, Scripted
from tests.support.waiting import GENEROUS_S, wait_for
from tests.support.world import TENANT, Kitchen, seed_world
from vision.engines.detector import Detector
from vision.judging.rules import default_rules
from vision.pipeline.pipeline import Pipeline
from vision.pipeline.storing import Recorder
from vision.role import Reception

__all__ = ["broker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A running judge, two kitchens, and the connection of the first kitchen's node."""

    store: Store
    kitchens: tuple[Kitchen, Kitchen]
    pipeline: Pipeline
    url: str
    link: MqttLink

    def connect_again(self) -> None:
        """Break the connection to the broker; it is restored automatically, with its subscriptions."""
        before = self.link.generation
        self.link._client.reconnect()
        wait_for(lambda: self.link.generation > before)

    def write_down(self) -> None:
        """Make the judge's own thread store now what it stores every few seconds."""
        self.pipeline._heard_at = self.pipeline._tend_at = 0.0
        wait_for(lambda: self.pipeline._heard_at > 0)

    def node(self, kitchen: Kitchen) -> MqttLink:
        return MqttLink(Login(url=self.url, client_id=kitchen.node, username=kitchen.node, password=SECRET))

    def frame_topic(self, kitchen: Kitchen) -> str:
        return f"mingchu/v1/{TENANT}/{kitchen.site}/{kitchen.node}/{kitchen.camera}/frame"


@pytest.fixture
def judge(store: Store, broker: Broker, tmp_path: Path) -> Iterator[Judge]:
    url = f"mqtt://127.0.0.1:{broker.port}"
    kitchens = seed_world(store)
    registry = Registry(store)
    registry.know([f"mingchu/v1/t/s/{node}/_/status" for node in ("node-a", "node-b")])
    detector = Detector(ENTRY, Scripted())
    recorder = Recorder(
        store=store, files=EvidenceFiles(tmp_path), model=detector.reference(), rules_version=default_rules().version
    )
    pipeline = Pipeline(
        detector=detector, rules=default_rules(), recorder=recorder, registry=registry, clock=SystemClock(), gate=False
    )
    reception = Reception(pipeline, registry)
    link = MqttLink(
        Login(
            url=f"mqtt://127.0.0.1:{broker.roles_port}",
            client_id=f"{PLATFORM}-vision",
            username=PLATFORM,
            password=SECRET,
        ),
        subscriptions=[(up_filter("frame"), 0)],
        on_message=reception.take,
        keep_session=False,
    )
    reception.link = link
    stop = threading.Event()
    thread = threading.Thread(target=pipeline.run, kwargs={"stop": stop})
    with link:
        assert link.connected.wait(GENEROUS_S)
        thread.start()
        yield Judge(store=store, kitchens=kitchens, pipeline=pipeline, url=url, link=link)
        stop.set()
        thread.join(GENEROUS_S)
    assert not thread.is_alive()
