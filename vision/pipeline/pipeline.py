"""The path of a frame: mailbox → decode → gate → detector (batched) → judge → recorder."""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from queue import SimpleQueue

import structlog
from prometheus_client import Counter, Gauge, Histogram

from ingest.registry import Registry
from models.base.away import AWAY, passing_over, until_there
from models.base.clock import Clock
from models.base.errors import Invalid, LeaseLost, PictureTooCostly
from models.domain.conditions import Condition
from models.domain.furniture import LearntPlace
from models.domain.violations import Violation
from models.store.devices import Route
from vision.closeups.second_look import CloseUps
from vision.engines.detector import Detector
from vision.judging.detections import Detections
from vision.judging.judge import Opened, ViolationChange
from vision.judging.rules import RuleSet
from vision.pictures.decode import Picture, decode
from vision.pictures.quality import PictureHealth
from vision.pipeline.asked import AskedRules
from vision.pipeline.camera import Camera
from vision.pipeline.decoding import Ahead
from vision.pipeline.eye import BATCH, detect, is_silent
from vision.pipeline.furniture_book import FurnitureBook
from vision.pipeline.kept_frames import KeptFrames
from vision.pipeline.mailbox import Frame, Mailbox
from vision.pipeline.minutes import MinuteBook
from vision.pipeline.refusals import TOO_SLOW_S, RefusalBook
from vision.pipeline.storing import Recorder
from vision.rounds.heads import whole_of
from vision.rounds.rounds import Rounds

log = structlog.get_logger()

ANALYSED = Counter("mingchu_vision_frames_analysed_total", "Frames judged", ["by"])
DROPPED = Counter("mingchu_vision_frames_dropped_total", "Frames that were not judged", ["reason"])
CHANGES = Counter(
    "mingchu_vision_verdicts_total",
    "Violations opened, closed, and not opened because an override has their code switched off",
    ["what", "code"],
)
LATENCY = Histogram("mingchu_vision_frame_seconds", "From a frame's arrival to what was judged of it")
WAITING = Gauge("mingchu_vision_frames_waiting", "Frames in the mailbox")

LONG_SIDE = 960
"""Longer side of decoded frames in pixels; for evidence, the frame that opens a violation is decoded in full."""
TEND_EVERY_S = 1.0
HEARD_EVERY_S = 15.0


class Pipeline:
    """One judge for all cameras of one subscription.

    It has state over time, so all frames of a camera have to go to the same process.
    """

    def __init__(
        self,
        *,
        detector: Detector,
        rules: RuleSet,
        recorder: Recorder,
        registry: Registry,
        clock: Clock,
        gate: bool = True,
        replica: str = "0",
        closeups: CloseUps | None = None,
        rounds: Rounds | None = None,
    ) -> None:
        self.mailbox = Mailbox()
        self._detector, self._recorder = detector, recorder
        self._rules = AskedRules(rules, recorder.store)
        self._registry, self._clock, self._gate = registry, clock, gate
        self._closeups, self._rounds = closeups, rounds
        self._cameras: dict[str, Camera] = {}
        self._tend_at = 0.0
        self._heard: dict[str, float] = {}
        self._heard_at = 0.0
        self.kept = KeptFrames()
        self._minutes = MinuteBook(replica=replica)
        self.refusals = RefusalBook()
        self.furniture = FurnitureBook(recorder.store, fence=recorder.fence)
        self._soon: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def soon(self, work: Callable[[], None]) -> None:
        """Do something on the thread that judges, before it judges the next frames. Any thread may call this."""
        self._soon.put(work)

    def run(self, *, stop: threading.Event) -> None:
        """Judge until `stop` is set."""
        with ThreadPoolExecutor(max_workers=2, thread_name_prefix="decode") as pool:
            ahead = Ahead(lambda seconds: self.mailbox.take(BATCH, timeout_s=seconds), self._decoded, pool)
            while not stop.is_set():
                frames = ahead.next(timeout_s=0.2)
                WAITING.set(len(self.mailbox))
                self._do_soon()
                if frames:
                    self._judge(frames, stop=stop)
                self._tend()

    def _do_soon(self) -> None:
        for _ in range(self._soon.qsize()):
            work = self._soon.get()
            try:
                work()
            except AWAY as error:
                log.warning("waiting for the database or the evidence store", error=str(error))
                self._soon.put(work)
            except Exception:  # one failure must not stop the judge for all
                log.exception("not done")

    def take_up(
        self, left: Sequence[Violation], faults: Sequence[Condition], learnt: Sequence[LearntPlace] = ()
    ) -> None:
        """Go on with what another judge left open or has learnt; end what no camera or rule watches any more."""
        at = self._clock.now()
        self.furniture.take_up(learnt)
        with passing_over():
            self._rules.look(self._registry.routes, [violation.device_id for violation in left], at=at)
        unwatched = [violation for violation in left if not self._take_up(violation, at=at)]
        gone = []
        for fault in faults:
            camera = self._camera_at(fault.device_id)
            if camera is None or camera.health.wrong is not None:
                gone.append(fault)
            else:
                camera.health = PictureHealth(wrong=fault.code, since_s=fault.since.timestamp())
        if unwatched or gone:
            self.soon(lambda: self._recorder.end_unwatched(unwatched, gone, at=at))
        log.info("took up what was left open", violations=len(left) - len(unwatched), ended=len(unwatched))

    def _take_up(self, violation: Violation, *, at: datetime) -> bool:
        camera = self._camera_at(violation.device_id)
        return camera is not None and camera.take_up(violation, at=at)

    def _camera_at(self, device_id: str) -> Camera | None:
        """Return the state of a registered camera, which begins now if it is new."""
        route = self._registry.routes.get(device_id)
        if route is not None and device_id not in self._cameras:
            self._cameras[device_id] = self._new_camera(route)
        return None if route is None else self._cameras[device_id]

    def _new_camera(self, route: Route) -> Camera:
        furniture = self.furniture.of(route.device_id, site_id=route.site_id)
        return Camera.of(route, self._rules.of(route.device_id), closeups=self._closeups, furniture=furniture)

    def leave(self, sites: Collection[str]) -> None:
        """Forget the cameras of sites that another process judges from now on; what is open there stays open."""
        for device_id in [device for device, camera in self._cameras.items() if camera.route.site_id in sites]:
            del self._cameras[device_id]
        self.furniture.leave(sites)

    def _decoded(self, frame: Frame) -> Picture | None:
        """Return the frame decoded at the model's input size or a little larger; None if it is refused."""
        if self.refusals.passed_over(frame.device_id, at=frame.received_at):
            return None
        began = time.monotonic()
        try:
            picture = decode(frame.jpeg, long_side=self._detector.entry.imgsz)
            if time.monotonic() - began > TOO_SLOW_S:
                raise PictureTooCostly(f"this frame took {time.monotonic() - began:.1f} s to decode")
        except Invalid as error:
            self.refuse(frame.device_id, frame.jpeg, error, at=frame.received_at)
            return None
        return picture

    def refuse(self, device_id: str, jpeg: bytes, error: Invalid, *, at: datetime) -> None:
        """Record a frame that can't be judged, with the reason, for ledger and quarantine. Any thread may call this."""
        route = self._registry.routes.get(device_id)
        if route is not None:
            self.refusals.note(route, jpeg, error, at=at)
        log.warning("frame refused", device=device_id, code=error.code, error=str(error))

    def _judge(self, frames: list[tuple[Frame, Picture | None]], *, stop: threading.Event) -> None:
        ready: list[tuple[Frame, Camera, Picture]] = []
        for frame, picture in frames:
            camera = self._camera(frame, stop=stop)
            if picture is None or camera is None:
                DROPPED.labels("broken" if picture is None else "unknown_device").inc()
            else:
                self.kept.keep(frame)
                ready.append((frame, camera, picture))
        seen = [(camera.eye, picture, frame.received_at) for frame, camera, picture in ready]
        wholes = [partial(whole_of, frame.jpeg) for frame, _, _ in ready]
        found = detect(self._detector, seen, gated=self._gate, rounds=self._rounds, wholes=wholes)
        for (frame, camera, picture), detections in zip(ready, found, strict=True):
            try:
                self._judge_one(frame, camera, picture, detections, stop=stop)
            except LeaseLost:
                DROPPED.labels("not_ours").inc()
                self._cameras.pop(frame.device_id, None)
            except Exception:  # one camera's picture must not stop the judge for all
                DROPPED.labels("not_judged").inc()
                log.exception("frame not judged", device=frame.device_id)

    def _camera(self, frame: Frame, *, stop: threading.Event) -> Camera | None:
        route = self._registry.routes.get(frame.device_id)
        camera = self._cameras.get(frame.device_id)
        if route is None:
            if camera is not None:
                self._end_open(camera, stop=stop)
                del self._cameras[frame.device_id]
            return None
        if camera is None:
            camera = self._cameras[frame.device_id] = self._new_camera(route)
        other_zone, camera.route = camera.route.zone is not route.zone, route
        if other_zone:  # other rules apply, so the old violations are not watched any more
            self._end_open(camera, stop=stop)
            camera.look_anew(self._rules.of(frame.device_id))
        if camera.was_set_back(frame):
            log.warning("the clock was set back", device=frame.device_id)
            self._end_open(camera, stop=stop)
            camera.begin_anew(self._rules.of(frame.device_id))
        return camera

    def _end_open(self, camera: Camera, *, stop: threading.Event) -> None:
        """End all open violations of a camera; wait while the database is unavailable."""
        try:
            self._persist(partial(self._end_each, camera), stop=stop)
        except LeaseLost:
            camera.open.clear()  # another process watches them

    def _end_each(self, camera: Camera) -> None:
        """End all open violations of a camera at its last frame; a retry continues where it stopped."""
        for rule, violation_id in list(camera.open.items()):
            at = self._clock.now()
            self._recorder.ended(violation_id, route=camera.route, ended_at=camera.seen_at or at, at=at)
            del camera.open[rule]

    def _judge_one(
        self,
        frame: Frame,
        camera: Camera,
        picture: Picture,
        detections: Detections | None,
        *,
        stop: threading.Event,
    ) -> None:
        at = camera.moment_of(frame)
        if at is None:
            DROPPED.labels("out_of_order").inc()
            return
        self._heard[camera.route.node_id] = (frame.occurred_at - frame.received_at).total_seconds()
        watched = self._look_after(camera, picture, frame, stop=stop)
        changes = camera.judge_frame(picture, detections, at=at, jpeg=frame.jpeg)
        self._minutes.note(frame.device_id, at=frame.received_at, analysed=watched)
        ANALYSED.labels("gate" if detections is None else "detector").inc()
        for change in changes:
            self._record(change, frame, camera, stop=stop)
        LATENCY.observe(max(0.0, (self._clock.now() - frame.received_at).total_seconds()))

    def _look_after(self, camera: Camera, picture: Picture, frame: Frame, *, stop: threading.Event) -> bool:
        """Check the health of the picture, and record the minute as seen; return whether the picture can be judged."""
        before = camera.health.wrong
        if camera.health.look(picture, at_s=frame.received_at.timestamp()):
            self._persist(lambda: self._recorder.condition(camera, before, frame, at=self._clock.now()), stop=stop)
        if camera.health.wrong == "camera_moved":
            camera.eye.furniture.forget()
        watched = camera.health.wrong in {None, "camera_moved"}
        camera.eye.furniture.paused = not watched
        self._minutes.note(frame.device_id, at=frame.received_at, analysed=False)
        return watched

    def _record(self, change: ViolationChange, frame: Frame, camera: Camera, *, stop: threading.Event) -> None:
        """Store a change of a violation."""
        self._persist(lambda: self._write(change, frame, camera), stop=stop)

    def _persist(self, write: Callable[[], None], *, stop: threading.Event) -> None:
        """Write; wait while database or evidence store are unavailable, and count frames dropped meanwhile."""
        until_there(write, stop=stop)

    def _write(self, change: ViolationChange, frame: Frame, camera: Camera) -> None:
        at = self._clock.now()
        if isinstance(change, Opened):
            shown = decode(frame.jpeg, long_side=LONG_SIDE)
            violation_id = self._recorder.opened(change, camera.route, frame, shown, at=at)
            if violation_id is None:
                CHANGES.labels("not_watched", change.rule.code).inc()
                log.info("not watched here", code=change.rule.code, device=frame.device_id)
                return
            CHANGES.labels("opened", change.rule.code).inc()
            camera.open[change.rule.id] = violation_id
            log.info("violation opened", code=change.rule.code, device=frame.device_id, violation=str(violation_id))
            return
        known = camera.open.get(change.rule.id)
        if known is not None:
            self._recorder.ended(known, route=camera.route, ended_at=datetime.fromtimestamp(change.ended_s, UTC), at=at)
            del camera.open[change.rule.id]
            CHANGES.labels("closed", change.rule.code).inc()

    def _tend(self) -> None:
        if time.monotonic() < self._tend_at:
            return
        self._tend_at = time.monotonic() + TEND_EVERY_S
        with passing_over():
            self._end_the_silent()
            self._ask_for_rules()
            self._tell_who_was_heard()

    def _tell_who_was_heard(self) -> None:
        """Store which nodes sent frames, with their clock skew, the seen minutes, and refused frames."""
        if time.monotonic() >= self._heard_at:
            self._heard_at = time.monotonic() + HEARD_EVERY_S
            self._recorder.nodes_heard(self._heard, self._minutes, self.refusals, at=self._clock.now())
            self._heard.clear()
            self._minutes.written()
            self.refusals.written()
            self.furniture.sync(self._registry.routes, at=self._clock.now())

    def _ask_for_rules(self) -> None:
        """Judge the cameras anew at which a rule was switched on that is off elsewhere, or off again."""
        for device in self._rules.renew(self._registry.routes, list(self._cameras), at=self._clock.now()):
            camera = self._cameras[device]
            try:
                self._end_each(camera)
            except LeaseLost:
                camera.open.clear()  # another process watches them
            camera.look_anew(self._rules.of(device))

    def _end_the_silent(self) -> None:
        """End the open violations of cameras without a frame for longer than `UNSEEN_AFTER`."""
        now = self._clock.now()
        for camera in list(self._cameras.values()):
            if camera.open and camera.seen_at is not None and is_silent(camera.seen_at, now=now):
                try:
                    self._end_each(camera)
                except LeaseLost:
                    camera.open.clear()  # another process watches them
                camera.look_anew(self._rules.of(camera.route.device_id))  # the fault of its picture is kept
