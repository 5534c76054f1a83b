"""Evidence pictures with boxes drawn on the frame."""

import cv2

from vision.judging.detections import Detections
from vision.pictures.decode import Picture, encode

_RED = (40, 40, 230)
_WHITE = (255, 255, 255)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def annotated(picture: Picture, shown: Detections, *, title: str) -> bytes:
    """Return the picture as JPEG with the boxes of the violation; `title` has to be ASCII (OpenCV's fonts)."""
    drawn = picture.copy()
    height, width = drawn.shape[:2]
    thick = max(2, round(width / 480))
    scale = width / 1400
    for name, score, box in zip(shown.names, shown.scores, shown.boxes, strict=True):
        x0, y0, x1, y1 = (box * [width, height, width, height]).astype(int).tolist()
        cv2.rectangle(drawn, (x0, y0), (x1, y1), _RED, thick)
        _label(drawn, f"{name} {score:.2f}", (x0, max(y0 - 4, 14)), scale=max(scale, 0.45))
    _label(drawn, title, (8, height - 10), scale=max(scale, 0.5))
    return encode(drawn)


def _label(picture: Picture, text: str, corner: tuple[int, int], *, scale: float) -> None:
    (w, h), base = cv2.getTextSize(text, _FONT, scale, 1)
    x, y = corner
    cv2.rectangle(picture, (x, y - h - 3), (x + w + 4, y + base), _RED, -1)
    cv2.putText(picture, text, (x + 2, y), _FONT, scale, _WHITE, 1, cv2.LINE_AA)
