"""The vision role: reads frames from the broker, writes violations to the database."""

import threading
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from ingest.intake.sorting import plausible
from ingest.links import Links
from ingest.mqtt import Incoming, Login
from ingest.registry import Registry, WrongAddress
from ingest.topics import Topic
from models.base.away import passing_over, until_there
from models.base.clock import SystemClock, parse_rfc3339
from models.base.errors import Invalid
from models.base.metrics import PROGRESS, READY
from models.base.threads import beside
from models.catalogue.terms import DeviceKind
from models.catalogue.weights import EngineName, Precision
from models.evidence.files import EvidenceFiles
from models.store import Store
from models.store.devices import Route
from models.store.listen import Listener
from models.store.sharing import Sharing
from vision.closeups.opening import open_closeups
from vision.engines.detector import Detector
from vision.engines.opening import open_named
from vision.engines.openvino import OpenVinoEngine
from vision.judging.rules import RuleSet, default_rules
from vision.pictures.decode import frame_of
from vision.pictures.media import MediaMaker
from vision.pictures.redaction import thresholds
from vision.pipeline.mailbox import Frame
from vision.pipeline.pipeline import DROPPED, Pipeline
from vision.pipeline.sites import KIND, Sites, require_site
from vision.pipeline.storing import Recorder
from vision.rounds.opening import open_rounds
from vision.weights.shipped import load, shipped

log = structlog.get_logger()

MOST_JUDGED = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VisionOptions:
    """Options of this judge. `tenant=None` judges all tenants. Replicas divide the sites by leases."""

    tenant: str | None = None
    rules: RuleSet | None = None
    threads: int = 0
    gate: bool = True
    cache: Path | None = None
    engine: EngineName = "openvino"
    precision: Precision | None = None
    weights: Path | None = None


def run(
    store: Store,
    files: EvidenceFiles,
    login: Login,
    options: VisionOptions,
    *,
    stop: threading.Event,
    listener: Listener | None = None,
) -> None:
    """Judge frames until `stop` is set; `listener` wakes at changes of the registry."""
    entry = shipped() if options.weights is None else load(options.weights)
    rules, clock = options.rules or default_rules(), SystemClock()
    engine = open_named(
        options.engine, entry, threads=options.threads, cache=options.cache, precision=options.precision
    )
    PROGRESS.inc()
    detector = Detector(entry, engine)
    rounds = open_rounds(entry, rules, threads=options.threads)
    prefix = "" if options.tenant is None else f"{options.tenant}/"
    sharing = Sharing(store, kind=KIND, name=login.client_id, prefix=prefix)
    recorder = Recorder(
        store=store,
        files=files,
        model=detector.reference(),
        rules_version=rules.version,
        rounds=rounds,
        fence=partial(require_site, sharing),
    )
    registry = Registry(store, most_nodes=MOST_JUDGED, most_devices=MOST_JUDGED)  # bounded by what is leased
    pipeline = Pipeline(
        detector=detector,
        rules=rules,
        recorder=recorder,
        registry=registry,
        clock=clock,
        gate=options.gate,
        replica=login.client_id,
        closeups=open_closeups(rules, threads=options.threads),
        rounds=rounds,
    )
    media = MediaMaker(
        store=store,
        files=files,
        kept=pipeline.kept,
        detector=lambda: Detector(entry, OpenVinoEngine(entry, threads=1), thresholds=thresholds(entry.classes)),
        clock=clock,
        tenant=options.tenant,
        holder=lambda: sharing.holder,
    )
    reception = Reception(pipeline, registry)
    link = Links(
        login,
        on_message=reception.take,
        on_connected=lambda: READY.set(1),
        keep_session=False,
    )
    reception.link = link
    sites = Sites(sharing, registry=registry, recorder=recorder, pipeline=pipeline, link=link)
    until_there(sites.tend_or_raise, stop=stop)  # before the link is there, so that it is ready with its subscriptions
    log.info("judging", model=entry.name, version=entry.version, rules=rules.version)
    with (
        beside(partial(media.run, stop=stop), stop=stop, name="media"),
        beside(partial(registry.follow, listener, stop=stop), stop=stop, name="registry"),
        beside(partial(sites.run, stop=stop), stop=stop, name="sites"),
        link,
    ):
        pipeline.run(stop=stop)
    sites.end()


class Reception:
    """Checks the address and size of frames on the network thread, and puts them into the mailbox."""

    def __init__(self, pipeline: Pipeline, registry: Registry) -> None:
        self._pipeline, self._registry = pipeline, registry
        self._clock = SystemClock()
        self.link: Links | None = None

    def take(self, message: Incoming) -> None:
        """Process one message; count a frame that can't be judged, with the reason. Frames are not redelivered."""
        if self.link is not None:
            self.link.ack(message)
        try:
            topic = Topic.parse(message.topic)
            route = self._known(topic)
        except WrongAddress as error:
            DROPPED.labels(error.reason).inc()
        except Invalid as error:
            DROPPED.labels("broken").inc()
            log.warning("frame refused", topic=message.topic, error=str(error))
        else:
            self._take(message, route)

    def _take(self, message: Incoming, route: Route) -> None:
        """Put a known camera's frame into the mailbox, or count it as refused."""
        received_at, refusals = self._clock.now(), self._pipeline.refusals
        if message.retained:
            DROPPED.labels("retained").inc()
            log.warning("retained frame refused: it is not a present picture", device=route.device_id)
            refusals.note_retained(route, message.payload, at=received_at)
            return
        if refusals.passed_over(route.device_id, at=received_at):
            DROPPED.labels("set_aside").inc()
            return
        try:
            frame_of(message.payload)
        except Invalid as error:
            DROPPED.labels("broken").inc()
            self._pipeline.refuse(route.device_id, message.payload, error, at=received_at)
            return
        frame = Frame(
            device_id=route.device_id,
            jpeg=message.payload,
            occurred_at=_claimed(message, received_at),
            received_at=received_at,
        )
        if not self._pipeline.mailbox.put(frame):
            DROPPED.labels("overload").inc()

    def _known(self, topic: Topic) -> Route:
        """Return the device of a topic; a node's first frame costs a query on the network thread."""
        if topic.node not in self._registry.nodes:
            with passing_over():
                self._registry.know([str(topic)])
        route = self._registry.routes.get(topic.device)
        if route is None:
            raise WrongAddress("unknown_device", f"device {topic.device!r} is not registered")
        if (route.tenant_id, route.site_id, route.node_id) != (topic.tenant, topic.site, topic.node):
            raise WrongAddress("wrong_address", f"device {topic.device!r} does not belong to {topic}")
        if route.kind is not DeviceKind.camera:
            raise WrongAddress("wrong_kind", f"device {topic.device!r} is not a camera")
        return route


def _claimed(message: Incoming, received_at: datetime) -> datetime:
    """Return the camera's time from the MQTT property `ts`, if readable and plausible, else the receive time."""
    try:
        claimed = parse_rfc3339(message.user["ts"])
    except (KeyError, ValueError):
        return received_at
    return claimed if plausible(claimed, received_at) else received_at
