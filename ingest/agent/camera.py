"""One camera of the agent: its process, its ring and its health. Lost connections are retried with growing pauses."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Protocol

import structlog

from ingest.agent import wire
from ingest.agent.child import CameraJob, watch_camera
from ingest.agent.ring import Ring
from ingest.payloads.status import DeviceHealth, Reason
from ingest.video import children
from ingest.video.rtsp import Packet, StreamInfo
from models.base.backoff import Backoff
from models.base.errors import Invalid

log = structlog.get_logger()

SHORTEST_S, LONGEST_S = 1.0, 30.0
AFTER_REFUSAL_S = 300.0
"""Cameras lock an address out after a few wrong passwords (Hikvision: 7); so the agent tries less often."""
STEADY_S = 60.0
GRACE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds to wait before the next connection."""

    shortest_s: float = SHORTEST_S
    longest_s: float = LONGEST_S
    after_refusal_s: float = AFTER_REFUSAL_S

    def wait_s(self, failures: int, reason: Reason | None) -> float:
        """Return the wait in seconds; it grows with consecutive failures. Random spread keeps fifty cameras apart."""
        if reason == "wrong_password":
            return self.after_refusal_s
        return Backoff(first_s=self.shortest_s, longest_s=self.longest_s, spread=(0.75, 1.25)).wait_s(failures)


OnPicture = Callable[[str, bytes, datetime], None]


class Camera:
    """Keeps a camera connected, on a thread of its own.

    Args:
        on_picture: called with device, JPEG and time, on this camera's thread.
        on_change: called when its state has changed.
    """

    def __init__(
        self,
        device: str,
        job: CameraJob,
        ring: Ring,
        *,
        on_picture: OnPicture,
        on_change: Callable[[], None],
        patience: Patience | None = None,
    ) -> None:
        self.device, self.ring = device, ring
        self._job, self._on_picture, self._on_change = job, on_picture, on_change
        self._patience = patience or Patience()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._process: ForkServerProcess | None = None
        self._heard = 0.0
        self._limit_s = 0.0
        self._info: StreamInfo | None = None
        self._online = self._settled = False
        self._reason: Reason | None = None
        self._last_packet: float | None = None
        self._reconnects = 0
        self._thread = threading.Thread(target=self._run, name=f"camera-{device}", daemon=True)

    def start(self) -> None:
        """Start to connect."""
        self._thread.start()

    def stop(self) -> None:
        """Close the connection and end its process."""
        self._stop.set()
        self._kill()
        self._thread.join(10)

    def look(self, now: float) -> None:
        """Kill its process after too long a silence; called by the watchdog, with monotonic time."""
        with self._lock:
            silent = self._process is not None and now - self._heard > self._limit_s
        if silent:
            log.warning("camera's process is silent and is killed", device=self.device)
            self._settle("stalled")
            self._kill()

    def health(self) -> DeviceHealth:
        """Return its current health."""
        info, last = self._info, self._last_packet
        rates = self.ring.rates() if self._online else None
        return DeviceHealth(
            id=self.device,
            kind="camera",
            state="online" if self._online else "offline",
            reason=None if self._online else self._reason,
            codec=None if info is None else info.codec,
            width=None if info is None else info.width,
            height=None if info is None else info.height,
            fps=None if rates is None else rates.fps,
            bitrate_kbps=None if rates is None else rates.bitrate_kbps,
            key_interval_s=None if rates is None else rates.key_interval_s,
            last_frame_age_s=None if last is None else round(max(0.0, time.monotonic() - last), 1),
            reconnects=self._reconnects,
        )

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                self._one_connection()
            except Exception:  # any error, for example no memory for a process: try this camera again
                log.exception("camera's connection failed unexpectedly", device=self.device)
                self._settle("stalled")
            failures = 1 if time.monotonic() - began > STEADY_S else failures + 1
            if self._stop.wait(self._patience.wait_s(failures, self._reason)):
                return
            self._reconnects += 1

    def _one_connection(self) -> None:
        self._settled = False
        process, connection = children.start(watch_camera, self._job, name=f"camera-{self.device}")
        with self._lock:
            self._process, self._heard = process, time.monotonic()
            self._limit_s = 2 * self._job.open_s + self._job.read_s + GRACE_S
        if self._stop.is_set():
            self._kill()
        try:
            self._listen(connection)
        except (EOFError, OSError):
            self._settle("stalled")
        except Invalid as error:
            log.warning("camera's process sent an unreadable message", device=self.device, error=str(error))
            self._settle("no_video")
        finally:
            with self._lock:
                self._process = None
            children.end(process, connection)

    def _listen(self, connection: Connection) -> None:
        while True:
            message = wire.unpack(connection.recv_bytes())
            self._heard = time.monotonic()
            if isinstance(message, Packet):
                self._take(message)
            elif isinstance(message, wire.Picture):
                self._on_picture(self.device, message.jpeg, datetime.fromtimestamp(message.at, UTC))
            elif isinstance(message, StreamInfo):
                self._info, self._limit_s = message, self._job.read_s + GRACE_S
                self.ring.connected(message)
            else:
                log.warning("camera sends no picture", device=self.device, reason=message.reason, why=message.detail)
                self._settle(message.reason)

    def _take(self, packet: Packet) -> None:
        self.ring.append(packet)
        self._last_packet = packet.monotonic
        if not self._online:
            self._online, self._reason = True, None
            log.info("camera is online", device=self.device)
            self._on_change()

    def _settle(self, reason: Reason) -> None:
        """Note that the camera is offline. The first reason of a connection counts; its process's end tells less."""
        if self._settled:
            return
        changed = self._online or self._reason != reason
        self._settled, self._online, self._reason = True, False, reason
        if changed:
            self._on_change()

    def _kill(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.kill()


class Watched(Protocol):
    """An object that the watchdog checks."""

    def look(self, now: float) -> None:
        """Do what is due at `now`, in monotonic seconds."""
        ...


class Watchdog:
    """Checks all cameras' processes, and other sources that may fall silent, once a second."""

    def __init__(self, watched: Sequence[Watched]) -> None:
        self._watched, self._stop = watched, threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        """Start the checks."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the checks."""
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stop.wait(1.0):
            now = time.monotonic()
            for one in self._watched:
                one.look(now)
