"""What the platform and an edge agent do alike with pictures: batches, gate, movers, judge, and when to give up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.domain.drawn import Region
from vision.engines.detector import Detector
from vision.judging.detections import Detections
from vision.judging.drawn import kept
from vision.judging.judge import CameraJudge, Closed, Opened, Sight
from vision.pictures.decode import Picture
from vision.pictures.gate import MotionGate
from vision.pictures.movers import MoverFinder

TRUSTED_SKEW = timedelta(seconds=5)
"""Up to here a camera's clock tells the time between frames better than ours; beyond it, one was set."""
UNSEEN_AFTER = timedelta(seconds=30)
"""What is open of a camera that has shown nothing for so long is over: nobody sees it any more."""
BATCH = 16
"""Pictures judged together, of as many cameras: at a batch's end one core waits for the other, so few long batches cost
less than many short ones (16 instead of 8: 6 % more frames a second). Only pictures that wait already are taken."""
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


def detect(
    detector: Detector, seen: Sequence[tuple[Eye, Picture, datetime]], *, gated: bool = True
) -> list[Detections | None]:
    """Run the detector once over the pictures in which something moved.

    Args:
        detector: the network and its thresholds.
        seen: each picture with its camera's eye and the time the motion gate goes by.
        gated: False lets the detector look at every picture.

    Returns:
        The detections of each picture, in order; None where the gate kept it back.
    """
    wanted = [
        i for i, (eye, picture, at) in enumerate(seen) if not gated or eye.gate.wants(picture, at_s=at.timestamp())
    ]
    found = dict(zip(wanted, detector.detect([seen[i][1] for i in wanted]), strict=True))
    return [found.get(i) for i in range(len(seen))]


def is_silent(last_at: datetime, *, now: datetime) -> bool:
    """Whether a camera has shown nothing for so long that its open violations end."""
    return now - last_at > UNSEEN_AFTER


def was_set_back(before: datetime, now: datetime) -> bool:
    """Whether the clock that stamps a camera's frames was set back: what is remembered lies in the future then."""
    return before - now > TRUSTED_SKEW
