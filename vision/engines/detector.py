"""Run pictures through an engine, and convert its raw heads to detections."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np

from models.catalogue.weights import ModelEntry
from vision.judging.detections import Detections, Head
from vision.pictures.decode import STRIDE, Picture, letterbox

_IOU = 0.5
"""Overlap (IoU) from which two boxes are one object; best of 0.4–0.7 on the validation pictures."""
_MAX_DETECTIONS = 300
"""Most detections of a picture, over all classes, as in Ultralytics' own figures."""
_BOX_CHANNELS = 4

# Classes that exclude each other on the same spot: the one with the higher score is kept.
EXCLUSIVE = (
    frozenset({"head_covered", "head_bare"}),
    frozenset({"mask", "mask_incorrect", "no_mask"}),
    frozenset({"glove", "no_glove"}),
    frozenset({"bin", "bin_open_or_overflow"}),
    frozenset({"cat", "dog", "rat"}),
)


class Engine(Protocol):
    """Runs the graph.

    Attributes:
        file: the file of the catalogue entry that it runs.
    """

    file: str

    def infer(self, canvases: Iterable[Picture]) -> list[Head]:
        """Letterboxed BGR pictures (H, W, 3), sides multiples of 32 → a head for each, in their order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The output of an engine for one picture, and the position of the picture in its input.

    Attributes:
        shape: height and width of the picture.
        scale: input pixels per picture pixel.
        padding: left and top, in input pixels.
    """

    head: Head
    shape: tuple[int, int]
    scale: float
    padding: tuple[int, int]


class Detector:
    """A model on an engine.

    Args:
        thresholds: replaces the catalogue's score for some classes.
        exclusive: whether classes that exclude each other suppress each other.
    """

    def __init__(
        self,
        entry: ModelEntry,
        engine: Engine,
        *,
        thresholds: dict[str, float] | None = None,
        exclusive: bool = True,
    ) -> None:
        self.entry, self._engine = entry, engine
        scores = {**entry.thresholds, **(thresholds or {})}
        self._thresholds = np.array([scores.get(name, 0.5) for name in entry.classes], np.float32)
        group_of = {name: i for i, group in enumerate(EXCLUSIVE) for name in group} if exclusive else {}
        alone = len(EXCLUSIVE)
        self._groups = np.array([group_of.get(name, alone + i) for i, name in enumerate(entry.classes)])

    def reference(self) -> dict[str, Any]:
        """Return what a violation stores about the model that was run."""
        return self.entry.reference(self._engine.file)

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        """Detect in several pictures at once."""
        return [self.read(seen) for seen in self.see(pictures)]

    def see(self, pictures: Sequence[Picture]) -> list[Seen]:
        """Run only the engine; return its raw outputs."""
        if not pictures:
            return []
        fits: list[tuple[float, tuple[int, int]]] = []
        heads = self._engine.infer(self._fitted(pictures, fits))
        return [
            Seen(head=head, shape=(picture.shape[0], picture.shape[1]), scale=scale, padding=padding)
            for head, picture, (scale, padding) in zip(heads, pictures, fits, strict=True)
        ]

    def _fitted(self, pictures: Sequence[Picture], fits: list[tuple[float, tuple[int, int]]]) -> Iterator[Picture]:
        """Yield the pictures' canvases, each made on demand; append scale and padding to `fits`."""
        for picture in pictures:
            canvas, scale, padding = letterbox(picture, self.entry.imgsz, stride=STRIDE)
            fits.append((scale, padding))
            yield canvas

    def read(self, seen: Seen) -> Detections:
        """Return the detections of a head: above their class's threshold, without duplicates, at most 300."""
        head = seen.head
        scores = head[_BOX_CHANNELS:]
        above = scores >= self._thresholds[:, None]
        places = np.flatnonzero(above)  # ten times as fast as computing both coordinates
        if not len(places):
            return Detections.empty()
        classes, anchors = np.divmod(places, above.shape[1])
        kept_scores = scores[classes, anchors]
        cx, cy, w, h = head[:_BOX_CHANNELS, anchors]
        corners = np.stack([cx - w / 2, cy - h / 2, w, h], axis=1)
        keep = cv2.dnn.NMSBoxesBatched(
            corners.tolist(), kept_scores.tolist(), self._groups[classes].tolist(), 0.0, _IOU
        )
        order = np.asarray(keep, np.intp).reshape(-1)
        order = order[np.argsort(-kept_scores[order], kind="stable")][:_MAX_DETECTIONS]
        height, width = seen.shape
        xywh = corners[order]
        x0y0 = (xywh[:, :2] - np.array(seen.padding, np.float32)) / seen.scale
        x1y1 = x0y0 + xywh[:, 2:] / seen.scale
        size = np.array([width, height, width, height], np.float32)
        boxes = np.clip(np.concatenate([x0y0, x1y1], axis=1) / size, 0, 1).astype(np.float32)
        return Detections(
            boxes=boxes,
            scores=kept_scores[order].astype(np.float32),
            names=tuple(self.entry.classes[i] for i in classes[order]),
        )
