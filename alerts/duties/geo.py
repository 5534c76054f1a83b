"""Distances between positions in WGS-84 and GCJ-02. Pure."""

from dataclasses import dataclass
from math import asin, cos, pi, radians, sin, sqrt

from models.base.errors import Invalid
from models.catalogue.supervision_terms import Datum

EARTH_M = 6_371_008.8
"""Mean radius of the earth in metres."""
_A, _E2 = 6_378_245.0, 0.00669342162296594323
"""Semi-major axis and squared eccentricity of the Krasovsky ellipsoid, as GCJ-02 uses them."""
_STEPS = 3
_CHINA = (0.8293, 55.8271, 72.004, 137.8347)
"""South, north, west and east of the box in which GCJ-02 differs from WGS-84."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A position in degrees, north and east positive."""

    latitude: float
    longitude: float
    datum: Datum

    def __post_init__(self) -> None:
        """Check the bounds.

        Raises:
            Invalid: the position is not on the globe.
        """
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):  # noqa: PLR2004 - degrees
            raise Invalid(f"position {self.latitude}, {self.longitude}: expected -90 to 90 north, -180 to 180 east")


def metres_between(a: Position, b: Position) -> float:
    """Return the great-circle distance in metres; exact to some metres, also between coordinate systems."""
    (lat_a, lon_a), (lat_b, lon_b) = _wgs84(a), _wgs84(b)
    lat, lon = radians(lat_b - lat_a), radians(lon_b - lon_a)
    half = sin(lat / 2) ** 2 + cos(radians(lat_a)) * cos(radians(lat_b)) * sin(lon / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(half)))


def to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    """Return a WGS-84 position in GCJ-02; outside China they are the same."""
    south, north, west, east = _CHINA
    if not (south <= latitude <= north and west <= longitude <= east):
        return latitude, longitude
    x, y = longitude - 105.0, latitude - 35.0
    phi = radians(latitude)
    magic = 1 - _E2 * sin(phi) ** 2
    d_lat = _shift_lat(x, y) * 180.0 / ((_A * (1 - _E2)) / (magic * sqrt(magic)) * pi)
    d_lon = _shift_lon(x, y) * 180.0 / (_A / sqrt(magic) * cos(phi) * pi)
    return latitude + d_lat, longitude + d_lon


def _wgs84(of: Position) -> tuple[float, float]:
    if of.datum is Datum.wgs84:
        return of.latitude, of.longitude
    lat, lon = of.latitude, of.longitude
    for _ in range(_STEPS):  # the shift hardly changes within its own length, so this converges to centimetres
        shown_lat, shown_lon = to_gcj02(lat, lon)
        lat, lon = lat + of.latitude - shown_lat, lon + of.longitude - shown_lon
    return lat, lon


def _shift_lat(x: float, y: float) -> float:
    found = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    found += (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    found += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    return found + (160.0 * sin(y / 12.0 * pi) + 320 * sin(y * pi / 30.0)) * 2.0 / 3.0


def _shift_lon(x: float, y: float) -> float:
    found = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    found += (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    found += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    return found + (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
