"""Play a fleet script: every node is a real MQTT client with its own credentials."""

import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from ingest.mqtt import Login
from ingest.node.client import NodeAddress, NodeClient
from ingest.payloads.senml import Reading
from ingest.simulator.script import CameraScript, Faults, FleetScript, NodeScript, SensorScript
from ingest.simulator.sources import Source, open_source
from models.base.clock import SHANGHAI, rfc3339
from models.base.jsonio import dumps

log = structlog.get_logger()

_LATE_BY = timedelta(minutes=30)
_LEDGER_EVERY_S = 1.0
_OVERSIZE_BYTES = 700_000


@dataclass(slots=True)
class Counts:
    """Numbers of messages that one node sent."""

    frames: int = 0
    readings: int = 0
    duplicates: int = 0
    gaps: int = 0
    late: int = 0
    garbage: int = 0


@dataclass(slots=True)
class _Due:
    """The next due time of a camera or sensor, in seconds after the start."""

    at_s: float
    source: Source | None
    camera: CameraScript | None = None
    sensor: SensorScript | None = None


@dataclass(slots=True)
class NodePlayer:
    """One node: its client, its random numbers, and its due times."""

    script: NodeScript
    client: NodeClient
    faults: Faults
    dice: random.Random
    counts: Counts = field(default_factory=Counts)
    dues: list[_Due] = field(default_factory=list)

    def prepare(self) -> None:
        """Open the sources; drawn kitchens draw their background here."""
        for camera in self.script.cameras:
            self.dues.append(_Due(self.dice.random() / camera.fps, open_source(camera)(), camera=camera))
        for sensor in self.script.sensors:
            self.dues.append(_Due(self.dice.random() * sensor.every_s, None, sensor=sensor))

    def play(self, start: datetime, start_monotonic: float, *, duration_s: float | None, stop: threading.Event) -> None:
        """Send what is due until `stop` is set, the duration is over, or all footage has been played."""
        while self.dues and not stop.is_set():
            due = min(self.dues, key=lambda entry: entry.at_s)
            if duration_s is not None and due.at_s >= duration_s:
                return
            wait = start_monotonic + due.at_s - time.monotonic()
            if wait > 0 and stop.wait(wait):
                return
            at = start + timedelta(seconds=due.at_s)
            if due.camera is not None and due.source is not None:
                self._frame(due, due.camera, due.source, at)
            elif due.sensor is not None:
                self._reading(due, due.sensor, at)

    def _frame(self, due: _Due, camera: CameraScript, source: Source, at: datetime) -> None:
        jpeg = source.jpeg(due.at_s, wall_clock=at.astimezone(SHANGHAI))
        if jpeg is None:
            self.dues.remove(due)
            return
        due.at_s += 1 / camera.fps
        if self._roll(self.faults.garbage):
            self.client.raw(camera.device, "frame", self.dice.randbytes(200))
        if self.client.frame(camera.device, jpeg, at=at + timedelta(seconds=self.faults.skew_s)):
            self.counts.frames += 1

    def _reading(self, due: _Due, sensor: SensorScript, at: datetime) -> None:
        value = self._value(sensor, due.at_s)
        due.at_s += sensor.every_s
        claimed = at + timedelta(seconds=self.faults.skew_s)
        if self._roll(self.faults.late):
            claimed -= _LATE_BY
            self.counts.late += 1
        skip = int(self._roll(self.faults.gap))
        copies = 1 + int(self._roll(self.faults.duplicate))
        self.client.readings(sensor.device, [Reading(sensor.code, claimed, value)], skip=skip, copies=copies)
        self.counts.readings += 1
        self.counts.gaps += skip
        self.counts.duplicates += copies - 1
        if self._roll(self.faults.garbage):
            self.client.raw(sensor.device, "reading", b"{garbage %d" % self.dice.randrange(10**9))
            self.counts.garbage += 1
        if self._roll(self.faults.oversize):
            self.client.raw(sensor.device, "reading", b"[" + b" " * _OVERSIZE_BYTES + b"]")
            self.counts.garbage += 1

    def _value(self, sensor: SensorScript, t: float) -> float:
        for situation in sensor.situations:
            if situation.start_s <= t < situation.end_s:
                return situation.value
        return round(sensor.normal + self.dice.uniform(-sensor.noise, sensor.noise), 3)

    def _roll(self, share: float) -> bool:
        return share > 0 and self.dice.random() < share


def play(script: FleetScript, *, mqtt_url: str, ledger: Path, stop: threading.Event) -> None:
    """Play until `stop` is set; the ledger file always records what was sent so far.

    The script's time begins when every node is connected and every background is drawn.
    """
    session = int(time.time())
    players = [_player(script, node, mqtt_url, session) for node in script.nodes]
    for player in players:
        player.client.__enter__()
        player.prepare()
    while not stop.is_set() and not all(player.client.connected for player in players):
        _write(ledger, players, started=None)
        stop.wait(0.1)
    start, start_monotonic = datetime.now(UTC), time.monotonic()
    threads = [
        threading.Thread(
            target=player.play,
            args=(start, start_monotonic),
            kwargs={"duration_s": script.duration_s, "stop": stop},
            daemon=True,
        )
        for player in players
    ]
    log.info("fleet plays", nodes=len(players))
    for thread in threads:
        thread.start()
    while not stop.wait(_LEDGER_EVERY_S):
        done = not any(thread.is_alive() for thread in threads) and not any(p.client.spooled for p in players)
        _write(ledger, players, started=start, done=done)
    for thread in threads:
        thread.join(timeout=5)
    for player in players:
        player.client.wait_empty(5)
        _write(ledger, players, started=start)
        player.client.__exit__(None, None, None)


def _player(script: FleetScript, node: NodeScript, mqtt_url: str, session: int) -> NodePlayer:
    login = Login(url=mqtt_url, client_id=node.node, username=node.node, password=node.password)
    address = NodeAddress(tenant=node.tenant, site=node.site, node=node.node)
    devices = [camera.device for camera in node.cameras] + [sensor.device for sensor in node.sensors]
    client = NodeClient(login, address, session=session, devices=devices)
    return NodePlayer(node, client, script.faults, random.Random(f"{script.seed}/{node.node}"))  # noqa: S311 - dice


def _write(ledger: Path, players: list[NodePlayer], *, started: datetime | None, done: bool = False) -> None:
    body = {
        "started_at": None if started is None else rfc3339(started),
        "frames_published": sum(p.counts.frames for p in players),
        "readings_published": sum(p.counts.readings for p in players),
        "duplicates": sum(p.counts.duplicates for p in players),
        "gaps": sum(p.counts.gaps for p in players),
        "late": sum(p.counts.late for p in players),
        "garbage": sum(p.counts.garbage for p in players),
        "waiting_for_receipt": sum(p.client.spooled for p in players),
        "spool_dropped": sum(p.client.dropped for p in players),
        "done": done,
        "refusals": {p.script.node: p.client.refusals for p in players if p.client.refusals},
    }
    new = ledger.with_suffix(".new")
    new.write_text(dumps(body), encoding="utf-8")
    new.replace(ledger)
