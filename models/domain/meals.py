"""Meals of canteens (餐次), with the people who ate along (陪餐) and the supply chain."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from models.catalogue.duty_terms import Meal
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Goods that went into a meal; `traced` with supplier and voucher (进货票证)."""

    goods: str
    supplier: str = ""
    batch: str = ""
    voucher: str = ""

    @property
    def traced(self) -> bool:
        """Return whether supplier and voucher are known."""
        return bool(self.supplier and self.voucher)

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Self:
        """Return the value of the stored form."""
        return cls(**stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class MealRecord(Owner):
    """One meal of a kitchen's day.

    Attributes:
        sampled: samples were kept (留样).
        companion: who of the management ate along; empty: nobody.
    """

    id: UUID
    site_id: str
    day: date
    meal: Meal
    diners: int
    dishes: tuple[str, ...]
    supplies: tuple[Supply, ...]
    sampled: bool
    companion: str
    companion_words: str
    recorded_by: str
    recorded_at: datetime
    version: int = 1
