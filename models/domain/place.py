"""The owner and the place of something, each as one value. SQL columns stay flat: such values inherit the fields."""

from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from models.catalogue.terms import Zone


class OwnerFields(TypedDict):
    """Keyword arguments of everything that belongs to an enterprise."""

    tenant_id: str
    entity_id: UUID
    region_code: str


class PlaceFields(OwnerFields):
    """Keyword arguments of everything that happens in front of one device."""

    site_id: str
    device_id: str
    zone: Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The enterprise (经营主体) that owns something; row-level security uses these three fields."""

    tenant_id: str
    entity_id: UUID
    region_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Owner):
    """One device in one zone of one kitchen. With a code it names a situation: one alert is open for it."""

    site_id: str
    device_id: str
    zone: Zone


def owner_of(value: Owner) -> OwnerFields:
    """Return the owner's fields of a value, to build another value of the same owner."""
    return OwnerFields(tenant_id=value.tenant_id, entity_id=value.entity_id, region_code=value.region_code)


def place_of(value: Place) -> PlaceFields:
    """Return the place's fields of a value, to build another value at the same place."""
    return PlaceFields(**owner_of(value), site_id=value.site_id, device_id=value.device_id, zone=value.zone)
