"""Measure the second look: look at every detection of a picture, as a rule does at what is about to open."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.closeups.crops import GROWTH, cut, square
from vision.closeups.second_look import CloseUps
from vision.judging.attributes import CONFIRM, VETO, attribute_of, bad_share, read_share
from vision.judging.detections import Detections
from vision.pictures.decode import Picture

LEAST: Final = 0.03
"""Detections below this score are not looked at: no product reports one."""


def rescored(found: Detections, picture: Picture, closeups: CloseUps) -> Detections:
    """Return detections whose score is the geometric mean of both looks; picture (H, W, 3) in full resolution."""
    looked = [i for i, score in enumerate(found.scores) if score >= LEAST and attribute_of(found.names[i]) is not None]
    scores = found.scores.copy()
    scores[looked] = np.sqrt(scores[looked] * _shares(found.at(looked), picture, closeups))
    return Detections(boxes=found.boxes, scores=scores, names=found.names)


def not_refuted(found: Detections, picture: Picture, closeups: CloseUps) -> Detections:
    """Return the detections that the second look does not refute, at the veto of the rules."""
    looked = [i for i, name in enumerate(found.names) if attribute_of(name) is not None]
    shares = _shares(found.at(looked), picture, closeups)
    out = {i for i, share in zip(looked, shares, strict=True) if _refutes(float(share))}
    return found.at([i for i in range(len(found)) if i not in out])


def _refutes(share: float) -> bool:
    return read_share(share, veto=VETO, confirm=CONFIRM) == "refuted"


def _shares(found: Detections, picture: Picture, closeups: CloseUps) -> NDArray[np.float32]:
    """Return the probability that each detection is of its class (N,); each has an attribute."""
    shape = picture.shape[0], picture.shape[1]
    asked = [attribute_of(name) or "" for name in found.names]
    crops = [
        cut(picture, square(box, shape, growth=GROWTH[attribute]))
        for box, attribute in zip(found.boxes, asked, strict=True)
    ]
    shares = closeups.shares(crops)
    return np.array(
        [
            bad_share(attribute, frozenset({name}), shares[i : i + 1])
            for i, (attribute, name) in enumerate(zip(asked, found.names, strict=True))
        ],
        np.float32,
    )
