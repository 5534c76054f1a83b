"""Hats, hair and things that detectors mistake: drawn where their labels say, and nowhere else."""

from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.simulator.kitchen import KitchenCamera, Truth
from ingest.simulator.kitchen.optics import vec
from ingest.simulator.kitchen.solids import Disc, Finish
from ingest.simulator.kitchen.variety import BARE, THINGS, WORN, Kind

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
HEADS = {"head_covered", "head_bare"}
FACES = {"mask", "mask_incorrect", "no_mask"}
SEED, T = 42_000, 20.0


@lru_cache(maxsize=32)
def drawn(*kinds: Kind, seed: int = SEED) -> tuple[NDArray[np.uint8], tuple[Truth, ...]]:
    camera = KitchenCamera(seed=seed, name="kinds", cooks=2, kinds=kinds, width=640, height=360)
    picture, truths = camera.render(T, wall_clock=NOON)
    return picture, tuple(truths)


def boxes(truths: tuple[Truth, ...], names: set[str]) -> list[tuple[float, float, float, float]]:
    return [(t.cx - t.w / 2, t.cy - t.h / 2, t.cx + t.w / 2, t.cy + t.h / 2) for t in truths if t.name in names]


def changed(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Pixels that clearly differ; the sensor's noise is the same."""
    return np.asarray(np.abs(one.astype(int) - other.astype(int)).max(axis=2) > 40)


def share_inside(mask: NDArray[np.bool_], inside: list[tuple[float, float, float, float]], *, pad: float) -> float:
    """The share of pixels that lie in boxes, which are grown by some pixels."""
    h, w = mask.shape
    near = np.zeros_like(mask)
    for x0, y0, x1, y1 in inside:
        near[max(0, int(y0 * h - pad)) : int(y1 * h + pad), max(0, int(x0 * w - pad)) : int(x1 * w + pad)] = True
    return float((mask & near).sum() / max(mask.sum(), 1))


def test_a_kitchen_without_kinds_stays_what_it_was() -> None:
    plain, truths = drawn()
    camera = KitchenCamera(seed=SEED, name="kinds", cooks=2, width=640, height=360)
    again, same = camera.render(T, wall_clock=NOON)
    assert np.array_equal(plain, again)
    assert truths == tuple(same)


def test_every_kind_is_worn_bare_or_a_thing() -> None:
    assert {*WORN, *BARE, *THINGS} == {*Kind}
    assert len(WORN) + len(BARE) + len(THINGS) == len(Kind)


@pytest.mark.parametrize("kind", sorted(WORN | BARE))
def test_heads_are_labelled_by_what_is_on_them(kind: Kind) -> None:
    found = {truth.name for seed in range(SEED, SEED + 4) for truth in drawn(kind, seed=seed)[1]} & HEADS
    assert found == {"head_bare" if kind in BARE else "head_covered"}


@pytest.mark.parametrize("kind", [Kind.tall_hat, Kind.cloth_cap])
def test_a_hat_is_drawn_where_its_label_is(kind: Kind) -> None:
    with_hat, truths = drawn(kind)
    bald, without = drawn(Kind.bald)
    difference = changed(with_hat, bald)
    heads = boxes(truths, HEADS)
    assert difference.sum() > 100
    assert share_inside(difference, heads, pad=3) > 0.95
    assert min(y0 for _, y0, _, _ in heads) < min(y0 for _, y0, _, _ in boxes(without, HEADS))


def test_a_tall_hat_makes_a_taller_head_than_a_cloth_cap() -> None:
    tall, low = (max(t.h for t in drawn(kind)[1] if t.name in HEADS) for kind in (Kind.tall_hat, Kind.cloth_cap))
    assert tall > 1.4 * low


def test_a_cap_in_the_hand_is_part_of_no_head_and_of_no_person() -> None:
    with_cap, truths = drawn(Kind.cap_in_hand)
    heads = boxes(truths, HEADS)
    bare, _ = drawn(Kind.bald)
    below = changed(with_cap, bare)
    hair = share_inside(below, heads, pad=3)
    assert hair < 0.9, "the cap is drawn away from the heads"
    people = boxes(truths, {"person"})
    assert share_inside(below, people, pad=8) > 0.95, "and in somebody's hand"


def test_a_clear_shield_is_neither_a_mask_nor_a_bare_face() -> None:
    assert {truth.name for seed in range(SEED, SEED + 6) for truth in drawn(seed=seed)[1]} & FACES
    assert (
        not {truth.name for seed in range(SEED, SEED + 6) for truth in drawn(Kind.mouth_shield, seed=seed)[1]} & FACES
    )


@pytest.mark.parametrize("kind", sorted(THINGS))
def test_things_are_drawn_and_labelled_as_nothing(kind: Kind) -> None:
    seen = 0
    for seed in range(SEED, SEED + 6):
        plain, before = drawn(seed=seed)
        full, after = drawn(kind, seed=seed)
        assert [one for one in after if one.name in HEADS | FACES] == [
            one for one in before if one.name in HEADS | FACES
        ]
        seen += int(changed(full, plain).sum() > 150)
    assert seen >= 4, "most cameras see them"


def test_a_disc_is_met_inside_its_radius_and_from_either_side() -> None:
    disc = Disc(centre=vec(0, 2, 1), radius=0.2, axis=1, finish=Finish(colour=(1, 1, 1)))
    rays = np.array([(0, 1, 0), (0.09, 1, 0), (0.11, 1, 0), (0, -1, 0), (1, 0, 0)], np.float32)
    hit = disc.hit(vec(0, 0, 1), rays)
    np.testing.assert_allclose(hit.depth[:2], 2)
    assert np.isinf(hit.depth[2:]).all()
    np.testing.assert_allclose(hit.normal[0], (0, -1, 0))
    assert disc.hit(vec(0, 4, 1), rays).depth[3] == pytest.approx(2)
