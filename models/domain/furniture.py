"""Places on a camera's picture where something is taken for a head and never moves."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntPlace(Owner):
    """A place where a pot, a sign or a cap on a hook is taken for a head, as a camera's judge has learnt it.

    Attributes:
        box: x0, y0, x1, y1, shares of the picture (0–1).
        since: since when nothing has stirred there.
        learnt_at: from then on heads there did not count.
        seen_at: when it was last seen, on the camera's clock.
        frames: frames since `since` that show it.
        site_id: where the camera is, as far as it was asked for.
        refused_at: when a person said that it is somebody; from then on heads there count. None: it is furniture.
    """

    id: UUID
    device_id: str
    box: tuple[float, ...]
    since: datetime
    learnt_at: datetime
    seen_at: datetime
    frames: int
    refused_at: datetime | None = None
    refused_by: str | None = None
    reason: str | None = None
    site_id: str | None = None
