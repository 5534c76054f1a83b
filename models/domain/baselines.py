"""Hours of correct dress (合规时段): somebody says that everybody before a camera is dressed correctly for an hour."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.catalogue.precision_terms import BaselineOutcome, BaselineState
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline(Owner):
    """One such hour of one camera.

    Attributes:
        said_by, said_as: who said so, and the role of that person.
        watched: minutes of it in which the camera was analysed; None while it runs.
    """

    id: UUID
    site_id: str
    device_id: str
    begins_at: datetime
    ends_at: datetime
    said_by: str
    said_as: str
    state: BaselineState = BaselineState.running
    watched: int | None = None
    concluded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineFinding:
    """A violation that was open in such an hour; `confirmed`: a person has confirmed its alert."""

    code: str
    score: float
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineResult(Owner):
    """What was found of one code in such an hour.

    Attributes:
        found: number of violations; `highest`: the highest score of them.
        score: the least score that is proposed; None if nothing is, for the reason of `outcome`.
    """

    baseline_id: UUID
    code: str
    found: int
    highest: float
    outcome: BaselineOutcome
    score: float | None
