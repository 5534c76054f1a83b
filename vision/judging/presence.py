"""Decide whether people are working in front of a camera, regardless of the official hours. Pure."""

from dataclasses import dataclass, field

from vision.judging.detections import Detections

_PEOPLE = frozenset({"person", "head_covered", "head_bare", "mask", "mask_incorrect", "no_mask"})
_SURE = 0.5
_WINDOW_S = 30.0
_SAMPLES = 3
_STIRS = 0.01
"""Movement, as a share of the picture, that a working person exceeds and a poster with a face does not."""
STAYS_S = 600.0
"""A kitchen counts as empty after this many seconds without movement of people."""


@dataclass(slots=True)
class Presence:
    """The recent positions of people at one camera: (at_s, number, mean x, mean y)."""

    seen: list[tuple[float, int, float, float]] = field(default_factory=list)
    last_s: float = float("-inf")

    def at_work(self, detections: Detections, *, at_s: float) -> bool:
        """Process a frame's detections; return whether somebody works now or did within `STAYS_S`."""
        found = detections.only(_PEOPLE)
        sure = found.at([i for i, score in enumerate(found.scores) if score >= _SURE])
        self.seen = [sample for sample in self.seen if 0 <= at_s - sample[0] <= _WINDOW_S]
        if len(sure):
            x, y = (float((sure.boxes[:, i] + sure.boxes[:, i + 2]).mean() / 2) for i in (0, 1))
            self.seen.append((at_s, len(sure), x, y))
        if len(self.seen) >= _SAMPLES and self._stirs():
            self.last_s = at_s
        return 0 <= at_s - self.last_s <= STAYS_S

    def _stirs(self) -> bool:
        _, counts, xs, ys = zip(*self.seen, strict=True)
        return len(set(counts)) > 1 or max(xs) - min(xs) >= _STIRS or max(ys) - min(ys) >= _STIRS
