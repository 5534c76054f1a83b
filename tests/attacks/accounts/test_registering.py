"""A single account can't fill the registry."""

from datetime import UTC, datetime

import pytest

from models.base.errors import Conflict
from models.catalogue.terms import DeviceKind
from models.store import Store, devices
from tests.support.world import seed_world


def test_a_node_has_at_most_as_many_devices_as_fit_into_its_status(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "MOST_DEVICES", 5)
    a, _ = seed_world(store)

    def add(i: int) -> None:
        with store.write() as w:
            devices.add_device(
                w, device_id=f"more-{i}", node_id=a.node, kind=DeviceKind.camera, zone="cooking", name="x"
            )

    add(1)
    add(2)
    with pytest.raises(Conflict, match="has 5 devices"):
        add(3)
    with store.write() as w:  # a decommissioned device does not count
        w.raw.execute("UPDATE device SET decommissioned_at = %s WHERE id = 'more-1'", [datetime.now(UTC)])
    add(3)
