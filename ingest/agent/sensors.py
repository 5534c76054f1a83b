"""The site's sensors: read by Modbus/TCP or from the local broker, and passed on as readings."""

import itertools
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from ingest.agent.config import ModbusSensor, TopicSensor
from ingest.agent.local_broker import LocalListener
from ingest.agent.modbus import ModbusHost
from ingest.mqtt import Login
from ingest.payloads import tasmota, zigbee2mqtt
from ingest.payloads.local_json import FieldAbsent
from ingest.payloads.senml import Reading
from ingest.payloads.status import DeviceHealth, Reason
from models.base.clock import Clock
from models.base.errors import Invalid

log = structlog.get_logger()

_PARSERS = {"zigbee2mqtt": zigbee2mqtt.parse, "tasmota": tasmota.parse}

_IN_A_ROW = 3
"""Consecutive failures after which a working sensor counts as offline; one lost answer does not count."""

OnReading = Callable[[str, Reading], None]


@dataclass(slots=True)
class _State:
    """State of a sensor. Times are monotonic seconds.

    Attributes:
        failures: number of consecutive failed reads.
        absent: content of the newest message of its topic, which lacked its field.
    """

    since: float

    last: float | None = None
    sent: float | None = None
    value: float | None = None
    online: bool = False
    reason: Reason | None = None
    failures: int = 0
    absent: str = ""


@dataclass(slots=True)
class SensorBoard:
    """The state of every sensor, and the target of its values.

    Args:
        on_reading: called with device and reading, on the thread that received it.
        on_change: called when a sensor's state has changed.
    """

    sensors: Sequence[ModbusSensor | TopicSensor]
    on_reading: OnReading
    on_change: Callable[[], None]
    clock: Clock
    _states: dict[str, _State] = field(init=False)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._states = {sensor.device: _State(since=time.monotonic()) for sensor in self.sensors}

    def value(self, sensor: ModbusSensor | TopicSensor, raw: float, *, at: datetime | None = None) -> None:
        """Take a sensor's value; pass it on if it changed or `every_s` has passed."""
        value, now = sensor.value(raw), time.monotonic()
        if not math.isfinite(value):
            self.failed(sensor, "not_found", f"value {value}")
            return
        with self._lock:
            state = self._states[sensor.device]
            changed, state.online, state.reason = not state.online, True, None
            state.last, state.failures, state.absent = now, 0, ""
            due = state.sent is None or now - state.sent >= sensor.every_s or value != state.value
            if due:
                state.sent, state.value = now, value
        if due:
            self.on_reading(sensor.device, Reading(sensor.code, at or self.clock.now(), value))
        if changed:
            log.info("sensor is online", device=sensor.device)
            self.on_change()

    def absent(self, sensor: TopicSensor, why: str) -> None:
        """Note that a message of the sensor's topic lacks its field: the message may be another device's."""
        with self._lock:
            self._states[sensor.device].absent = why

    def failed(self, sensor: ModbusSensor | TopicSensor, reason: Reason, why: str) -> None:
        """Note a failed read; a working sensor counts as offline only after several in a row."""
        with self._lock:
            state = self._states[sensor.device]
            state.failures += 1
            working = state.online and state.failures < _IN_A_ROW
        if not working:
            self._away(sensor, reason, why)

    def _away(self, sensor: ModbusSensor | TopicSensor, reason: Reason, why: str) -> None:
        with self._lock:
            state = self._states[sensor.device]
            changed = state.online or state.reason != reason
            state.online, state.reason = False, reason
        if changed:
            log.warning("sensor sends no value", device=sensor.device, reason=reason, why=why)
            self.on_change()

    def look(self, now: float) -> None:
        """Mark sensors that were silent for too long; called by the watchdog, with monotonic time."""
        for sensor in self.sensors:
            state = self._states[sensor.device]
            silent = now - (state.since if state.last is None else state.last)
            if silent > sensor.silence_s and (state.online or state.reason is None):
                reason: Reason = "not_found" if state.absent else "stalled"
                self._away(sensor, reason, f"silent for {silent:.0f} s {state.absent}".strip())

    def health(self) -> list[DeviceHealth]:
        """Return the health of every sensor."""
        now = time.monotonic()
        with self._lock:
            return [
                DeviceHealth(
                    id=device,
                    kind="sensor",
                    state="online" if state.online else "offline",
                    reason=state.reason,
                    last_frame_age_s=None if state.last is None else round(now - state.last, 1),
                )
                for device, state in self._states.items()
            ]


class ModbusPoller:
    """Reads the sensors of one host, each at its time, on a thread of its own: a dead host delays no other."""

    def __init__(self, host: str, port: int, sensors: Sequence[ModbusSensor], board: SensorBoard) -> None:
        self._host, self._sensors, self._board = ModbusHost(host, port), sensors, board
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"agent-modbus-{host}", daemon=True)

    def start(self) -> None:
        """Start to read."""
        self._thread.start()

    def stop(self) -> None:
        """Stop reading."""
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        due = {sensor.device: time.monotonic() for sensor in self._sensors}
        while not self._stop.is_set():
            sensor = min(self._sensors, key=lambda one: due[one.device])
            if self._stop.wait(max(0.0, due[sensor.device] - time.monotonic())):
                break
            due[sensor.device] = time.monotonic() + sensor.every_s
            try:
                self._board.value(sensor, self._host.read(sensor))
            except Invalid as error:
                self._board.failed(sensor, "unreachable", str(error))
            except Exception as error:  # the other sensors of this host continue, and this one is tried again
                log.exception("sensor can't be read", device=sensor.device)
                self._board.failed(sensor, "unreachable", repr(error))
        self._host.close()


class TopicListener(LocalListener):
    """Receives the messages of sensors at the local broker."""

    def __init__(self, login: Login, sensors: Sequence[TopicSensor], board: SensorBoard) -> None:
        self._board = board
        self._by_topic = {
            topic: list(group)
            for topic, group in itertools.groupby(sorted(sensors, key=lambda s: s.topic), key=lambda s: s.topic)
        }
        super().__init__(login, self._by_topic, self._value, name="agent-topics")

    def _value(self, topic: str, payload: bytes) -> None:
        for sensor in self._by_topic.get(topic, ()):
            try:
                sample = _PARSERS[sensor.codec](payload, field=sensor.field)
            except FieldAbsent as error:
                self._board.absent(sensor, str(error))
            except Invalid as error:
                self._board.failed(sensor, "not_found", str(error))
            else:
                self._board.value(sensor, sample.value, at=sample.at)


def pollers(sensors: Sequence[ModbusSensor], board: SensorBoard) -> list[ModbusPoller]:
    """Return one poller for each host."""
    hosts = sorted({(sensor.host, sensor.port) for sensor in sensors})
    return [ModbusPoller(*host, [one for one in sensors if (one.host, one.port) == host], board) for host in hosts]
