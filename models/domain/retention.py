"""How long evidence is kept, by what became of it; a legal hold outranks every deletion."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class KeepingSettings(BaseSettings):
    """Times count from the closing of the alert (design defaults; set them by your own rules)."""

    model_config = SettingsConfigDict(env_prefix="MINGCHU_KEEP_", frozen=True, extra="ignore")

    hazard: timedelta = Field(default=timedelta(days=730), description="Evidence of confirmed hazards")
    undecided: timedelta = Field(default=timedelta(days=180), description="Evidence without a verdict or an alert")
    rejected: timedelta = Field(default=timedelta(days=30), description="Evidence of rejected alerts")
    device: timedelta = Field(default=timedelta(days=30), description="Stills of cameras that showed nothing")
    quota_bytes: int | None = Field(
        default=None, ge=1, description="Largest size of the evidence store; from 90 % of it on, rejected goes early"
    )

    @property
    def shortest(self) -> timedelta:
        """Nothing younger is looked at."""
        return min(self.hazard, self.undecided, self.rejected, self.device)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A piece of evidence that may go: `over` says whether its time is over."""

    id: UUID
    sha256: str
    bytes: int
    class_: str
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """Nothing of an alert is deleted while this stands."""

    id: UUID
    alert_id: UUID
    reason: str
    placed_by: str
    placed_at: datetime
    released_by: str | None
    released_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file that must be in the store, its size, and a piece of evidence that points to it."""

    sha256: str
    bytes: int
    whose: str
