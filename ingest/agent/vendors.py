"""Other makes at the site: the agent sends what their boxes and cameras detect as violations with our codes."""

import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
import structlog

from ingest.adapters import edge_box, frigate, hikvision
from ingest.adapters.events import VendorEvent, cloud_event, unread_event
from ingest.adapters.situations import Situations
from ingest.adapters.table import UNTRANSLATED
from ingest.agent.camera_login import CameraAuth
from ingest.agent.config import AgentConfig, HikvisionVendor, TopicVendor, secret_of
from ingest.agent.local_broker import LocalListener
from ingest.mqtt import Login
from models.base.backoff import Backoff
from models.base.errors import Invalid

log = structlog.get_logger()

LOOK_EVERY_S = 5.0
SILENCE_S = 90.0
"""An alertStream sends a heartbeat every few seconds; one that is silent for this long is dead."""
_AGAIN = Backoff(first_s=2.0, longest_s=60.0)
_AFTER_REFUSAL_S = 300.0
_SAY_AGAIN_S = 3600.0
_MOST_TROUBLES = 1000
SendEvent = Callable[[str, Mapping[str, object]], object]


class VendorDesk:
    """Collects the events of all connections, and sends the begin and end of each situation.

    Args:
        report: called with device and CloudEvent.
        tenant: tenant for the event's source.
        site: site for the event's source.
    """

    def __init__(self, *, report: SendEvent, tenant: str, site: str) -> None:
        self._report, self._tenant, self._site = report, tenant, site
        self._situations = Situations()
        self._unread: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def heard(self, event: VendorEvent, cameras: Mapping[str, str], payload: bytes = b"") -> None:
        """Take in one report. Events of unknown channel or name are logged and quarantined, once per kind and hour."""
        device = cameras.get(event.channel)
        if device is None:
            if event.tells:
                known = ", ".join(sorted(cameras))
                why = f"channel {event.channel[:80]!r} is not configured; `cameras` has {known[:200]}"
                self.unread(event.vendor, cameras, payload, why=why)
            return
        if event.meaning is UNTRANSLATED:
            self.unread(event.vendor, cameras, payload, why=f"unknown event {event.name[:80]!r}", device=device)
            return
        with self._lock:
            told = self._situations.saw(event, device, at=datetime.now(UTC))
        if told is not None:
            self._send(device, told)

    def unread(
        self, vendor: str, cameras: Mapping[str, str], payload: bytes, *, why: str, device: str | None = None
    ) -> None:
        """Log an unreadable message and send it to the platform's quarantine; once an hour for the same problem."""
        now = time.monotonic()
        with self._lock:
            if now - self._unread.get((vendor, why), -math.inf) < _SAY_AGAIN_S:
                return
            if len(self._unread) >= _MOST_TROUBLES:
                self._unread.clear()
            self._unread[vendor, why] = now
        log.warning("message of another make can't be read", vendor=vendor, why=why, bytes=len(payload))
        at = datetime.now(UTC)
        self._report(device or min(cameras.values()), unread_event(vendor, payload, why=why, at=at))

    def gone(self, vendor: str, cameras: Mapping[str, str]) -> None:
        """End the situations of a make that reported to be offline."""
        with self._lock:
            over = list(self._situations.gone(vendor, frozenset(cameras), at=datetime.now(UTC)))
        for device, event in over:
            self._send(device, event)

    def look(self) -> None:
        """End situations that were silent for too long."""
        with self._lock:
            over = list(self._situations.over(at=datetime.now(UTC)))
        for device, event in over:
            self._send(device, event)

    def _send(self, device: str, event: VendorEvent) -> None:
        self._report(device, cloud_event(event, tenant=self._tenant, site=self._site, device=device))
        log.info("violation of another make", vendor=event.vendor, name=event.name, device=device, ended=event.ended)


class TopicVendors(LocalListener):
    """Frigate and edge boxes that publish at the site's own broker."""

    def __init__(self, login: Login, vendors: Sequence[TopicVendor], desk: VendorDesk) -> None:
        self._desk = desk
        self._by_topic: dict[str, list[TopicVendor]] = defaultdict(list)
        self._available: dict[str, list[TopicVendor]] = defaultdict(list)
        for vendor in vendors:
            self._by_topic[vendor.topic].append(vendor)
            if vendor.kind == "frigate" and "/" in vendor.topic:
                self._available[vendor.topic.rpartition("/")[0] + "/available"].append(vendor)
        super().__init__(login, [*self._by_topic, *self._available], self._event, name="agent-vendors")

    def _event(self, topic: str, payload: bytes) -> None:
        """Handle a message for each table that names its topic and camera; several tables may name one topic."""
        if topic in self._available:
            for vendor in self._available[topic] if payload == b"offline" else ():
                self._desk.gone(vendor.kind, vendor.cameras)
            return
        sharing = self._by_topic[topic]
        for vendor in sharing:
            try:
                event = _read(vendor, payload)
            except Invalid as error:
                self._desk.unread(vendor.kind, vendor.cameras, payload, why=str(error))
                continue
            if event is not None and (len(sharing) == 1 or event.channel in vendor.cameras):
                self._desk.heard(event, vendor.cameras, payload)


def _read(vendor: TopicVendor, payload: bytes) -> VendorEvent | None:
    if vendor.kind == "edge_box":
        return edge_box.parse(payload, received_at=datetime.now(UTC))
    if vendor.topic.endswith("/reviews"):
        return frigate.parse_review(payload)
    return frigate.parse_event(payload, detect_size=vendor.detect_size)


class AlertStream:
    """The alertStream of one Hikvision camera or recorder, kept open on a thread of its own."""

    def __init__(self, vendor: HikvisionVendor, password: str, desk: VendorDesk) -> None:
        self._vendor, self._desk = vendor, desk
        self._auth = CameraAuth(vendor.username, password)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"alerts-{vendor.host}", daemon=True)

    def start(self) -> None:
        """Start to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; a waiting read ends with its own timeout."""
        self._stop.set()
        self._thread.join(2)

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            began = datetime.now(UTC)
            pause = self._listen()
            stood = (datetime.now(UTC) - began).total_seconds() > SILENCE_S
            failures = 1 if stood else failures + 1
            self._stop.wait(pause or _AGAIN.wait_s(failures))

    def _listen(self) -> float | None:
        """Read until the connection ends; return the seconds to wait if not the usual pause."""
        url = f"http://{self._vendor.host}:{self._vendor.port}/ISAPI/Event/notification/alertStream"
        try:
            timeout = httpx.Timeout(10, read=SILENCE_S)
            with httpx.Client(auth=self._auth, timeout=timeout) as client, client.stream("GET", url) as answer:
                if answer.status_code in {401, 403}:
                    offered = ", ".join(answer.headers.get_list("www-authenticate"))
                    log.warning("camera refuses the log-in", host=self._vendor.host, offered=offered[:200] or "nothing")
                    return _AFTER_REFUSAL_S  # cameras lock an address out after a few tries
                answer.raise_for_status()
                self._parts(answer)
        except (httpx.HTTPError, Invalid) as error:
            log.warning("alertStream ended", host=self._vendor.host, error=f"{type(error).__name__}: {error}")
        except Exception:  # after any error, listen again
            log.exception("alertStream can't be read", host=self._vendor.host)
        return None

    def _parts(self, answer: httpx.Response) -> None:
        parts = hikvision.Parts(hikvision.boundary_of(answer.headers.get("content-type", "")))
        for chunk in answer.iter_bytes():
            for body in parts.feed(chunk):
                self._event(body)
            if self._stop.is_set():
                return

    def _event(self, body: bytes) -> None:
        try:
            events = hikvision.parse_all(body, received_at=datetime.now(UTC))
        except Invalid as error:
            self._desk.unread(hikvision.VENDOR, self._vendor.cameras, body, why=str(error))
            return
        for event in events:
            self._desk.heard(event, self._vendor.cameras, body)


class Vendors:
    """All connections of one agent to other makes."""

    def __init__(self, config: AgentConfig, path: Path, *, report: SendEvent) -> None:
        self._desk = VendorDesk(report=report, tenant=config.platform.tenant, site=config.platform.site)
        self._connections = _connections(config, path, self._desk)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="agent-situations", daemon=True)

    def start(self) -> None:
        """Start to listen, if a connection is configured."""
        if self._connections:
            self._thread.start()
        for connection in self._connections:
            connection.start()

    def stop(self) -> None:
        """Stop all connections."""
        self._stop.set()
        for connection in self._connections:
            connection.stop()
        if self._connections:
            self._thread.join(5)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                self._desk.look()
            except Exception:  # the next check ends these situations
                log.exception("check of situations failed")


def _connections(config: AgentConfig, path: Path, desk: VendorDesk) -> list[TopicVendors | AlertStream]:
    found: list[TopicVendors | AlertStream] = []
    topics = [vendor for vendor in config.vendor if isinstance(vendor, TopicVendor)]
    if topics and config.local is not None:
        file = config.local.password_file
        login = Login(
            url=config.local.broker,
            client_id=f"mingchu-{config.platform.node}-vendors",
            username=config.local.username,
            password=None if file is None else secret_of(file, beside=path.parent),
        )
        found.append(TopicVendors(login, topics, desk))
    streams = [vendor for vendor in config.vendor if isinstance(vendor, HikvisionVendor)]
    found += [AlertStream(vendor, secret_of(vendor.password_file, beside=path.parent), desk) for vendor in streams]
    return found
