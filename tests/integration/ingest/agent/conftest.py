"""An agent with a real broker, cameras by gst-rtsp-server, and a listener for its messages."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest
import structlog
from structlog.testing import LogCapture

from ingest.agent import config
from ingest.agent.camera import OnPicture, Patience
from ingest.agent.run import Agent
from ingest.mqtt import Incoming, Login, MqttLink
from ingest.payloads import status
from ingest.payloads.status import DeviceHealth, Status
from tests.support.rig import PLATFORM, SECRET, Rig, broker, rig
from tests.support.rtsp import Footage, make_footage
from tests.support.waiting import wait_for
from tests.support.world import TENANT

__all__ = ["broker", "rig"]

IMPATIENT = Patience(shortest_s=0.2, longest_s=0.5, after_refusal_s=1.0)


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Footage]:
    """Encode footage, each kind once."""
    folder, made = tmp_path_factory.mktemp("footage"), {}

    def make(**wanted: object) -> Footage:
        key = tuple(sorted(wanted.items()))
        if key not in made:
            made[key] = make_footage(folder, **wanted)  # type: ignore[arg-type]
        return made[key]

    return make


def heard_log(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> LogCapture:
    """Capture the logs of a module, with any earlier configuration and cached loggers."""
    capture = LogCapture()
    monkeypatch.setattr(module, "log", structlog.wrap_logger(None, [capture], structlog.BoundLogger))
    return capture


@dataclass(slots=True)
class Ear:
    """Receives the messages of a node."""

    link: MqttLink
    node: str
    messages: list[Incoming] = field(default_factory=list)

    def frames(self, device: str) -> list[Incoming]:
        return [message for message in list(self.messages) if message.topic.endswith(f"/{device}/frame")]

    def answers(self) -> list[dict[str, object]]:
        return [json.loads(m.payload) for m in list(self.messages) if m.topic.endswith("/cmd/clip/res")]

    def status(self) -> Status | None:
        told = [m for m in list(self.messages) if m.topic.endswith("/_/status")]
        return status.parse(told[-1].payload) if told else None

    def health(self, device: str) -> DeviceHealth | None:
        told = self.status()
        return next((one for one in told.devices if one.id == device), None) if told is not None else None

    def command(self, site: str, device: str, body: dict[str, object]) -> None:
        topic = f"mingchu/v1/{TENANT}/{site}/{self.node}/{device}/cmd/clip"
        assert self.link.publish(topic, json.dumps(body).encode(), qos=1) is not None


@pytest.fixture
def ear(rig: Rig) -> Iterator[Ear]:
    kitchen = rig.kitchens[0]
    login = Login(url=rig.roles_url, client_id="test-ear", username=PLATFORM, password=SECRET)
    heard: list[Incoming] = []
    link = MqttLink(
        login,
        subscriptions=[(f"mingchu/v1/{TENANT}/{kitchen.site}/{kitchen.node}/#", 1)],
        on_message=heard.append,
        keep_session=False,
    )
    with link:
        wait_for(link.connected.is_set)
        yield Ear(link, kitchen.node, heard)


@dataclass(slots=True)
class Site:
    """A place where agents run, one after another, with one configuration file and one state."""

    rig: Rig
    folder: Path
    stack: ExitStack

    def write(self, cameras: list[dict[str, object]], *, speaker: list[str] | None = None) -> Path:
        kitchen = self.rig.kitchens[0]
        secret = self.folder / "node.secret"
        secret.write_text(SECRET)
        secret.chmod(0o600)
        about = {
            "broker": self.rig.url,
            "tenant": TENANT,
            "site": kitchen.site,
            "node": kitchen.node,
            "password_file": "node.secret",
            "state_dir": "state",
        }
        lines = ["[platform]", *_toml(about)]
        for camera in cameras:
            lines += ["[[camera]]", *_toml(camera)]
        if speaker is not None:
            lines += ["[speaker]", *_toml({"command": speaker})]
        path = self.folder / "agent.toml"
        path.write_text("\n".join(lines))
        path.chmod(0o600)
        return path

    def run(
        self,
        cameras: list[dict[str, object]],
        *,
        on_frame: OnPicture | None = None,
        speaker: list[str] | None = None,
    ) -> Agent:
        path = self.write(cameras, speaker=speaker)
        return self.stack.enter_context(Agent(config.load(path), path, patience=IMPATIENT, on_frame=on_frame))


def _toml(table: dict[str, object]) -> list[str]:
    return [f"{key} = {json.dumps(value)}" for key, value in table.items()]


@pytest.fixture
def site(rig: Rig, tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        yield Site(rig, tmp_path, stack)
    left = [
        thread.name for thread in threading.enumerate() if thread.name.startswith(("camera-", "agent-", "watchdog"))
    ]
    assert left == []
