"""All that is remembered of one camera between two frames."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from models.regions import Region, regions_of
from models.store.registry import Route
from vision.detections import Detections
from vision.gate import MotionGate
from vision.judging import CameraJudge, Closed, Opened, Sight
from vision.mailbox import Frame
from vision.movers import MoverFinder
from vision.pictures import Picture
from vision.quality import PictureHealth
from vision.regions import kept
from vision.rules import RuleSet, is_closed

TRUSTED_SKEW = timedelta(seconds=5)
"""Up to here the camera's clock tells the time between frames better than ours."""
_MOVER_MEMORY_S = 5.0


@dataclass(slots=True)
class Camera:
    """Gate, movers, picture health, judge and open violations of one camera."""

    route: Route
    judge: CameraJudge
    gate: MotionGate = field(default_factory=MotionGate)
    movers: MoverFinder = field(default_factory=MoverFinder)
    health: PictureHealth = field(default_factory=PictureHealth)
    last: Detections = field(default_factory=Detections.empty)
    last_at: datetime | None = None
    open: dict[str, UUID] = field(default_factory=dict)

    @classmethod
    def of(cls, route: Route, rules: RuleSet) -> "Camera":
        """A camera that has seen nothing yet."""
        return cls(route=route, judge=CameraJudge(rules, zone=route.zone))

    @property
    def regions(self) -> tuple[Region, ...]:
        """What its owner has drawn, as the registry has it now."""
        return regions_of(self.route.config)

    def moment_of(self, frame: Frame) -> datetime | None:
        """When the frame counts as taken; None if it is not newer than the last one judged."""
        near = abs(frame.occurred_at - frame.received_at) <= TRUSTED_SKEW
        moment = frame.occurred_at if near else frame.received_at
        if self.last_at is not None and moment <= self.last_at:
            return None
        self.last_at = moment
        return moment

    def is_closed(self, at: datetime) -> bool:
        """Whether the site is in its closing hours."""
        return is_closed(self.route.closed_from, self.route.closed_to, at=at)

    def judge_frame(self, picture: Picture, detections: Detections | None, *, at: datetime) -> list[Opened | Closed]:
        """Judge a frame; `detections=None` means that nothing moved and the last ones still stand."""
        if detections is not None:
            self.last = kept(detections, self.regions)
        closed = self.is_closed(at)
        found, steps = Detections.empty(), 0
        if closed and self.judge.wants_movers:
            found, steps = self.movers.look(picture, at_s=at.timestamp(), memory_s=_MOVER_MEMORY_S)
            found = kept(found, self.regions)
        sight = Sight(at_s=at.timestamp(), detections=self.last, closed=closed, movers=found, mover_steps=steps)
        return self.judge.see(sight)
