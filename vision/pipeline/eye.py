"""What the platform and an edge agent do alike with the pictures of one camera: gate, movers, judge."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.domain.drawn import Region
from vision.judging.detections import Detections
from vision.judging.drawn import kept
from vision.judging.judge import CameraJudge, Closed, Opened, Sight
from vision.pictures.decode import Picture
from vision.pictures.gate import MotionGate
from vision.pictures.movers import MoverFinder

TRUSTED_SKEW = timedelta(seconds=5)
"""Up to here a camera's clock tells the time between frames better than ours; beyond it, one was set."""
SILENT_AFTER = timedelta(seconds=30)
"""What is open of a camera that has shown nothing for so long is over: nobody sees it any more."""
_MOVER_MEMORY_S = 5.0


@dataclass(slots=True)
class Eye:
    """Of one camera: what is remembered between two pictures to judge the next."""

    judge: CameraJudge
    gate: MotionGate = field(default_factory=MotionGate)
    movers: MoverFinder = field(default_factory=MoverFinder)
    last: Detections = field(default_factory=Detections.empty)

    def see(
        self,
        picture: Picture,
        detections: Detections | None,
        *,
        at: datetime,
        closed: bool,
        regions: Sequence[Region] = (),
    ) -> list[Opened | Closed]:
        """Judge a picture; `detections=None` means that nothing moved and the last ones still stand."""
        if detections is not None:
            self.last = kept(detections, regions)
        found, steps = Detections.empty(), 0
        if closed and self.judge.wants_movers:
            found, steps = self.movers.look(picture, at_s=at.timestamp(), memory_s=_MOVER_MEMORY_S)
            found = kept(found, regions)
        sight = Sight(at_s=at.timestamp(), detections=self.last, closed=closed, movers=found, mover_steps=steps)
        return self.judge.see(sight)
