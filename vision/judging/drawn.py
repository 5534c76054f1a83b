"""Drop detections in the regions that the owner has drawn: all in ignored ones, fire on stoves."""

from collections.abc import Sequence

from models.domain.drawn import Region, RegionKind
from vision.judging.detections import Detections, centres

_OF_A_STOVE = frozenset({"fire", "smoke"})


def kept(found: Detections, regions: Sequence[Region]) -> Detections:
    """Return the detections without those centred in an ignored region, and without fire on a stove."""
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
