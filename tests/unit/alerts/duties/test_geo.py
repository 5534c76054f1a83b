"""Distances on the globe, and between the two coordinate systems of Chinese maps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.duties.geo import Position, metres_between, to_gcj02
from models.base.errors import Invalid
from models.catalogue.supervision_terms import Datum

IN_CHINA = st.tuples(st.floats(20, 50), st.floats(80, 125))


def wgs(latitude: float, longitude: float) -> Position:
    return Position(latitude=latitude, longitude=longitude, datum=Datum.wgs84)


def test_known_distances() -> None:
    # A degree of latitude is 111.2 km on a sphere of the mean radius.
    assert metres_between(wgs(30, 120), wgs(31, 120)) == pytest.approx(111_195, abs=5)
    # Around the date line the short way counts.
    assert metres_between(wgs(0, 179.9), wgs(0, -179.9)) == pytest.approx(22_239, abs=5)


@given(IN_CHINA)
def test_the_same_place_is_the_same_in_both_systems(place: tuple[float, float]) -> None:
    shown = to_gcj02(*place)
    shifted = Position(latitude=shown[0], longitude=shown[1], datum=Datum.gcj02)
    assert metres_between(wgs(*place), shifted) < 1
    # Taken for WGS-84, it would be off by hundreds of metres nearly everywhere; by 18 m in the desert at 37.1, 96.6.
    assert 10 < metres_between(wgs(*place), wgs(*shown)) < 1500


@given(IN_CHINA, IN_CHINA)
def test_distance_is_symmetric_and_zero_at_home(a: tuple[float, float], b: tuple[float, float]) -> None:
    assert metres_between(wgs(*a), wgs(*b)) == pytest.approx(metres_between(wgs(*b), wgs(*a)))
    assert metres_between(wgs(*a), wgs(*a)) == 0


def test_outside_china_nothing_is_shifted_and_off_the_globe_nothing_is() -> None:
    assert to_gcj02(48.85, 2.35) == (48.85, 2.35)
    for latitude, longitude in ((91, 0), (0, 181), (float("nan"), 0)):
        with pytest.raises(Invalid, match="expected -90 to 90"):
            wgs(latitude, longitude)
