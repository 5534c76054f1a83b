"""Simulated kitchens: reproducible pictures, and labels for what is in them."""

from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
import pytest

from ingest.simulator.kitchen import KitchenCamera, Situation

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
VIOLATING = {"head_bare", "no_mask", "mask_incorrect", "cigarette", "phone", "bin_open_or_overflow", "rat"}
SMALL = {"width": 320, "height": 180}


@lru_cache(maxsize=16)
def camera(*codes: str, seed: int = 7, night: bool = False) -> KitchenCamera:
    situations = [Situation(code=code, start_s=10, end_s=60) for code in codes]
    return KitchenCamera(seed=seed, name="后厨 1", cooks=2, night=night, situations=situations, **SMALL)


def names(cam: KitchenCamera, t: float) -> set[str]:
    return {truth.name for truth in cam.render(t, wall_clock=NOON)[1]}


def test_the_same_moment_has_the_same_picture_in_any_order() -> None:
    cam = camera()
    first, truth = cam.render(3.5, wall_clock=NOON)
    cam.render(90.0, wall_clock=NOON)
    again, same = cam.render(3.5, wall_clock=NOON)
    assert np.array_equal(first, again)
    assert truth == same
    other = KitchenCamera(seed=7, name="后厨 1", cooks=2, **SMALL)
    assert np.array_equal(other.render(3.5, wall_clock=NOON)[0], first)


def test_pictures_have_the_size_asked_for_and_differ_over_time() -> None:
    one, _ = camera().render(0.0, wall_clock=NOON)
    two, _ = camera().render(20.0, wall_clock=NOON)
    assert one.shape == (180, 320, 3)
    assert one.dtype == np.uint8
    assert not np.array_equal(one, two)


@pytest.mark.parametrize("t", [0.0, 13.0, 27.5, 41.0])
def test_true_boxes_are_inside_the_picture(t: float) -> None:
    for truth in camera("no_chef_hat", "smoking", "trash_lid_open").render(t, wall_clock=NOON)[1]:
        assert truth.w > 0
        assert truth.h > 0
        assert 0 <= truth.cx - truth.w / 2 <= truth.cx + truth.w / 2 <= 1 + 1e-9
        assert 0 <= truth.cy - truth.h / 2 <= truth.cy + truth.h / 2 <= 1 + 1e-9


@pytest.mark.parametrize("t", [1.0, 33.0, 64.0, 97.0, 140.0])
def test_a_kitchen_without_a_situation_is_compliant(t: float) -> None:
    found = names(camera(), t)
    assert found & {"head_covered", "person", "bin"}
    assert not found & VIOLATING


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("no_chef_hat", "head_bare"),
        ("no_mask", "no_mask"),
        ("smoking", "cigarette"),
        ("phone_use", "phone"),
        ("trash_lid_open", "bin_open_or_overflow"),
    ],
)
def test_a_situation_is_seen_while_it_lasts_and_only_then(code: str, name: str) -> None:
    cam = camera(code)
    assert name in names(cam, 25.0)
    assert name not in names(cam, 70.0)


def test_at_night_nobody_is_there_and_the_picture_is_grey() -> None:
    cam = camera("rodent", night=True)
    picture, truth = cam.render(0.0, wall_clock=NOON)
    inner = picture[40:140].astype(int)
    assert not {t.name for t in truth} & {"person", "head_covered", "rat"}
    assert np.abs(inner[..., 0] - inner[..., 2]).max() <= 6


def test_a_rodent_is_seen_at_some_moments_of_its_situation() -> None:
    cam = camera("rodent", night=True)
    assert any("rat" in names(cam, 10.0 + k * 0.4) for k in range(10))
    assert "rat" not in names(cam, 65.0)


def test_two_seeds_make_two_kitchens() -> None:
    one, _ = camera().render(0.0, wall_clock=NOON)
    two, _ = camera(seed=8).render(0.0, wall_clock=NOON)
    assert np.abs(one.astype(int) - two.astype(int)).mean() > 10
