"""Sensor series for tests, judged as the alerts role judges them."""

from datetime import datetime

from alerts.findings import faults
from alerts.findings.breaches import Outlook, judge
from models.catalogue.codes import SENSOR_CODES
from models.domain.readings import Point


def sound(code: str, points: list[Point]) -> list[Point]:
    """Return the values that are information about the kitchen."""
    return faults.sound(points, faults.reasons_of(SENSOR_CODES[code], points))


def judged(code: str, points: list[Point], *, at: datetime) -> Outlook:
    """Judge a series without the values of a broken probe."""
    return judge(SENSOR_CODES[code], sound(code, points), at=at)
