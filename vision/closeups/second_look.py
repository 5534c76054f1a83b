"""Look at what is about to open a second time: crops of the last seconds' frames, judged by a network of their own."""

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from prometheus_client import Counter

from models.base.errors import WeightsRefused
from models.catalogue.weights import ModelEntry
from vision.closeups.crops import GROWTH, SIDE, cut, fitted, sharpness, square
from vision.engines.detector import Engine
from vision.judging.attributes import VALUES, Looked, bad_share, best_moments, read_share
from vision.judging.judge import Opened
from vision.pictures.decode import Picture, encode

CROPS: Final = 3
"""Most crops of one look: their mean probability counts."""
DECODED: Final = 4
"""Most frames decoded in full for one look; of these, the `CROPS` sharpest crops are used."""
_SHOWN: Final = 160
"""Side in px of a crop in the evidence picture."""
_BOX: Final = 4

LOOKS = Counter("mingchu_vision_second_looks_total", "Second looks before a violation opens", ["attribute", "answer"])

PictureAt = Callable[[float], Picture | None]
"""Returns the frame of a moment (at_s) in full resolution, or None if it is gone."""


class CloseUps:
    """The network of the second look on an engine.

    Raises:
        WeightsRefused: the weights answer another question.
    """

    def __init__(self, entry: ModelEntry, engine: Engine) -> None:
        if entry.classes != VALUES or entry.imgsz != SIDE:
            raise WeightsRefused(
                f"weights {entry.name}: expected the values {', '.join(VALUES)} at {SIDE} px, "
                f"got {', '.join(entry.classes)} at {entry.imgsz} px"
            )
        self.entry, self._engine = entry, engine

    def shares(self, crops: Sequence[Picture]) -> NDArray[np.float32]:
        """Return the probabilities (N, values) of square crops (S, S, 3), see `VALUES`."""
        if not crops:
            return np.empty((0, len(VALUES)), np.float32)
        heads = self._engine.infer([fitted(crop) for crop in crops])
        return np.stack([head[_BOX:, 0] for head in heads])

    def look(self, opened: Opened, picture_at: PictureAt) -> Looked | None:
        """Look at what is about to open; return None if none of its frames is there any more."""
        rule = opened.rule
        if rule.look is None:
            return None
        crops = self._crops(opened, picture_at, growth=GROWTH[rule.look])
        if not crops:
            LOOKS.labels(rule.look, "no_picture").inc()
            return None
        share = bad_share(rule.look, rule.bad, self.shares(crops))
        answer = read_share(share, veto=rule.look_veto, confirm=rule.look_confirm)
        LOOKS.labels(rule.look, answer).inc()
        return Looked(
            answer=answer,
            share=share,
            crops=len(crops),
            model=self.entry.reference(self._engine.file),
            jpeg=side_by_side(crops),
        )

    def _crops(self, opened: Opened, picture_at: PictureAt, *, growth: float) -> list[Picture]:
        found = []
        for at_s, box in best_moments(opened.trail, most=DECODED):
            picture = picture_at(at_s)
            if picture is not None:
                shape = picture.shape[0], picture.shape[1]
                found.append(cut(picture, square(box, shape, growth=growth)))
        return sorted(found, key=sharpness, reverse=True)[:CROPS]


def side_by_side(crops: Sequence[Picture]) -> bytes:
    """Return crops as one JPEG, each 160 px wide, for the reviewer."""
    shown = [cv2.resize(crop, (_SHOWN, _SHOWN), interpolation=cv2.INTER_CUBIC) for crop in crops]
    return encode(np.ascontiguousarray(np.hstack(shown), np.uint8))
