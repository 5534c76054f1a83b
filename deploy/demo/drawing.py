"""Photos that the scripted people of the demo take: drawn, with a text that says so."""

import cv2
import numpy as np


def drawn_photo(*lines: str) -> bytes:
    """Draw a JPEG with at most four lines of text, which say that it is simulated."""
    picture = np.full((360, 640, 3), 235, np.uint8)
    cv2.rectangle(picture, (20, 20), (620, 340), (90, 160, 90), 3)
    for i, line in enumerate(lines):
        cv2.putText(picture, line, (60, 90 + 60 * i), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (60, 60, 60), 2, cv2.LINE_AA)
    return bytes(cv2.imencode(".jpg", picture)[1])
