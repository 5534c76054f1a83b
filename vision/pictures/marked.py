"""Evidence pictures with boxes drawn on the frame."""

import cv2

from models.catalogue.classes import CLASS_LABELS
from vision.judging.detections import Detections
from vision.pictures.decode import Picture, encode

_RED = (40, 40, 230)
_WHITE = (255, 255, 255)
_FONT = "uni"
"""OpenCV's own font with Chinese characters, WenQuanYi Micro Hei."""


def annotated(picture: Picture, shown: Detections, *, title: str) -> bytes:
    """Return the picture as JPEG with the boxes of the violation, each named in Chinese with its score."""
    drawn = picture.copy()
    height, width = drawn.shape[:2]
    thick = max(2, round(width / 480))
    size = max(round(width / 56), 14)
    for name, score, box in zip(shown.names, shown.scores, shown.boxes, strict=True):
        x0, y0, x1, y1 = (box * [width, height, width, height]).astype(int).tolist()
        cv2.rectangle(drawn, (x0, y0), (x1, y1), _RED, thick)
        _label(drawn, f"{CLASS_LABELS.get(name, name)} {score:.2f}", (x0, max(y0 - size // 3, size + 4)), size=size)
    _label(drawn, title, (8, height - size // 2), size=size)
    return encode(drawn)


def _label(picture: Picture, text: str, corner: tuple[int, int], *, size: int) -> None:
    """Write on a red ground; the text's base line begins at the corner."""
    font = cv2.FontFace(_FONT)
    x, y = corner
    _, above, w, h = cv2.getTextSize((picture.shape[1], picture.shape[0]), text, (0, 0), font, size)
    cv2.rectangle(picture, (x, y + above - 2), (x + w + 4, y + above + h + 2), _RED, -1)
    cv2.putText(picture, text, (x + 2, y), _WHITE, font, size)
