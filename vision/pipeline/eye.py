"""The work on pictures that platform and edge agent share: batches, gate, movers, judge, and timeouts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.domain.drawn import Region
from vision.closeups.recent import Recent
from vision.closeups.second_look import CloseUps
from vision.engines.detector import Detector
from vision.judging.detections import Detections
from vision.judging.drawn import kept
from vision.judging.furniture import Furniture
from vision.judging.judge import CameraJudge, Closed, Opened, Sight
from vision.pictures.decode import Picture
from vision.pictures.gate import MotionGate
from vision.pictures.movers import MoverFinder
from vision.rounds.heads import Whole
from vision.rounds.rounds import Passing, Rounds, Turns

TRUSTED_SKEW = timedelta(seconds=5)
"""Within this skew a camera's clock measures time between frames best; beyond it, one of the clocks was set."""
UNSEEN_AFTER = timedelta(seconds=30)
"""End open violations of a camera after this long without a frame."""
BATCH = 16
"""Most pictures in a batch, each of another camera. At the end of a batch, cores wait for each other, so long batches
cost less than short ones (16 instead of 8: 6 % more frames per second). A batch only has pictures that already wait."""
_MOVER_MEMORY_S = 5.0


@dataclass(slots=True)
class Eye:
    """The state of one camera's judging between two pictures."""

    judge: CameraJudge
    gate: MotionGate = field(default_factory=MotionGate)
    movers: MoverFinder = field(default_factory=MoverFinder)
    last: Detections = field(default_factory=Detections.empty)
    closeups: CloseUps | None = None
    recent: Recent = field(default_factory=Recent)
    furniture: Furniture = field(default_factory=Furniture)
    turns: Turns = field(default_factory=Turns)

    def see(
        self,
        picture: Picture,
        detections: Detections | None,
        *,
        at: datetime,
        closed: bool,
        regions: Sequence[Region] = (),
        jpeg: bytes | None = None,
    ) -> list[Opened | Closed]:
        """Judge a picture; return the changes. `detections=None`: nothing moved, so the last detections apply.

        With `closeups`, `jpeg` is the frame in full resolution, from which a second look cuts its crops.
        """
        if detections is not None:
            self.last = kept(detections, regions)
        found, steps = Detections.empty(), 0
        if closed and self.judge.wants_movers:
            found, steps = self.movers.look(picture, at_s=at.timestamp(), memory_s=_MOVER_MEMORY_S)
            found = kept(found, regions)
            # What moves at night may be a cat and no rat: the next frames are looked over.
            self.turns.frames.called = self.turns.frames.called or len(found) > 0
        moving, still = self.furniture.split(self.last, at_s=at.timestamp())
        sight = Sight(
            at_s=at.timestamp(), detections=moving, closed=closed, movers=found, mover_steps=steps, furniture=still
        )
        if self.closeups is None or jpeg is None:
            return self.judge.see(sight)
        self.recent.keep(sight.at_s, jpeg)
        closeups = self.closeups
        return self.judge.see(sight, look=lambda opened: closeups.look(opened, self.recent.picture_at))


def detect(
    detector: Detector,
    seen: Sequence[tuple[Eye, Picture, datetime]],
    *,
    gated: bool = True,
    rounds: Rounds | None = None,
    wholes: Sequence[Whole] = (),
) -> list[Detections | None]:
    """Run the detector once on the pictures with movement, and the rounds on those whose turn it is.

    Args:
        detector: the network and its thresholds.
        seen: each picture with its camera's eye and the time for the motion gate.
        gated: False = run the detector on every picture.
        rounds: the further networks, if there are any.
        wholes: returns the frame of each picture as it came, for looks near heads; none without it.

    Returns:
        The detections of each picture, in order; None if the gate stopped it.
    """
    wanted = [
        i for i, (eye, picture, at) in enumerate(seen) if not gated or eye.gate.wants(picture, at_s=at.timestamp())
    ]
    detected = detector.detect([seen[i][1] for i in wanted])
    if rounds is not None:
        passing = []
        for i, of in zip(wanted, detected, strict=True):
            eye, picture, at = seen[i]
            passing.append(Passing(eye.turns, picture, at.timestamp(), of, wholes[i] if wholes else None))
        detected = rounds.join(passing)
    found = dict(zip(wanted, detected, strict=True))
    return [found.get(i) for i in range(len(seen))]


def is_silent(last_at: datetime, *, now: datetime) -> bool:
    """Return whether a camera has sent no frame for so long that its open violations end."""
    return now - last_at > UNSEEN_AFTER


def was_set_back(before: datetime, now: datetime) -> bool:
    """Return whether the clock of a camera's frames was set back, so that the stored state is in the future."""
    return before - now > TRUSTED_SKEW
