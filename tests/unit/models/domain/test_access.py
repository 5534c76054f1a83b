"""Who may manage whom: nobody above, and no colleague."""

from uuid import uuid4

import pytest

from models.catalogue.terms import Role
from models.domain.access import Rights


def rights(role: Role, region: str | None = None, *, entity: bool = False, tenant: str = "t") -> Rights:
    return Rights(role=role, tenant_id=tenant, region_prefix=region, entity_id=uuid4() if entity else None)


ADMIN, REGIONAL = rights(Role.admin), rights(Role.admin, "3306")
CITY, COUNTY = rights(Role.regulator, "3306"), rights(Role.regulator, "330602")
PLATFORM, KITCHEN = rights(Role.platform, "330602"), rights(Role.enterprise, entity=True)


@pytest.mark.parametrize("other", [ADMIN, REGIONAL, CITY, COUNTY, PLATFORM, KITCHEN])
def test_an_administrator_manages_everybody_of_the_tenant(other: Rights) -> None:
    assert ADMIN.may_manage(other)


def test_a_regional_administrator_stays_in_the_region() -> None:
    assert REGIONAL.may_manage(CITY)
    assert REGIONAL.may_manage(REGIONAL)
    assert not REGIONAL.may_manage(ADMIN)
    assert not REGIONAL.may_manage(rights(Role.regulator, "3307"))


def test_a_regulator_manages_those_below_and_no_colleague() -> None:
    assert CITY.may_manage(COUNTY)
    assert CITY.may_manage(PLATFORM)
    assert CITY.may_manage(KITCHEN)
    for other in (CITY, ADMIN, REGIONAL, rights(Role.regulator, "33"), rights(Role.platform, "330")):
        assert not CITY.may_manage(other)


@pytest.mark.parametrize("who", [PLATFORM, KITCHEN])
def test_others_manage_nobody(who: Rights) -> None:
    assert not any(who.may_manage(other) for other in (PLATFORM, KITCHEN, who))


def test_nobody_manages_another_tenant() -> None:
    assert not ADMIN.may_manage(rights(Role.enterprise, entity=True, tenant="another"))
