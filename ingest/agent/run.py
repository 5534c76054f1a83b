"""The assembled agent: cameras, sensors, clips, status and the connection to the platform."""

import resource
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import structlog

from ingest.agent.camera import Camera, OnPicture, Patience, Watchdog
from ingest.agent.child import CameraJob
from ingest.agent.clip_store import ClipStore
from ingest.agent.clips import ClipCutter
from ingest.agent.config import AgentConfig, CameraConfig, ModbusSensor, TopicSensor, address_of, secret_of
from ingest.agent.ring import Ring
from ingest.agent.sensors import ModbusPoller, SensorBoard, TopicListener, pollers
from ingest.agent.speech import Speaker
from ingest.agent.vendors import Vendors
from ingest.mqtt import Login
from ingest.node.client import NodeAbout, NodeAddress, NodeClient
from ingest.node.spool.disk import DiskSpool
from ingest.payloads.senml import Reading
from ingest.payloads.status import DeviceHealth, PlaceBox
from models.base.atomic import write_atomically
from models.base.clock import SystemClock, is_due

log = structlog.get_logger()

FIRMWARE = "mingchu-agent 0.1"
STATUS_EVERY_S = 30.0
MOST_PLACES_TOLD = 256
"""Most places of furniture in one status, shared evenly by the cameras, so that it stays within its bound."""
SETTLE_S = 0.5
"""Seconds to collect changes, so that fifty starting cameras cause a few status messages, not fifty."""


class Agent:
    """A running agent; use it as a context manager.

    Args:
        config: the configuration; `path` is its file: relative secrets lie beside it.
        on_frame: called with device, JPEG and time of every sampled picture, on the camera's thread, after it was sent.
            A detector at the edge hands it to a thread of its own and reports with `node.event`.
        furniture: returns the places that a judge at the edge has learnt at a camera, None for a camera without any
            judge; called on any thread.
    """

    def __init__(
        self,
        config: AgentConfig,
        path: Path,
        *,
        patience: Patience | None = None,
        on_frame: OnPicture | None = None,
        furniture: Callable[[str], tuple[PlaceBox, ...] | None] | None = None,
    ) -> None:
        platform, clock = config.platform, SystemClock()
        state = path.parent / platform.state_dir.expanduser()
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.session = next_session(state / "session", now=clock.now())
        self._on_frame, self._furniture = on_frame, furniture
        self._still_every = timedelta(seconds=0 if config.edge is None else config.edge.still_every_s)
        self._still_at: dict[str, datetime] = {}
        self._stop, self._changed = threading.Event(), threading.Event()
        self.cameras = [self._camera(camera, path, patience) for camera in config.camera]
        rings = {camera.device: camera.ring for camera in self.cameras}
        self.clips = ClipCutter(
            ClipStore(state / "clips", max_bytes=platform.clips_bytes),
            rings,
            answer=self._answer,
            clock=clock,
            authority=platform.ca,
        )
        speaker = config.speaker
        self._speaker = None if speaker is None else Speaker(speaker, answer=self._spoken, clock=clock)
        about = NodeAbout(
            health=self.health,
            firmware=FIRMWARE,
            commands={"clip": self.clips.command} | ({} if self._speaker is None else {"speak": self._speaker.command}),
            on_connected=self.clips.tell_again,
        )
        login = Login(
            url=platform.broker,
            client_id=platform.node,
            username=platform.node,
            password=secret_of(platform.password_file, beside=path.parent),
            authority=platform.ca,
        )
        address = NodeAddress(tenant=platform.tenant, site=platform.site, node=platform.node)
        spool = DiskSpool(state / "spool.db", max_bytes=platform.spool_bytes)
        self.node = NodeClient(login, address, session=self.session, devices=[], about=about, spool=spool)
        self._sensors = SensorBoard(config.sensor, self._reading, self._changed.set, clock)
        self._listeners = _listeners(config, path, self._sensors)
        self._vendors = Vendors(config, path, report=self.node.event)
        self._watchdog = Watchdog([*self.cameras, self._sensors])
        self._teller = threading.Thread(target=self._tell_loop, name="status", daemon=True)

    def __enter__(self) -> Self:
        self.node.__enter__()
        self.clips.start()
        if self._speaker is not None:
            self._speaker.start()
        for camera in self.cameras:
            camera.start()
        for listener in self._listeners:
            listener.start()
        self._vendors.start()
        self._watchdog.start()
        self._teller.start()
        log.info("agent runs", cameras=len(self.cameras), session=self.session)
        return self

    def __exit__(self, *_of_block: object) -> None:
        self._stop.set()
        self._changed.set()
        self._teller.join(5)
        self._watchdog.stop()
        self._vendors.stop()
        for listener in self._listeners:
            listener.stop()
        for camera in self.cameras:
            camera.stop()
        self.clips.stop()
        if self._speaker is not None:
            self._speaker.stop()
        self.node.__exit__(None, None, None)

    def health(self) -> list[DeviceHealth]:
        """Return the health of every device."""
        return [self._camera_health(camera) for camera in self.cameras] + self._sensors.health()

    def _camera_health(self, camera: Camera) -> DeviceHealth:
        health = camera.health()
        places = None if self._furniture is None else self._furniture(camera.device)
        if places is None:
            return health
        most = max(1, MOST_PLACES_TOLD // len(self.cameras))
        return health.model_copy(update={"furniture": places[:most]})

    def _camera(self, camera: CameraConfig, path: Path, patience: Patience | None) -> Camera:
        job = CameraJob(address=address_of(camera, config=path), sample_fps=camera.sample_fps, sample=camera.sample)
        ring = Ring(seconds=camera.ring_s, max_bytes=camera.ring_bytes)
        return Camera(
            camera.device, job, ring, on_picture=self._picture, on_change=self._changed.set, patience=patience
        )

    def _picture(self, device: str, jpeg: bytes, at: datetime) -> None:
        if is_due(self._still_at.get(device), at, every=self._still_every):
            self._still_at[device] = at
            self.node.frame(device, jpeg, at=at)
        if self._on_frame is not None:
            self._on_frame(device, jpeg, at)

    def _reading(self, device: str, reading: Reading) -> None:
        self.node.readings(device, [reading])

    def _answer(self, device: str, payload: bytes) -> bool:
        return self.node.answer(device, "clip", payload)

    def _spoken(self, device: str, payload: bytes) -> bool:
        return self.node.answer(device, "speak", payload)

    def _tell_loop(self) -> None:
        while not self._stop.is_set():
            if self._changed.wait(STATUS_EVERY_S):
                self._stop.wait(SETTLE_S)
                self._changed.clear()
            if not self._stop.is_set():
                self.node.tell_status()


def _listeners(config: AgentConfig, path: Path, board: SensorBoard) -> list[ModbusPoller | TopicListener]:
    """Return the pollers and listeners that read the sensors."""
    found: list[ModbusPoller | TopicListener] = []
    found += pollers([sensor for sensor in config.sensor if isinstance(sensor, ModbusSensor)], board)
    topics = [sensor for sensor in config.sensor if isinstance(sensor, TopicSensor)]
    if config.local is not None and topics:
        file = config.local.password_file
        login = Login(
            url=config.local.broker,
            client_id=f"mingchu-{config.platform.node}",
            username=config.local.username,
            password=None if file is None else secret_of(file, beside=path.parent),
        )
        found.append(TopicListener(login, topics, board))
    return found


def next_session(path: Path, *, now: datetime) -> int:
    """Return the number of this birth: larger than the last, and not below the time, in case the file is lost."""
    try:
        last = int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        last = 0
    session = max(last + 1, int(now.timestamp()))
    try:
        write_atomically(path, str(session))
    except OSError as error:  # on a full disk the time alone makes the next number larger
        log.warning("the number of this birth can't be saved", file=str(path), why=error.strerror)
    return session


def raise_file_limit() -> None:
    """Raise the limit of open files (usual: 1024): each camera needs four here and more in its children's server."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def run(config: AgentConfig, path: Path, *, stop: threading.Event) -> None:
    """Run the agent until `stop` is set."""
    raise_file_limit()
    with Agent(config, path):
        stop.wait()
