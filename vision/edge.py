"""The agent with its own judge: a site with a slow connection sends violations and clips instead of pictures."""

import threading
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path
from uuid import UUID

import structlog

from ingest.agent.config import AgentConfig, EdgeConfig
from ingest.agent.run import Agent, raise_file_limit
from models.base.clock import rfc3339
from models.base.errors import Invalid
from models.base.ids import uuid7
from models.catalogue.terms import Zone
from vision.closeups.opening import open_closeups
from vision.closeups.second_look import CloseUps
from vision.edge_furniture import EdgeFurniture
from vision.engines.detector import Detector
from vision.engines.opening import open_named
from vision.judging.judge import CameraJudge, Opened, ViolationChange
from vision.judging.rules import RuleSet, default_rules, is_closed, load_rules, reference
from vision.pictures.decode import Picture, decode
from vision.pipeline.eye import BATCH, Eye, detect, is_silent, was_set_back
from vision.pipeline.mailbox import Frame, Mailbox
from vision.rounds.heads import whole_of
from vision.rounds.opening import open_rounds
from vision.rounds.rounds import Rounds, model_of
from vision.weights.shipped import shipped

log = structlog.get_logger()

SendEvent = Callable[[str, Mapping[str, object]], object]


class EdgeJudge:
    """Judges the pictures of one agent on its own thread.

    Args:
        zones: camera → the zone that it watches.
        model: name, version and sha256 of the weights, as stored with a violation.
        closed: closing hours, local time, or None.
        report: called with device and CloudEvent (without its source) when a violation opens or closes.
        closeups: the second look, for rules that ask for one; None = they open without.
        rounds: the further networks; None = what is left to them is not found.
        furniture: what is furniture in front of the cameras; None = they learn it, and nothing is kept.
    """

    def __init__(
        self,
        zones: Mapping[str, Zone],
        *,
        detector: Detector,
        rules: RuleSet,
        closed: tuple[time, time] | None,
        report: SendEvent,
        closeups: CloseUps | None = None,
        rounds: Rounds | None = None,
        furniture: EdgeFurniture | None = None,
    ) -> None:
        self._detector, self._rules, self._report = detector, rules, report
        self._closed, self._closeups = closed or (None, None), closeups
        self._zones, self._rounds = dict(zones), rounds
        self._furniture = furniture or EdgeFurniture(None, zones)
        self._eyes = {device: self._new_eye(device) for device in zones}
        self._open: dict[tuple[str, str], tuple[UUID, str]] = {}
        self._last: dict[str, datetime] = {}
        self._mailbox = Mailbox()
        self._long_side = detector.entry.imgsz

    def take(self, device: str, jpeg: bytes, at: datetime) -> None:
        """Queue a picture; called on the camera's thread. A full queue drops the camera's oldest picture."""
        self._mailbox.put(Frame(device_id=device, jpeg=jpeg, occurred_at=at, received_at=at))

    def run(self, *, stop: threading.Event) -> None:
        """Judge until `stop` is set; open violations then end at their camera's last picture."""
        while not stop.is_set():
            frames = self._mailbox.take(BATCH, timeout_s=0.2)
            if frames:
                self.judge(frames)
            self.end_silent(datetime.now(UTC))
        for device in self._zones:
            self._end_open(device)

    def end_silent(self, now: datetime) -> None:
        """End open violations of cameras without a picture for longer than `UNSEEN_AFTER`."""
        for device in {device for device, _ in self._open}:
            if is_silent(self._last[device], now=now):
                self._end_open(device)
                self._eyes[device] = self._new_eye(device)

    def judge(self, frames: list[Frame]) -> None:
        """Judge pictures of different cameras."""
        ready = [
            (frame, picture)
            for frame in frames
            if (picture := self._decoded(frame)) is not None and self._is_newer(frame.device_id, frame.occurred_at)
        ]
        seen = [(self._eyes[frame.device_id], picture, frame.occurred_at) for frame, picture in ready]
        wholes = [partial(whole_of, frame.jpeg) for frame, _ in ready]
        found = detect(self._detector, seen, rounds=self._rounds, wholes=wholes)
        for (frame, picture), detections in zip(ready, found, strict=True):
            at = frame.occurred_at
            closed = is_closed(*self._closed, at=at)
            try:
                eye = self._eyes[frame.device_id]
                self._furniture.look(frame.device_id, picture, at_s=at.timestamp())
                for change in eye.see(picture, detections, at=at, closed=closed, jpeg=frame.jpeg):
                    self._tell(frame.device_id, change, at=at)
            except Exception:  # one camera's picture must not stop the judge for all
                log.exception("picture not judged", device=frame.device_id)
        if ready:
            self._furniture.keep(at_s=max(frame.occurred_at for frame, _ in ready).timestamp())

    def _new_eye(self, device: str) -> Eye:
        judge = CameraJudge(self._rules, zone=self._zones[device])
        return Eye(judge, closeups=self._closeups, furniture=self._furniture.of(device))

    def _is_newer(self, device: str, at: datetime) -> bool:
        """Return whether a picture is newer than the camera's last; after the clock was set back, start afresh."""
        last = self._last.get(device)
        if last is not None and at <= last:
            if not was_set_back(last, at):
                return False
            log.warning("the clock was set back", device=device)
            self._end_open(device)
            self._furniture.begin_anew(device)
            self._eyes[device] = self._new_eye(device)
        self._last[device] = at
        return True

    def _end_open(self, device: str) -> None:
        for (camera, rule), (violation, code) in list(self._open.items()):
            if camera == device:
                del self._open[camera, rule]
                self._closed_at(device, violation, code, end=self._last[device], at=self._last[device])

    def _decoded(self, frame: Frame) -> Picture | None:
        try:
            return decode(frame.jpeg, long_side=self._long_side) if frame.device_id in self._eyes else None
        except Invalid as error:
            log.warning("picture refused", device=frame.device_id, error=str(error))
            return None

    def _tell(self, device: str, change: ViolationChange, *, at: datetime) -> None:
        key = (device, change.rule.id)
        if isinstance(change, Opened):
            violation = uuid7()
            self._open[key] = violation, change.rule.code
            self._report(device, self._opened(violation, change, at=at))
            log.info("violation opened", device=device, code=change.rule.code, violation=str(violation))
            return
        known = self._open.pop(key, None)
        if known is not None:
            self._closed_at(device, *known, end=datetime.fromtimestamp(change.ended_s, UTC), at=at)

    def _closed_at(self, device: str, violation: UUID, code: str, *, end: datetime, at: datetime) -> None:
        moment = rfc3339(end)
        data = {"violation_id": str(violation), "code": code, "start": moment, "end": moment}
        self._report(device, _event(violation, "closed", at, data))

    def _opened(self, violation: UUID, opened: Opened, *, at: datetime) -> dict[str, object]:
        data: dict[str, object] = {
            "violation_id": str(violation),
            "code": opened.rule.code,
            "score": min(1.0, round(opened.score, 4)),
            "track_id": opened.track_id,
            "start": rfc3339(datetime.fromtimestamp(opened.started_s, UTC)),
            "boxes": opened.shown.as_json(),
            "model": model_of(opened, self._detector.reference(), self._rounds),
            "rule": reference(opened.rule, version=self._rules.version, looked=opened.looked),
        }
        return _event(violation, "opened", at, data)


def _event(violation: UUID, what: str, at: datetime, data: Mapping[str, object]) -> dict[str, object]:
    return {
        "id": f"{violation}-{what}",
        "type": f"mingchu.violation.{what}",
        "time": rfc3339(at),
        "data": data,
    }


def rules_of(edge: EdgeConfig, *, beside: Path, classes: Collection[str]) -> RuleSet:
    """Return the rules that the configuration names, for weights with these ``classes``, else the shipped ones.

    Raises:
        Invalid: the file can't be read or a rule is wrong.
    """
    return default_rules() if edge.rules is None else load_rules(beside / edge.rules.expanduser(), classes=classes)


def run_with_judge(config: AgentConfig, path: Path, *, stop: threading.Event) -> None:
    """Run the agent with a judge until `stop` is set."""
    raise_file_limit()
    edge = config.edge or EdgeConfig()
    entry = shipped()
    cache = path.parent / config.platform.state_dir.expanduser() / "cache"
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = open_named("openvino", entry, threads=edge.threads, cache=cache, precision=edge.precision)
    detector = Detector(entry, engine)
    rules = rules_of(edge, beside=path.parent, classes=entry.classes)
    zones = {camera.device: camera.zone for camera in config.camera if camera.zone is not None}
    # The agent passes pictures to the judge, and the judge sends events by the agent, so both must exist first.
    mouth: list[SendEvent] = []

    def report(device: str, event: Mapping[str, object]) -> None:
        mouth[0](device, event)

    closeups = open_closeups(rules, threads=edge.threads)
    learning = [camera.device for camera in config.camera if camera.furniture]
    furniture = EdgeFurniture(cache.parent / "furniture.json", learning)
    judge = EdgeJudge(
        zones,
        detector=detector,
        rules=rules,
        closed=_hours(edge.closed),
        report=report,
        closeups=closeups,
        rounds=open_rounds(entry, rules, threads=edge.threads),
        furniture=furniture,
    )
    with Agent(config, path, on_frame=judge.take, furniture=furniture.told) as agent:
        mouth.append(agent.node.event)
        log.info("judging at the edge", model=entry.name, version=entry.version, rules=rules.version)
        judge.run(stop=stop)


def _hours(text: str | None) -> tuple[time, time] | None:
    if text is None:
        return None
    begin, _, end = text.partition("-")
    return time.fromisoformat(begin), time.fromisoformat(end)
