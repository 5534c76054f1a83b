"""Blur faces in what leaves the restricted evidence store.

The product's own detector finds the faces: its head and mask classes box every head. For a person without a
detected head, the upper part of the person is hidden. It is tuned to hide too much rather than too little.
"""

from collections.abc import Callable

import cv2
import numpy as np

from ingest.clips.stills import read_still
from ingest.video.reencode import reencode
from vision.engines.detector import Detector
from vision.judging.detections import Boxes, Detections
from vision.pictures.decode import Picture, encode

HEADS = frozenset({"head_covered", "head_bare", "mask", "mask_incorrect", "no_mask"})
LEAST_SCORE = 0.12
"""Least score of a head or person; far below a finding's, since a missed face matters more than a hidden pan."""
_GROWN = 0.2
_UPPER_PART = 0.35
_CELLS = 6
LOOK_EVERY = 3
"""In a film, detect in every third frame, and hide what is found until the detection after the next."""


def thresholds(names: tuple[str, ...]) -> dict[str, float]:
    """Return a redaction detector's thresholds: `LEAST_SCORE` for heads and people, other classes are off."""
    return {name: LEAST_SCORE if name in HEADS or name == "person" else 1.1 for name in names}


def hidden_boxes(found: Detections) -> Boxes:
    """Return the parts to hide: (N, 4) corners 0–1 of enlarged heads, and of people without a head."""
    heads = found.only(HEADS).boxes
    people = found.only(frozenset({"person"})).boxes
    boxes = [_grown(box) for box in heads]
    for person in people:
        if not any(_inside(head, person) for head in heads):
            top = person.copy()
            top[3] = person[1] + (person[3] - person[1]) * _UPPER_PART
            boxes.append(_grown(top))
    return np.clip(np.array(boxes, np.float32).reshape(-1, 4), 0, 1)


def blurred(picture: Picture, boxes: Boxes) -> Picture:
    """Return the picture (H, W, 3) with these parts reduced to 6 × 6 values each, which can't be restored."""
    shown = picture.copy()
    height, width = shown.shape[:2]
    for box in boxes:
        x0, y0 = int(box[0] * width), int(box[1] * height)
        x1, y1 = int(np.ceil(box[2] * width)), int(np.ceil(box[3] * height))
        part = shown[y0:y1, x0:x1]
        if part.size:
            cells = cv2.resize(part, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
            shown[y0:y1, x0:x1] = cv2.resize(cells, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
    return shown


def redacted_still(jpeg: bytes, detector: Detector) -> bytes:
    """Return a JPEG with blurred faces."""
    sharp = read_still(jpeg)
    return encode(blurred(sharp, hidden_boxes(detector.detect([sharp])[0])))


def redacted_whole(jpeg: bytes) -> bytes:
    """Return a JPEG that is blurred all over: of a picture that shows nothing but faces."""
    return encode(blurred(read_still(jpeg), np.array([[0, 0, 1, 1]], np.float32)))


def redacted_film(film: bytes, detector: Detector) -> bytes:
    """Return a film with blurred faces, as MP4 with H.264."""
    return reencode(film, edit=_hider(detector))


def _hider(detector: Detector) -> Callable[[int, Picture], Picture]:
    before = now = np.empty((0, 4), np.float32)

    def hide(number: int, picture: Picture) -> Picture:
        nonlocal before, now
        if number % LOOK_EVERY == 0:
            before, now = now, hidden_boxes(detector.detect([picture])[0])
        return blurred(picture, np.concatenate([before, now]))

    return hide


def _grown(box: Boxes) -> Boxes:
    w, h = (box[2] - box[0]) * _GROWN, (box[3] - box[1]) * _GROWN
    return box + np.array([-w, -h, w, h], np.float32)


def _inside(head: Boxes, person: Boxes) -> bool:
    x, y = (head[0] + head[2]) / 2, (head[1] + head[3]) / 2
    return bool(person[0] <= x <= person[2] and person[1] <= y <= person[3])
