"""Access groups, and accounts that are limited to one."""

from typing import Any
from uuid import UUID

from models.catalogue.terms import Role
from tests.support.http import Rig
from tests.support.people import add_key, add_user
from tests.support.world import Kitchen

CITY = "3306"


def group_of(rig: Rig, name: str, **body: Any) -> UUID:  # noqa: ANN401 - fields of the request
    """A new group, made by the administrator."""
    answer = rig.post("/v1/groups", rig.keys.admin, json={"name": name, **body})
    assert answer.status_code == 200, answer.text
    return UUID(answer.json()["id"])


def limited(rig: Rig, kitchen: Kitchen, key: str) -> dict[str, str]:
    """Keys, and log-ins `office-{key}`, `branch-{key}` and `camera-{key}`, that see a kitchen by a group.

    A sector's office of the city, a branch of the enterprise, and a platform that watches one camera.
    """
    office = group_of(rig, f"office-{key}", kind="enterprises", region=CITY, members=[str(kitchen.entity)])
    place = {"region": kitchen.region, "members": [kitchen.site], "entity_id": str(kitchen.entity)}
    branch = group_of(rig, f"branch-{key}", kind="kitchens", **place)
    camera = group_of(rig, f"camera-{key}", kind="cameras", region=kitchen.region, members=[kitchen.camera])
    holders: dict[str, dict[str, Any]] = {
        "office": {"role": Role.regulator, "region": CITY, "group": office},
        "branch": {"role": Role.enterprise, "entity": kitchen.entity, "group": branch},
        "camera": {"role": Role.platform, "region": kitchen.region, "group": camera},
    }
    for name, rights in holders.items():
        add_user(rig.store, f"{name}-{key}", **rights)
    return {name: add_key(rig.store, **rights) for name, rights in holders.items()}


def group_held(rig: Rig, login: str) -> UUID:
    """The group of a user."""
    with rig.store.read() as r:
        found = r.raw.execute("SELECT group_id FROM app_user WHERE login = %s", [login]).fetchone()
    assert found is not None
    group: UUID = found[0]
    return group
