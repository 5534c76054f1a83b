"""Training (培训): of the people of enterprises, who owe 40 hours a year, and of cadres."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from models.catalogue.supervision_terms import CadreDeed
from models.domain.place import Owner

HOURS_A_YEAR = 40
"""食品安全总监 and 食品安全员: at least so many hours a year (企业落实食品安全主体责任监督管理规定)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Training(Owner):
    """A training that a person took. Never changed; a wrong one is voided with a reason.

    Attributes:
        hours: in steps of half an hour.
        organiser: who held it.
        proof: the certificate's number, or where the sheet of signatures is kept.
    """

    id: UUID
    person_id: UUID
    held_on: date
    hours: Decimal
    subject: str
    organiser: str
    proof: str
    recorded_by: str
    recorded_at: datetime
    voided_at: datetime | None = None
    voided_by: str | None = None
    void_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CadreTraining:
    """What a cadre (包保干部) did besides visits: a training, help (帮扶), or an emergency (应急).

    Never changed; a wrong one is voided with a reason.

    Attributes:
        region_code: the region of the cadre.
        hours: in steps of half an hour.
        subject: of a training; or whom they helped, and with what.
        organiser, proof: see `Training`.
    """

    id: UUID
    tenant_id: str
    region_code: str
    cadre_id: UUID
    held_on: date
    hours: Decimal
    subject: str
    organiser: str
    proof: str
    recorded_by: str
    recorded_at: datetime
    voided_at: datetime | None = None
    voided_by: str | None = None
    void_reason: str | None = None
    kind: CadreDeed = CadreDeed.training
