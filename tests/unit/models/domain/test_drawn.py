import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.domain.drawn import Region, RegionKind, as_config, regions_of
from vision.judging.detections import Detections
from vision.judging.drawn import kept

SQUARE = Region(RegionKind.ignore, ((0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.1, 0.5)))
STOVE = Region(RegionKind.stove, ((0.5, 0.5), (1, 0.5), (1, 1), (0.5, 1)))


def found(*named: tuple[str, float, float]) -> Detections:
    boxes = np.array([[x - 0.02, y - 0.02, x + 0.02, y + 0.02] for _, x, y in named], np.float32)
    return Detections(
        boxes=boxes, scores=np.full(len(named), 0.9, np.float32), names=tuple(name for name, _, _ in named)
    )


def test_a_point_is_inside_or_outside() -> None:
    assert SQUARE.holds(0.3, 0.3)
    assert not SQUARE.holds(0.6, 0.3)
    hollow = Region(RegionKind.ignore, ((0, 0), (1, 0), (1, 1), (0.5, 0.2), (0, 1)))
    assert not hollow.holds(0.5, 0.8)


def test_detections_in_ignored_regions_and_fire_on_stoves_are_dropped() -> None:
    seen = found(("head_bare", 0.3, 0.3), ("head_bare", 0.8, 0.8), ("fire", 0.8, 0.8), ("fire", 0.2, 0.8))
    left = kept(seen, (SQUARE, STOVE))
    assert left.names == ("head_bare", "fire")
    assert float(left.boxes[0, 0]) > 0.5
    assert float(left.boxes[1, 0]) < 0.5


def test_an_invalid_configuration_has_no_regions() -> None:
    for config in ({}, {"regions": 7}, {"regions": [{"kind": "moat", "points": [[0, 0], [1, 0], [1, 1]]}]}):
        assert regions_of(config) == ()
    assert regions_of({"regions": [{"kind": "ignore", "points": [[0, 0], [1, 1]]}]}) == ()


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=8))
def test_a_drawn_region_survives_storage(points: list[tuple[float, float]]) -> None:
    region = Region(RegionKind.stove, tuple(points))
    assert regions_of({"regions": as_config([region])}) == (region,)
