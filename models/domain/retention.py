"""How long evidence is kept, by the outcome of its alert. A legal hold prevents every deletion."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class KeepingSettings(BaseSettings):
    """Retention times, counted from the closing of the alert (design defaults; set them to your own rules)."""

    model_config = SettingsConfigDict(env_prefix="MINGCHU_KEEP_", frozen=True, extra="ignore")

    hazard: timedelta = Field(
        default=timedelta(days=730), description="Evidence of confirmed hazards, and photos of visits"
    )
    undecided: timedelta = Field(
        default=timedelta(days=180), description="Evidence of alerts without a verdict, and evidence without an alert"
    )
    rejected: timedelta = Field(default=timedelta(days=30), description="Evidence of rejected alerts")
    device: timedelta = Field(
        default=timedelta(days=30), description="Stills of alerts about cameras that showed nothing"
    )
    quota_bytes: int | None = Field(
        default=None,
        ge=1,
        description="Largest size of the evidence store; from 90 % on, evidence of rejected and device alerts is "
        "deleted early",
    )

    @property
    def shortest(self) -> timedelta:
        """The shortest retention time; no younger evidence can be due for deletion."""
        return min(self.hazard, self.undecided, self.rejected, self.device)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A piece of evidence that may be deleted; `over` is true if its retention time is over."""

    id: UUID
    sha256: str
    bytes: int
    class_: str
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """A legal hold on an alert: no evidence of the alert is deleted until the hold is released."""

    id: UUID
    alert_id: UUID
    reason: str
    placed_by: str
    placed_at: datetime
    released_by: str | None
    released_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file that must be in the store: its size, and the piece of evidence that refers to it."""

    sha256: str
    bytes: int
    whose: str
