"""The share of a picture that drawn regions cover, and which masks need a second person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base.errors import Invalid
from models.catalogue.terms import Zone
from models.domain.drawn import Region, RegionKind
from models.domain.masking import FREE, MOST, loses_rules, masked_share, needs_second, share_of, waits_for_supervisor


def box(x0: float, y0: float, x1: float, y1: float, kind: str = "ignore") -> dict[str, object]:
    return {"kind": kind, "points": [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]}


def mask(*boxes: dict[str, object]) -> dict[str, object]:
    return {"regions": list(boxes)}


WHOLE, HALF, CORNER = mask(box(0, 0, 1, 1)), mask(box(0, 0, 1, 0.5)), mask(box(0, 0, 0.3, 0.3))


@pytest.mark.parametrize(
    ("config", "share"),
    [
        ({}, 0),
        (WHOLE, 1),
        (HALF, 0.5),
        (CORNER, 0.09),
        (mask(box(0, 0, 0.6, 1), box(0.4, 0, 1, 1)), 1),  # overlaps count once
        (mask(box(0, 0, 0.5, 1), box(0, 0, 0.5, 1)), 0.5),
        (mask(box(0, 0, 0.4, 1), box(0.4, 0, 0.7, 1, "stove")), 0.4),  # each kind separately
        (mask(box(0, 0, 1, 1, "stove")), 1),
        (mask({"kind": "ignore", "points": [[0, 0], [1, 1], [1, 0], [0, 1]]}), 0.5),  # an hourglass
        (mask(*(box(0, i / 16, 1, (i + 1) / 16) for i in range(16))), 1),  # in slices
        ({"regions": "x"}, 0),
        (mask({"kind": "ignore", "points": [[0, 0], [1, 0]]}), 0),
    ],
)
def test_the_share_is_the_joint_cover_of_the_regions(config: dict[str, object], share: float) -> None:
    assert share_of(config) == pytest.approx(share, abs=0.02)


@given(st.lists(st.lists(st.tuples(st.floats(-1, 2), st.floats(-1, 2)), min_size=3, max_size=8), max_size=6))
def test_a_share_is_between_zero_and_one(polygons: list[list[tuple[float, float]]]) -> None:
    drawn = [Region(RegionKind.ignore, tuple(points)) for points in polygons]
    assert 0 <= masked_share(drawn) <= 1.0001
    assert masked_share(drawn) <= sum(masked_share([region]) for region in drawn) + 1e-9


def test_more_than_a_quarter_needs_a_second_person_and_more_than_most_is_refused() -> None:
    assert not needs_second({}, CORNER)
    assert needs_second({}, HALF)
    assert needs_second(CORNER, HALF)
    assert not needs_second(HALF, HALF)
    assert not needs_second(HALF, mask(box(0, 0, 1, 0.4)))  # less than is masked now
    for config in (WHOLE, mask(box(0, 0, 1, 1, "stove")), mask(box(0, 0, 1, MOST + 0.05))):
        with pytest.raises(Invalid, match="最多"):
            needs_second(WHOLE, config)


def test_changes_that_wait_for_a_supervisor_have_a_code() -> None:
    assert waits_for_supervisor({}) is None
    assert waits_for_supervisor(CORNER) is None
    assert waits_for_supervisor(HALF) == "camera_masked"  # from before masks needed an approval
    assert waits_for_supervisor(HALF | {"mask_approved": 0.5}) is None
    assert waits_for_supervisor(mask(box(0, 0, 1, 0.7)) | {"mask_approved": 0.5}) == "camera_masked"
    assert waits_for_supervisor({"mask_wish": {"regions": []}}) == "camera_masked"
    assert waits_for_supervisor({"moved_from": {"zone": "special_room"}}) == "camera_rezoned"
    assert FREE < MOST


def test_a_move_out_of_a_zone_that_requires_masks_loses_a_rule() -> None:
    assert loses_rules(Zone.special_room, Zone.waste)
    assert not loses_rules(Zone.special_room, Zone.meal_prep)
    assert not loses_rules(Zone.waste, Zone.special_room)
