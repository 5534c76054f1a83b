"""Nobody hides a kitchen from its supervisor alone: bounds, a second person, an alert, and a mark on the page."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import Response

from alerts.findings.devices import watch_devices
from models.catalogue.terms import Zone
from models.domain.drawn import regions_of
from models.store import alerts, conditions, devices
from tests.support.http import Rig, bearer
from tests.support.people import number_feed
from tests.support.workshop import Bench
from tests.unit.models.domain.test_masking import box

HALF, MORE, WHOLE = [box(0, 0, 1, 0.5)], [box(0, 0, 1, 0.7)], [box(0, 0, 1, 1)]


def change(rig: Rig, key: str, **what: Any) -> Response:  # noqa: ANN401 - JSON
    return rig.http.patch(f"/v1/cameras/{rig.a.camera}", json=what, headers=bearer(key))


def settle(rig: Rig, key: str, *, approve: bool) -> Response:
    return rig.post(f"/v1/cameras/{rig.a.camera}/settle", key, json={"approve": approve, "reason": "已到现场核实"})


def masked(rig: Rig) -> int:
    """How many regions are in force."""
    with rig.store.read() as r:
        device = devices.device(r, rig.a.camera)
    assert device is not None
    return len(regions_of(device.config))


def raised(rig: Rig, *, after: timedelta = timedelta()) -> set[str]:
    with rig.store.write() as w:
        watch_devices(w, at=datetime.now(UTC) + after)
    with rig.store.read() as r:
        return {alert.code for alert in alerts.review_queue(r, limit=20)}


def standing(rig: Rig) -> set[str]:
    with rig.store.read() as r:
        return {found.code for found in conditions.open_conditions(r, [rig.a.camera])}


@pytest.mark.parametrize("regions", [WHOLE, [box(0, 0, 1, 1, "stove")], [box(0, 0, 0.5, 1), box(0.5, 0, 1, 1)]])
@pytest.mark.parametrize("who", ["enterprise_a", "admin"])
def test_nobody_may_mask_a_whole_picture(rig: Rig, who: str, regions: list[dict[str, object]]) -> None:
    answer = change(rig, getattr(rig.keys, who), regions=regions)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert masked(rig) == 0


def test_a_large_mask_waits_for_a_second_person_and_the_supervisor_is_alerted(rig: Rig) -> None:
    assert change(rig, rig.keys.enterprise_a, regions=HALF).status_code == 204
    assert masked(rig) == 0
    assert "camera_masked" in raised(rig)
    assert "camera_masked" in standing(rig)
    page = rig.browser("regulator-a").get("/console/sites").text
    assert "申请遮挡画面 50%" in page
    assert 'data-settle="approve"' in page
    assert 'data-settle="approve"' not in rig.browser("enterprise-a").get("/console/sites").text
    assert settle(rig, rig.keys.enterprise_a, approve=True).status_code == 403
    assert settle(rig, rig.keys.regulator_b, approve=True).status_code == 404
    assert settle(rig, rig.keys.regulator_a, approve=True).status_code == 204
    assert masked(rig) == 1
    raised(rig)
    assert standing(rig) == set()
    assert settle(rig, rig.keys.regulator_a, approve=True).status_code == 409
    assert change(rig, rig.keys.enterprise_a, regions=MORE).status_code == 204  # and more waits again
    assert regions_height(rig) == 0.5


def regions_height(rig: Rig) -> float:
    with rig.store.read() as r:
        device = devices.device(r, rig.a.camera)
    assert device is not None
    return max(y for region in regions_of(device.config) for _, y in region.points)


def test_who_wished_a_mask_does_not_approve_it(rig: Rig) -> None:
    assert change(rig, rig.keys.admin, regions=HALF).status_code == 204
    assert masked(rig) == 0
    assert settle(rig, rig.keys.admin, approve=True).status_code == 403
    assert settle(rig, rig.keys.city, approve=True).status_code == 204
    assert masked(rig) == 1


def test_a_mask_grows_not_in_small_steps(rig: Rig) -> None:
    for share in (0.2, 0.24, 0.3, 0.4, 0.6, 0.79):
        change(rig, rig.keys.enterprise_a, regions=[box(0, 0, 1, share)])
    assert regions_height(rig) == 0.24


def test_a_camera_is_not_registered_masked(rig: Rig) -> None:
    rig.app.state.mingchu.workshop = Bench()
    body = {"site_id": rig.a.site, "name": "东侧", "zone": "cutting", "regions": HALF}
    made = rig.post("/v1/cameras", rig.keys.enterprise_a, json=body).json()
    with rig.store.read() as r:
        device = devices.device(r, made["device_id"])
    assert device is not None
    assert regions_of(device.config) == ()
    assert rig.post("/v1/cameras", rig.keys.enterprise_a, json=body).json()["device_id"] == made["device_id"]
    assert "camera_masked" in raised(rig)
    assert rig.post("/v1/cameras", rig.keys.enterprise_a, json=body | {"regions": WHOLE}).status_code == 422


def test_a_rejected_mask_is_removed_and_every_step_is_announced(rig: Rig) -> None:
    change(rig, rig.keys.enterprise_a, regions=HALF)
    raised(rig)
    assert settle(rig, rig.keys.regulator_a, approve=False).status_code == 204
    raised(rig)
    assert (masked(rig), standing(rig)) == (0, set())
    number_feed(rig.store)
    events = rig.get("/v1/events", rig.keys.city, cursor="0", limit=100).json()["data"]
    told = [event["data"] for event in events if event["type"] == "mingchu.device.changed"]
    assert [data["changed"] for data in told] == [["mask_wish"], ["mask_wish"]]
    assert told[0]["mask_wish"]["share"] == 0.5
    assert told[1]["reason"] == "已到现场核实"


def test_a_mask_from_before_is_noticed(rig: Rig) -> None:
    with rig.store.write() as w:
        w.raw.execute("UPDATE device SET config = %s WHERE kind = 'camera'", (json.dumps({"regions": WHOLE}),))
    assert "camera_masked" in raised(rig)
    assert "已遮挡画面 100%，未经批准" in rig.browser("regulator-a").get("/console/sites").text
    assert settle(rig, rig.keys.regulator_a, approve=False).status_code == 204
    assert masked(rig) == 0


def test_the_supervisor_is_notified_of_a_camera_that_leaves_a_strict_room(rig: Rig) -> None:
    with rig.store.write() as w:
        w.raw.execute("UPDATE device SET zone = 'special_room' WHERE id = %s", (rig.a.camera,))
    assert change(rig, rig.keys.enterprise_a, zone="waste").status_code == 204
    assert "camera_rezoned" in raised(rig)
    assert "由专间改为废弃物暂存区" in rig.browser("regulator-a").get("/console/sites").text
    assert change(rig, rig.keys.enterprise_a, zone="storage").status_code == 204  # on, and the first room is remembered
    assert "camera_rezoned" in standing(rig)
    assert settle(rig, rig.keys.regulator_a, approve=False).status_code == 204
    with rig.store.read() as r:
        device = devices.device(r, rig.a.camera)
    assert device is not None
    assert device.zone is Zone.special_room
    raised(rig)
    assert standing(rig) == set()
