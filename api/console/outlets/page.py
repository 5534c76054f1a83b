"""The page of a chain (连锁门店): stores and branches with their counts, and common problems (共性问题)."""

from dataclasses import dataclass
from datetime import datetime

from alerts.registry.outlets import DAYS, report_of
from models.catalogue.codes import code_label
from models.store import Read, registry


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletLine:
    """One store or branch."""

    name: str
    region: str
    branch: bool
    days: str
    missing: bool
    hazards: int
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletsPage:
    """The whole page."""

    lines: tuple[OutletLine, ...]
    common: tuple[tuple[str, int, int], ...]


def load_outlets(r: Read, *, now: datetime) -> OutletsPage:
    """Load the chain below the visitor's enterprise."""
    found, names = report_of(r, at=now), registry.regions(r)
    return OutletsPage(
        lines=tuple(
            OutletLine(
                name=one.name,
                region=names.get(one.region_code, one.region_code),
                branch=one.branch,
                days=f"{one.days}/{one.sites * DAYS}",
                missing=one.days < one.sites * DAYS,
                hazards=one.hazards,
                overdue=one.overdue,
            )
            for one in found.outlets
        ),
        common=tuple((code_label(one.code), one.outlets, one.times) for one in found.common),
    )
