"""Write pictures of simulated kitchens with their labels as a training source.

They teach the detector the scenes of the product's own demonstration. They are never part of a
quality figure: results on drawn cooks do not apply to real ones.
"""

# ruff: noqa: PLR2004 - the numbers are the shares of the mix

import random
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import cv2

from ingest.simulator.kitchen import KitchenCamera, Situation
from ingest.simulator.kitchen.variety import BARE, THINGS, WORN, Kind
from vision.training.classes import CLASS_ID, SIMULATED

COOK_CODES: Final = ("no_chef_hat", "no_mask", "smoking", "phone_use")
SLOT_S: Final = 40.0
"""Length of one scripted scene in seconds; a camera shows one scene after the other."""


def script(rng: random.Random, scenes: int, *, night: bool) -> list[Situation]:
    """Return a random set of situations for each scene (about every fourth is compliant)."""
    situations = []
    for scene in range(scenes):
        start, end = scene * SLOT_S, scene * SLOT_S + SLOT_S - 6
        codes = {"rodent"} if night and rng.random() < 0.8 else set()
        if not night and rng.random() < 0.78:
            codes |= set(rng.sample(COOK_CODES, rng.choice((1, 1, 2, 3))))
        if rng.random() < 0.45:
            codes.add("trash_lid_open")
        ordered = sorted(codes, key=lambda _: rng.random())
        situations += [Situation(code=code, start_s=start, end_s=end) for code in ordered]
    return situations


def mix(seed: int) -> tuple[Kind, ...]:
    """Return the kinds of a camera that shows what detectors mistake: one look of heads or none, and some things."""
    rng = random.Random(f"{seed}/kinds")  # noqa: S311 - a picture generator
    worn = rng.choice([None, *sorted(WORN | BARE)])
    things = [kind for kind in sorted(THINGS) if rng.random() < 0.4]
    return tuple(kind for kind in (worn, *things) if kind is not None) or (rng.choice(sorted(THINGS)),)


def camera_frames(
    seed: int, scenes: int, folder: Path, *, compliant: bool = False, kinds: Collection[Kind] = ()
) -> int:
    """Draw one camera's scenes into ``folder/images`` and ``folder/labels``, except existing ones.

    Returns:
        The number of scenes, including existing ones.
    """
    rng = random.Random(seed)  # noqa: S311 - a picture generator
    night = rng.random() < 0.12
    camera = KitchenCamera(
        seed=seed,
        name=rng.choice(("后厨", "Kitchen", "CAM", "切配间", "烹饪区")) + f" {seed % 97:02d}",
        cooks=rng.choice((1, 1, 2, 2, 2, 3, 3)),
        night=night and not compliant,
        masks_worn=rng.random() < 0.68 or compliant,
        situations=[] if compliant else script(rng, scenes, night=night),
        kinds=kinds,
    )
    begin = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(500_000))
    for scene in range(scenes):
        t = scene * SLOT_S + rng.uniform(2.0, SLOT_S - 7)
        label = folder / "labels" / f"sim{seed:06d}_{scene:02d}.txt"
        if label.exists():
            continue
        picture, truths = camera.render(t, wall_clock=begin + timedelta(seconds=t))
        cv2.imwrite(str(folder / "images" / f"{label.stem}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
        rows = (f"{CLASS_ID[x.name]} {x.cx:.5f} {x.cy:.5f} {x.w:.5f} {x.h:.5f}\n" for x in truths)
        label.write_text("".join(rows))  # last, so that a picture with labels is complete
    return scenes


def simulate(out: Path, seeds: Sequence[int], scenes: int, *, compliant: bool = False, mixed: bool = False) -> int:
    """Draw ``scenes`` pictures of each seed's kitchen into ``out/simulated``; return their number.

    In a `compliant` kitchen nothing is wrong and everybody wears a mask; it shows what could cause false alarms, such
    as a head from behind with bare skin and no visible mask. With `mixed`, each kitchen has kinds of heads and things
    that detectors mistake (`mix`): tall hats, cloth caps, mouth shields, bald or white heads, a cap in the hand, whites
    on hooks, pots, round signs.
    """
    folder = out / SIMULATED
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return sum(
        camera_frames(seed, scenes, folder, compliant=compliant, kinds=mix(seed) if mixed else ()) for seed in seeds
    )
