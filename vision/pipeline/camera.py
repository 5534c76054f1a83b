"""The state of one camera between two frames."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from models.domain.drawn import Region, regions_of
from models.domain.violations import Violation
from models.store.devices import Route
from vision.closeups.second_look import CloseUps
from vision.judging.detections import Detections
from vision.judging.furniture import Furniture
from vision.judging.judge import CameraJudge, Closed, Opened
from vision.judging.rules import RuleSet, is_closed
from vision.pictures.decode import Picture
from vision.pictures.quality import PictureHealth
from vision.pipeline.eye import TRUSTED_SKEW, Eye, was_set_back
from vision.pipeline.mailbox import Frame


@dataclass(slots=True)
class Camera:
    """Route, eye, picture health and open violations of one camera."""

    route: Route
    eye: Eye
    health: PictureHealth = field(default_factory=PictureHealth)
    last_at: datetime | None = None
    heard_at: datetime | None = None
    taken_up_at: datetime | None = None
    """When a situation was taken up that another judge opened."""
    open: dict[str, UUID] = field(default_factory=dict)

    @classmethod
    def of(
        cls, route: Route, rules: RuleSet, *, closeups: CloseUps | None = None, furniture: Furniture | None = None
    ) -> "Camera":
        """Return the state of a camera that has sent no frame yet. `furniture` has its known places."""
        judge = CameraJudge(rules, zone=route.zone)
        return cls(route=route, eye=Eye(judge, closeups=closeups, furniture=furniture or Furniture()))

    @property
    def regions(self) -> tuple[Region, ...]:
        """The regions that its owner has drawn, as of now."""
        return regions_of(self.route.config)

    @property
    def seen_at(self) -> datetime | None:
        """When the newest judged frame was taken; before the first one, when open situations were taken up."""
        return self.last_at or self.taken_up_at

    def take_up(self, violation: Violation, *, at: datetime) -> bool:
        """Go on with a violation that another judge opened; return False if no rule watches it here."""
        rule, started_s = str(violation.rule.get("id")), violation.started_at.timestamp()
        if rule in self.open or not self.eye.judge.take_up(rule, started_s=started_s, at_s=at.timestamp()):
            return False
        self.open[rule], self.taken_up_at = violation.id, at
        return True

    def moment_of(self, frame: Frame) -> datetime | None:
        """Return the time at which the frame was taken; None if it is not newer than the last judged one."""
        near = abs(frame.occurred_at - frame.received_at) <= TRUSTED_SKEW
        moment = frame.occurred_at if near else frame.received_at
        if self.last_at is not None and moment <= self.last_at:
            return None
        self.last_at = moment
        return moment

    def was_set_back(self, frame: Frame) -> bool:
        """Return whether the platform's clock was set back since the last frame, so that state is in the future."""
        before, self.heard_at = self.heard_at, frame.received_at
        return before is not None and was_set_back(before, frame.received_at)

    def look_anew(self, rules: RuleSet) -> None:
        """Reset the judge, for the camera's present zone. What is furniture in front of it stays furniture."""
        judge = CameraJudge(rules, zone=self.route.zone)
        self.eye = Eye(judge, closeups=self.eye.closeups, furniture=self.eye.furniture)

    def begin_anew(self, rules: RuleSet) -> None:
        """Reset all times, too. The fault of the picture is kept, so that its end is reported."""
        self.look_anew(rules)
        self.health = PictureHealth(wrong=self.health.wrong, since_s=self.health.since_s)
        self.last_at = None

    def is_closed(self, at: datetime) -> bool:
        """Return whether the site is in its closing hours."""
        return is_closed(self.route.closed_from, self.route.closed_to, at=at)

    def judge_frame(
        self, picture: Picture, detections: Detections | None, *, at: datetime, jpeg: bytes | None = None
    ) -> list[Opened | Closed]:
        """Judge a frame; return the changes. `detections=None`: nothing moved, so the last detections apply.

        `jpeg`: the frame as it came, for a second look.
        """
        closed = self.is_closed(at)
        return self.eye.see(picture, detections, at=at, closed=closed, regions=self.regions, jpeg=jpeg)
