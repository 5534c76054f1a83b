"""Replay a clip with other rules: each rule set judges the same detections."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from models.base.errors import Invalid
from models.catalogue.terms import Zone
from vision.engines.detector import Detector
from vision.judging.detections import Detections
from vision.judging.judge import CameraJudge, Opened, Sight
from vision.judging.rules import RuleSet
from vision.pictures.decode import Picture
from vision.pictures.movers import MoverFinder
from vision.rounds.rounds import detected

_PICTURES = {".jpg", ".jpeg", ".png"}
_MEMORY_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One violation of a replay, in seconds of the clip; `ended_s` is None if it lasts to the end."""

    rules_version: str
    rule: str
    started_s: float
    opened_s: float
    ended_s: float | None
    score: float


@dataclass(frozen=True, slots=True)
class _Seen:
    at_s: float
    detections: Detections
    movers: Detections
    mover_steps: int


def replay(
    clip: Path, detector: Detector, rule_sets: Sequence[RuleSet], *, zone: Zone, fps: float, closed: bool
) -> list[list[Replayed]]:
    """Return the violations of a clip under each rule set.

    Args:
        clip: a video, or a folder of pictures taken `1 / fps` seconds apart.
        detector: runs once on each sampled frame.
        rule_sets: each judges the same detections.
        zone: the zone of the camera.
        fps: sampling rate in frames per second.
        closed: whether to judge as in closing hours.
    """
    finder = MoverFinder()
    seen = []
    for at_s, picture in _frames(clip, fps):
        movers, steps = finder.look(picture, at_s=at_s, memory_s=_MEMORY_S) if closed else (Detections.empty(), 0)
        seen.append(_Seen(at_s, detected(detector, picture, partial(_itself, picture)), movers, steps))
    return [_judge(seen, rules, zone=zone, closed=closed) for rules in rule_sets]


def _itself(picture: Picture, _long_side: int) -> Picture:
    return picture


def _frames(clip: Path, fps: float) -> Iterator[tuple[float, Picture]]:
    if clip.is_dir():
        paths = sorted(path for path in clip.iterdir() if path.suffix.lower() in _PICTURES)
        if not paths:
            raise Invalid(f"{clip}: expected pictures")
        for i, path in enumerate(paths):
            picture = cv2.imread(str(path))
            if picture is None:
                raise Invalid(f"{path} is not a picture")
            yield i / fps, np.asarray(picture, np.uint8)
        return
    capture = cv2.VideoCapture(str(clip))
    rate = capture.get(cv2.CAP_PROP_FPS)
    if not capture.isOpened() or rate <= 0:
        raise Invalid(f"{clip}: expected a video or a folder of pictures")
    number, taken = 0, 0
    while capture.grab():
        if number / rate >= taken / fps:
            there, picture = capture.retrieve()
            if there:
                yield number / rate, np.asarray(picture, np.uint8)
            taken += 1
        number += 1


def _judge(seen: Sequence[_Seen], rules: RuleSet, *, zone: Zone, closed: bool) -> list[Replayed]:
    judge = CameraJudge(rules, zone=zone)
    found: list[Replayed] = []
    open_now: dict[str, Opened] = {}

    def end(rule: str, ended_s: float | None) -> None:
        opened = open_now.pop(rule)
        found.append(
            Replayed(
                rules_version=rules.version,
                rule=rule,
                started_s=opened.started_s,
                opened_s=opened.at_s,
                ended_s=ended_s,
                score=round(opened.score, 4),
            )
        )

    for frame in seen:
        sight = Sight(
            at_s=frame.at_s,
            detections=frame.detections,
            closed=closed,
            movers=frame.movers,
            mover_steps=frame.mover_steps,
        )
        for change in judge.see(sight):
            if isinstance(change, Opened):
                open_now[change.rule.id] = change
            else:
                end(change.rule.id, change.ended_s)
    for rule in list(open_now):
        end(rule, None)
    return sorted(found, key=lambda violation: (violation.opened_s, violation.rule))
