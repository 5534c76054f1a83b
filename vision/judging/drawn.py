"""What is found in a part that the owner has drawn: left out, or left out where flames belong."""

from collections.abc import Sequence

from models.domain.drawn import Region, RegionKind
from vision.judging.detections import Detections, centres

_OF_A_STOVE = frozenset({"fire", "smoke"})


def kept(found: Detections, regions: Sequence[Region]) -> Detections:
    """The detections that count: none whose centre lies in an ignored part, no fire on a stove."""
    if not regions or not len(found):
        return found
    places = centres(found.boxes)
    return found.at(
        [
            i
            for i, (name, (x, y)) in enumerate(zip(found.names, places, strict=True))
            if not any(_hides(region, name) and region.holds(float(x), float(y)) for region in regions)
        ]
    )


def _hides(region: Region, name: str) -> bool:
    return region.kind is RegionKind.ignore or name in _OF_A_STOVE
