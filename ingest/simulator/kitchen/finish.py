"""Turn a drawn frame into a camera's picture: lens, sensor noise, compression, clock and name."""

from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.simulator.kitchen.optics import Floats

Picture = NDArray[np.uint8]
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@lru_cache(maxsize=1)
def _font() -> Any:  # noqa: ANN401 - only OpenCV 5 has this type
    """Return OpenCV 5's built-in font with Chinese, or None on OpenCV 4."""
    make = getattr(cv2, "FontFace", None)
    try:
        return make("uni") if make else None
    except cv2.error:
        return None


def write(picture: Picture, text: str, left: int, base: int, size: int) -> None:
    """Write white text with a dark edge; without a font, characters outside ASCII become ``?``."""
    font = _font()
    for colour, shift in (((20, 20, 20), 1), ((250, 250, 250), 0)):
        place = (left + shift, base + shift)
        if font is None:
            plain = text.encode("ascii", "replace").decode()
            cv2.putText(picture, plain, place, cv2.FONT_HERSHEY_SIMPLEX, size / 30, colour, 1, cv2.LINE_AA)
        else:
            cv2.putText(picture, text, place, colour, font, size, 500)


class Sensor:
    """Lens and sensor of one camera; all fixed properties are drawn by seed at the start."""

    def __init__(self, *, seed: int, width: int, height: int, night: bool) -> None:
        rng = np.random.default_rng((seed, 3))
        self.seed, self.night = seed, night
        x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
        reach = 0.42 if night else 0.24
        fall = (1 - reach * np.clip((x**2 + y**2) / 2, 0, 1) ** 1.2).astype(np.float32)
        gain = rng.uniform(0.92, 1.06)
        cast = np.ones(3) if night else rng.uniform(0.97, 1.03, 3)
        self.shade: Floats = (fall[..., None] * cast * gain).astype(np.float32)
        noise = np.random.default_rng((seed, 4)).standard_normal((height + 48, width + 48, 1 if night else 3))
        level = rng.uniform(5.5, 8.0) if night else rng.uniform(1.6, 3.2)
        self.noise = np.repeat(np.round(noise * level), 3 if night else 1, axis=2).astype(np.int16)
        self.soft = float(rng.uniform(0.62, 0.9)) * width / 960
        self.quality = int(rng.integers(68, 88))
        ramp = np.linspace(0, 1, 256)
        curve = ramp**1.12 + 0.10 * np.sin(2 * np.pi * (ramp - 0.5)) * ramp * (1 - ramp) * 4
        self.curve = np.clip(curve * 255, 0, 255).astype(np.uint8)

    def expose(self, frame: Floats, t: float) -> Picture:
        """Turn a drawn frame (H, W, 3) BGR 0–1 into a picture with lens shading, blur and noise."""
        picture = cv2.LUT(cv2.convertScaleAbs(cv2.multiply(frame, self.shade), alpha=255), self.curve)
        if self.night:
            grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
            picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
        blurred = cv2.GaussianBlur(picture, (0, 0), max(self.soft, 0.3))
        sharp = cv2.addWeighted(blurred, 1.5, cv2.GaussianBlur(blurred, (0, 0), 1.6), -0.5, 0)
        rng = np.random.default_rng((self.seed, int(t * 1000) & 0xFFFFFFFF))
        dx, dy = rng.integers(0, 48, 2)
        height, width = picture.shape[:2]
        grain = self.noise[dy : dy + height, dx : dx + width]
        return np.asarray(cv2.add(sharp, grain, dtype=cv2.CV_8U), np.uint8)

    def deliver(self, picture: Picture, *, name: str, wall_clock: datetime) -> Picture:
        """Write clock and name on the picture and compress it as the camera would."""
        height, width = picture.shape[:2]
        size = max(int(height / 27), 8)
        clock = f"{wall_clock:%Y-%m-%d} {_WEEKDAYS[wall_clock.weekday()]} {wall_clock:%H:%M:%S}"
        write(picture, clock, int(width * 0.02), int(height * 0.06), size)
        wide = sum(0.62 if character.isascii() else 1.05 for character in name)
        write(picture, name, int(width * 0.98 - size * wide), int(height * 0.965), size)
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
