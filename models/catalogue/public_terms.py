"""The terms of what the public sees and says: stored values with their Chinese label; see `models.catalogue.terms`."""

from enum import StrEnum


class BrightKitchen(StrEnum):
    """What a platform may say of a merchant's bright kitchen (Order 123, art. 13).

    `pending` until the first picture arrived; `degraded` when no camera sent one for an hour.
    """

    none = "none"
    pending = "pending"
    active = "active"
    degraded = "degraded"


class Concern(StrEnum):
    """What somebody of the public reports (百姓点检)."""

    hygiene = "hygiene"
    clothing = "clothing"
    pests = "pests"
    food = "food"
    licence = "licence"
    other = "other"


class PublicReportState(StrEnum):
    """Whether a report of the public waits, became a hazard, or was dismissed."""

    waiting = "waiting"
    opened = "opened"
    dismissed = "dismissed"
