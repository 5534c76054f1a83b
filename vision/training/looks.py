"""Rotate and retouch the pictures of some sources in the way in which some of them were uploaded.

Uploaders had augmented their pictures before they shared them: rotated by up to 15 degrees on a black background or
by 90 degrees, with the bounding box of the *rotated box* (so that the box of a thin object is loose), with more local
contrast and less colour. A detector that is measured on such pictures has to be trained on such pictures.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_DARK: Final = 12
"""Grey value up to which a corner counts as the black background of a picture that was rotated before."""


@dataclass(frozen=True, slots=True)
class Look:
    """Probabilities of the changes to a picture.

    Attributes:
        quarter: of a rotation by 90, 180 or 270 degrees.
        slight: of a rotation by up to `degrees`; pictures that were rotated before are not rotated again.
        degrees: the largest slight rotation.
        retouched: of more local contrast with less colour.
    """

    quarter: float = 0.0
    slight: float = 0.0
    degrees: float = 15.0
    retouched: float = 0.0


LOOKS: Final[Mapping[str, Look]] = {
    "cigarette_head": Look(quarter=0.15, slight=0.5),
    "gloves_workers": Look(quarter=0.2, slight=0.3, retouched=0.3),
}
"""Source → what its uploader did to some of its pictures (seen by eye in the training parts)."""


def dressed(
    look: Look, image: NDArray[np.uint8], boxes: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Rotate and retouch a picture (H, W, 3) with its boxes (N, 4), x y x y in pixels, at random by `look`."""
    if random.random() < look.retouched:  # noqa: S311 - augmentation
        image = retouched(image, clip=random.uniform(2, 8), colour=random.uniform(0, 1.3))  # noqa: S311
    if random.random() < look.quarter:  # noqa: S311 - augmentation
        image, boxes = quarter_turned(image, boxes, random.randint(1, 3))  # noqa: S311 - augmentation
    if random.random() < look.slight and not was_turned(image):  # noqa: S311 - augmentation
        image, boxes = turned(image, boxes, random.uniform(-look.degrees, look.degrees))  # noqa: S311
    return image, boxes


def was_turned(image: NDArray[np.uint8]) -> bool:
    """Return whether at least three of the four corners are black, as after a rotation."""
    corners = image[[2, 2, -3, -3], [2, -3, 2, -3]]
    return int((corners.max(axis=1) <= _DARK).sum()) >= 3  # noqa: PLR2004 - of four


def turned(
    image: NDArray[np.uint8], boxes: NDArray[np.float32], degrees: float
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Rotate around the centre on a black background of the same size; return bounding boxes of the rotated boxes."""
    h, w = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1.0)
    picture = cv2.warpAffine(image, matrix, (w, h))
    corners = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)
    moved = corners @ matrix[:, :2].T + matrix[:, 2]
    outer = np.concatenate([moved.min(axis=1), moved.max(axis=1)], axis=1)
    return picture.astype(np.uint8, copy=False), outer.clip(0, [w, h, w, h]).astype(np.float32)


def quarter_turned(
    image: NDArray[np.uint8], boxes: NDArray[np.float32], times: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Rotate counterclockwise by 90 degrees, `times` times."""
    for _ in range(times):
        width = image.shape[1]
        x1, y1, x2, y2 = boxes.T
        boxes = np.stack([y1, width - x2, y2, width - x1], axis=1)
        image = np.rot90(image)
    return np.ascontiguousarray(image), boxes


def retouched(image: NDArray[np.uint8], *, clip: float, colour: float) -> NDArray[np.uint8]:
    """Return the picture with local contrast raised up to `clip` times and saturation multiplied by `colour`."""
    lab = cv2.cvtColor(image, cv2.COLOR_BGR2LAB)
    lab[..., 0] = cv2.createCLAHE(clip, (8, 8)).apply(lab[..., 0])
    lab[..., 1:] = (128 + (lab[..., 1:].astype(np.float32) - 128) * colour).clip(0, 255).astype(np.uint8)
    return cv2.cvtColor(lab, cv2.COLOR_LAB2BGR).astype(np.uint8, copy=False)
