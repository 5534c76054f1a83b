"""Situations on real footage, put together: a labelled picture pasted into stills of a ceiling camera.

No source shows smoking or a phone at a kitchen camera's distance. What is pasted has a border and another light, so
the figures compare: with and without the second look, at one size and at another.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np

from models.base.errors import Invalid
from models.catalogue.terms import Zone
from vision.closeups.second_look import CloseUps
from vision.engines.detector import Detector
from vision.evaluation.labels import known_classes, samples
from vision.evaluation.sequences import Alert, Judged, alerts_of, naive_alerts
from vision.judging.judge import Sight
from vision.judging.rules import RuleSet
from vision.pictures.decode import MAX_SIDE, Picture, decode, encode, read_picture
from vision.rounds.heads import whole_of
from vision.rounds.rounds import detected

SOURCES: Final = {"smoking": ("cigarette_wide", "cigarette"), "phone_use": ("phone_in_hand", "phone")}
"""Code → folder of its pictures, which no training has seen, and the class that their labels name."""
HELD_S: Final = 20
"""Seconds of a situation, a frame a second."""
ZONE: Final = Zone.cutting
_SWAY: Final = 3.0
_NOISE: Final = 3.0


def pictures_of(folder: Path, label: str, *, classes: tuple[str, ...], most: int) -> list[Path]:
    """Return the first pictures of a data folder whose labels name a class.

    Raises:
        Invalid: there are none.
    """
    known = known_classes(folder, classes)
    found = [one.path for one in samples(folder, known) if len(one.truth.get(label, ()))]
    if not found:
        raise Invalid(f"{folder}: no picture with a label of {label}")
    return sorted(found)[:most]


def assembled(still: Picture, picture: Picture | None, *, side: int, seed: int, seconds: int = HELD_S) -> list[bytes]:
    """Return frames (JPEG, one a second) of a still (H, W, 3), with a picture of a longer side of `side` px before it.

    The picture sways a little at a place drawn by `seed`, and every frame has a sensor's noise. None: the still alone.
    """
    rng = np.random.default_rng(seed)
    height, width = still.shape[:2]
    small = None
    if picture is not None:
        scale = min(side, height - 20) / max(picture.shape[:2])
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        x0 = int(rng.integers(10, width - small.shape[1] - 9))
        y0 = int(rng.integers(10, max(11, height - small.shape[0] - 9)))
    frames = []
    for second in range(seconds):
        frame = still.astype(np.float32)
        if small is not None:
            x, y = (int(at + _SWAY * np.sin(second * pace)) for at, pace in ((x0, 0.9), (y0, 0.7)))
            frame[y : y + small.shape[0], x : x + small.shape[1]] = small
        frame += rng.normal(0, _NOISE, frame.shape)
        frames.append(encode(np.clip(frame, 0, 255).astype(np.uint8)))
    return frames


class Played(NamedTuple):
    """The alerts of one film: of the rules without and with the second look, and of an alarm on every frame."""

    plain: list[Alert]
    looked: list[Alert]
    naive: list[Alert]


def play(detector: Detector, rules: RuleSet, frames: Sequence[bytes], closeups: CloseUps) -> Played:
    """Judge frames, one a second, in the product's way and without rules; they are detected once."""
    small = [decode(frame, long_side=detector.entry.imgsz) for frame in frames]
    sights = [
        Sight(at_s=float(second), detections=detected(detector, picture, partial(whole_of, frame)))
        for second, (frame, picture) in enumerate(zip(frames, small, strict=True))
    ]
    look = partial(closeups.look, picture_at=partial(_full, frames))
    return Played(
        plain=alerts_of(rules, ZONE, sights, look=None),
        looked=alerts_of(rules, ZONE, sights, look=look),
        naive=naive_alerts(rules, ZONE, sights),
    )


def play_calm(detector: Detector, rules: RuleSet, stills: Sequence[Picture], closeups: CloseUps) -> list[Played]:
    """Play each still alone: nobody smokes or holds a phone in them."""
    films = (assembled(still, None, side=0, seed=number) for number, still in enumerate(stills))
    return [play(detector, rules, frames, closeups) for frames in films]


def judge_assembled(
    detector: Detector,
    rules: RuleSet,
    *,
    code: str,
    pictures: Sequence[Path],
    stills: Sequence[Picture],
    calm: Sequence[Played],
    side: int,
    closeups: CloseUps,
) -> tuple[Judged, Judged]:
    """Play each picture before one of the stills; return what the rules find without and with the second look.

    `calm`: what `play_calm` returned for the stills. Its alerts of `code` are false.
    """
    films = (
        assembled(stills[number % len(stills)], read_picture(path, long_side=MAX_SIDE), side=side, seed=number)
        for number, path in enumerate(pictures)
    )
    played = [play(detector, rules, frames, closeups) for frames in films]
    plain = _judged([one.plain for one in played], [one.plain for one in calm], played, calm, code=code)
    looked = _judged([one.looked for one in played], [one.looked for one in calm], played, calm, code=code)
    return plain, looked


def _judged(
    found: Sequence[list[Alert]],
    false: Sequence[list[Alert]],
    played: Sequence[Played],
    calm: Sequence[Played],
    *,
    code: str,
) -> Judged:
    firsts = [next((alert.at_s for alert in one if alert.code == code), None) for one in found]
    waits = [at_s for at_s in firsts if at_s is not None]
    wrong = sum(alert.code == code for one in false for alert in one)
    return Judged(
        situations=len(played),
        found=len(waits),
        seconds=round(sum(waits) / len(waits), 1) if waits else None,
        false=wrong,
        false_codes={code: wrong} if wrong else {},
        hours=len(calm) * HELD_S / 3600,
        naive_found=sum(any(alert.code == code for alert in one.naive) for one in played),
        naive_false=sum(alert.code == code for one in calm for alert in one.naive),
    )


def _full(frames: Sequence[bytes], at_s: float) -> Picture:
    return decode(frames[int(at_s)], long_side=MAX_SIDE)
