"""Enterprises, their people and their kitchens."""

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from models.catalogue.supervision_terms import Datum
from models.catalogue.terms import Post
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A food enterprise (经营主体).

    Attributes:
        credit_code: unified social credit code (统一社会信用代码).
        guarantee_tier: 包保等级, A = largest. It is not the risk grade.
        risk_grade: 风险等级, A = lowest risk.
    """

    id: UUID
    tenant_id: str
    name: str
    credit_code: str
    licence_no: str | None
    region_code: str
    guarantee_tier: str | None
    risk_grade: str | None

    @property
    def owner(self) -> Owner:
        """The enterprise as an owner."""
        return Owner(tenant_id=self.tenant_id, entity_id=self.id, region_code=self.region_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Owner):
    """An accountable person of an enterprise (三人三责)."""

    id: UUID
    name: str
    post: Post
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    set_by: str = ""
    ended_by: str | None = None
    end_reason: str | None = None

    def in_office(self, at: datetime) -> bool:
        """Return whether the person holds the post at a moment."""
        begun = self.valid_from is None or self.valid_from <= at
        return begun and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Owner):
    """A kitchen of an enterprise, where cameras hang. Closing hours are local time.

    Attributes:
        latitude, longitude, datum: its position in degrees and the coordinate system; all None until somebody sets it.
    """

    id: str
    name: str
    address: str
    closed_from: time | None
    closed_to: time | None
    latitude: float | None = None
    longitude: float | None = None
    datum: Datum | None = None
