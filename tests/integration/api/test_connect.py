"""Connecting a camera by the API: looked at, registered, drawn on; secrets and forbidden rooms."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.onboarding import LOOKS_A_PERSON, checked_host
from models.base.errors import Invalid, NotAllowed
from models.catalogue.terms import FORBIDDEN_ZONES, DeviceKind
from models.changes.nodes import note_status
from models.domain.drawn import regions_of
from models.store import Store, devices
from models.store.conditions import frames_seen
from tests.support.http import Rig, bearer, running_app
from tests.support.people import number_feed
from tests.support.workshop import Bench

CAMERA = {"site_id": "site-a", "name": "东侧", "zone": "cutting"}


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def rig(store: Store, api_store: Store, database_url: str, tmp_path: Path, bench: Bench) -> Iterator[Rig]:
    with running_app(store, api_store, database_url, tmp_path) as running:
        running.app.state.mingchu.workshop = bench
        yield running


def connect(rig: Rig, key: str | None = None, **more: Any) -> Any:  # noqa: ANN401
    return rig.post("/v1/cameras", key or rig.keys.enterprise_a, json=CAMERA | more)


def test_a_camera_test_explains_the_fault_and_never_repeats_the_password(rig: Rig, bench: Bench) -> None:
    body = {"url": "rtsp://192.168.1.64:554/s1", "username": "admin", "password": "s3cret!"}
    answer = rig.post("/v1/camera-looks", rig.keys.enterprise_a, json=body)
    assert answer.status_code == 200
    assert answer.json()["advice"] == [{"zh": "密码错误", "en": "wrong password"}]
    assert "s3cret" not in answer.text
    assert bench.asked == [("rtsp://192.168.1.64:554/s1", "admin", "s3cret!")]


@pytest.mark.parametrize(
    "url",
    ["http://192.168.1.64/", "rtsp://user:pass@192.168.1.64/", "rtsp://192.168.1.64/a b", "file:///etc/passwd", ""],
)
def test_an_invalid_camera_address_is_refused(rig: Rig, bench: Bench, url: str) -> None:
    assert rig.post("/v1/camera-looks", rig.keys.enterprise_a, json={"url": url}).status_code == 422
    assert bench.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "0", "[::1]", "[::ffff:127.0.0.1]"])
def test_the_platform_itself_is_not_looked_at(rig: Rig, bench: Bench, host: str) -> None:
    answer = rig.post("/v1/camera-looks", rig.keys.enterprise_a, json={"url": f"rtsp://{host}:554/x"})
    assert answer.status_code in {403, 422}
    assert bench.asked == []


def test_a_host_that_is_none_is_said_as_such() -> None:
    with pytest.raises(Invalid):
        checked_host("no-such-host.invalid", loopback=False)
    with pytest.raises(NotAllowed):
        checked_host("127.0.0.1", loopback=False)
    assert checked_host("127.0.0.1", loopback=True) == "127.0.0.1"


def test_looking_is_not_a_way_to_search_a_network(rig: Rig) -> None:
    body = {"url": "rtsp://192.168.1.64/x"}
    codes = [
        rig.post("/v1/camera-looks", rig.keys.enterprise_a, json=body).status_code for _ in range(LOOKS_A_PERSON + 1)
    ]
    assert codes == [200] * LOOKS_A_PERSON + [429]
    assert rig.post("/v1/camera-looks", rig.keys.enterprise_b, json=body).status_code == 200


def test_a_camera_is_registered_behind_the_kitchens_node(rig: Rig) -> None:
    made = connect(rig).json()
    assert (made["node_id"], made["node_is_new"]) == (rig.a.node, False)
    device = rig.get(f"/v1/devices/{made['device_id']}", rig.keys.enterprise_a).json()
    assert (device["name"], device["zone"], device["online"]) == ("东侧", "cutting", False)


def test_a_kitchen_without_a_node_gets_one_whose_secret_is_shown_once(rig: Rig) -> None:
    rig.post(f"/v1/nodes/{rig.a.node}/revoke", rig.keys.enterprise_a)
    made = connect(rig).json()
    assert made["node_is_new"]
    shown = rig.post(f"/v1/nodes/{made['node_id']}/secret", rig.keys.enterprise_a)
    assert shown.headers["cache-control"] == "no-store"
    with rig.store.read() as r:
        hashes = dict(devices.node_logins(r))
    assert hashes[made["node_id"]] == "$7$1$AA==$0002"
    assert rig.app.state.mingchu.workshop.kept == {made["node_id"]: shown.json()["secret"]}
    assert rig.a.node not in hashes


@pytest.mark.parametrize("zone", sorted(FORBIDDEN_ZONES))
def test_no_camera_is_registered_where_the_law_forbids_it(rig: Rig, zone: str) -> None:
    answer = connect(rig, zone=zone)
    assert answer.status_code == 422
    assert "条例" in answer.json()["detail"]


def test_drawn_regions_are_stored_and_can_be_replaced(rig: Rig) -> None:
    square = [[0.1, 0.1], [0.4, 0.1], [0.4, 0.4]]
    made = connect(rig, regions=[{"kind": "stove", "points": square}]).json()
    with rig.store.read() as r:
        device = devices.device(r, made["device_id"])
    assert device is not None
    assert regions_of(device.config)[0].points == ((0.1, 0.1), (0.4, 0.1), (0.4, 0.4))
    path, who = f"/v1/cameras/{made['device_id']}", bearer(rig.keys.enterprise_a)
    assert rig.http.patch(path, headers=who, json={"regions": []}).status_code == 204
    assert rig.http.patch(path, headers=who, json={"zone": "toilet"}).status_code == 422
    assert (
        rig.http.patch(path, headers=who, json={"regions": [{"kind": "stove", "points": [[2, 0]]}]}).status_code == 422
    )
    with rig.store.read() as r:
        device = devices.device(r, made["device_id"])
    assert device is not None
    assert (regions_of(device.config), device.zone) == ((), "cutting")


def test_nobody_connects_cameras_at_anothers_kitchen(rig: Rig) -> None:
    assert connect(rig, rig.keys.enterprise_b).status_code == 404
    assert connect(rig, rig.keys.regulator_a).status_code == 403
    assert rig.post(f"/v1/nodes/{rig.a.node}/secret", rig.keys.enterprise_b).status_code == 404
    assert rig.post(f"/v1/nodes/{rig.a.node}/revoke", rig.keys.enterprise_b).status_code == 404
    who = bearer(rig.keys.enterprise_b)
    assert rig.http.patch(f"/v1/cameras/{rig.a.camera}", headers=who, json={"name": "x"}).status_code == 404


def test_a_server_without_a_workshop_reports_it(rig: Rig) -> None:
    rig.app.state.mingchu.workshop = None
    assert connect(rig).status_code == 503


def test_the_page_offers_the_visitors_kitchens_and_names_forbidden_rooms(rig: Rig) -> None:
    page = rig.browser("enterprise-a").get("/console/connect").text
    assert "厨房a" in page
    assert "厨房b" not in page
    assert "更衣室（法规禁止安装）" in page
    assert rig.browser("regulator-a").get("/console/connect").status_code == 403


def told(rig: Rig, kind: str) -> list[dict[str, Any]]:
    number_feed(rig.store)
    page = rig.get("/v1/events", rig.keys.city, cursor=0, type="mingchu.device.*").json()
    return [event["data"] for event in page["data"] if event["type"] == f"mingchu.device.{kind}"]


def test_revoking_a_node_is_announced_with_its_actor(rig: Rig) -> None:
    with rig.store.write() as w:
        note_status(w, node_id=rig.a.node, online=True, session=3, at=datetime.now(UTC), firmware=None)
    assert rig.post(f"/v1/nodes/{rig.a.node}/revoke", rig.keys.enterprise_a).status_code == 204
    revoked = told(rig, "revoked")
    assert len(revoked) == 1
    assert revoked[0]["node_id"] == rig.a.node
    assert revoked[0]["devices"] == sorted([rig.a.camera, rig.a.fridge, rig.a.gas])
    assert revoked[0]["actor"] == {"name": f"key:{rig.keys.enterprise_a.split('_')[1]}", "role": "enterprise"}
    assert revoked[0]["entity"]["credit_code"] == "92330602MA00TEX117"
    assert [data["node_id"] for data in told(rig, "offline")] == [rig.a.node]
    numbers = told(rig, "offline")[0]["version"], revoked[0]["version"]
    assert numbers == (2, 3), "after the birth"
    history = rig.get(f"/v1/devices/{rig.a.camera}/history", rig.keys.regulator_a).json()["data"]
    assert [(line["kind"], line["detail"].get("role")) for line in history] == [
        ("revoked", "enterprise"),
        ("online", None),
    ]
    assert rig.get(f"/v1/devices/{rig.a.camera}", rig.keys.regulator_a).json()["online"] is False
    assert rig.post(f"/v1/nodes/{rig.a.node}/revoke", rig.keys.enterprise_a).status_code == 404
    assert len(told(rig, "revoked")) == 1


def test_a_mask_of_an_owner_is_announced_and_stored(rig: Rig) -> None:
    window = [{"kind": "ignore", "points": [[0, 0], [0.4, 0], [0.4, 0.4], [0, 0.4]]}]
    path, who = f"/v1/cameras/{rig.a.camera}", bearer(rig.keys.enterprise_a)
    assert rig.http.patch(path, headers=who, json={"regions": window, "zone": "waste"}).status_code == 204
    (data,) = told(rig, "changed")
    assert (data["device_id"], data["zone"], data["version"]) == (rig.a.camera, "waste", 2)
    assert data["changed"] == ["regions", "zone"]
    assert data["before"] == {"regions": None, "zone": "cooking"}
    assert data["regions"][0]["kind"] == "ignore"
    assert data["actor"]["role"] == "enterprise"
    (line,) = rig.get(f"/v1/devices/{rig.a.camera}/history", rig.keys.regulator_a).json()["data"]
    assert (line["kind"], line["detail"]["before"]["zone"]) == ("changed", "cooking")
    assert rig.http.patch(path, headers=who, json={"zone": "waste"}).status_code == 204
    assert len(told(rig, "changed")) == 1, "what is as it was is no change"


def test_a_camera_moves_to_another_node_of_its_kitchen_and_nowhere_else(rig: Rig) -> None:
    with rig.store.write() as w:
        devices.add_node(w, node_id="node-a2", site_id=rig.a.site, mqtt_hash="$7$1$AA==$AA==")
    path, admin = f"/v1/cameras/{rig.a.camera}", bearer(rig.keys.admin)
    assert rig.http.patch(path, headers=admin, json={"node_id": rig.b.node}).status_code == 422
    assert rig.http.patch(path, headers=admin, json={"node_id": "nobody"}).status_code == 404
    who = bearer(rig.keys.enterprise_a)
    assert rig.http.patch(path, headers=who, json={"node_id": "node-a2"}).status_code == 204
    assert rig.get(f"/v1/devices/{rig.a.camera}", rig.keys.enterprise_a).json()["node_id"] == "node-a2"
    assert told(rig, "changed")[0]["before"] == {"node_id": rig.a.node}
    rig.post(f"/v1/nodes/{rig.a.node}/revoke", rig.keys.enterprise_a)
    assert rig.http.patch(path, headers=who, json={"node_id": rig.a.node}).status_code == 409


def test_who_is_supervised_does_not_end_it(rig: Rig) -> None:
    path, why = f"/v1/devices/{rig.a.camera}/decommission", {"reason": "厨房停业"}
    with rig.store.write() as w:
        frames_seen(w, {rig.a.camera: datetime.now(UTC)})
    assert rig.post(path, rig.keys.enterprise_a, json=why).status_code == 403
    assert rig.post(path, rig.keys.regulator_b, json=why).status_code == 404
    assert rig.post(path, rig.keys.regulator_a, json=why).status_code == 204
    (data,) = told(rig, "decommissioned")
    assert (data["device_id"], data["reason"], data["actor"]["role"]) == (rig.a.camera, "厨房停业", "regulator")
    assert rig.get(f"/v1/devices/{rig.a.camera}", rig.keys.enterprise_a).json()["decommissioned_at"] is not None
    assert rig.post(path, rig.keys.regulator_a, json=why).status_code == 409


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("rtsp://192.168.1.64:99999/", "端口"),
        ("rtsp://192.168.1.64:55a/", "端口"),
        ("rtsp://192.168.1.64:0/", "端口"),
        ("rtsp://[::1/", "rtsp://主机"),
        ("rtsp:///path", "rtsp://主机"),
        ("http://192.168.1.64/", "rtsp://主机"),
        ("rtsp://192.168.1.64/\x00", "rtsp://主机"),
        ("rtsp://admin:hunter2@192.168.1.64/", "用户名和密码填在下面两栏"),
        ("rtsp://admin:hunter/2@192.168.1.64/", "用户名和密码填在下面两栏"),
        ("rtsp://admin@192.168.1.64/", "用户名和密码填在下面两栏"),
    ],
)
def test_a_wrong_address_is_said_in_words_that_do_not_repeat_it(rig: Rig, bench: Bench, url: str, says: str) -> None:
    answer = rig.post("/v1/camera-looks", rig.keys.enterprise_a, json={"url": url})
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    assert "hunter" not in answer.text
    assert "?" not in answer.json()["errors"][0]["expected"], "no regular expression"
    assert bench.asked == []


def test_an_address_with_an_at_sign_in_its_path_is_one(rig: Rig, bench: Bench) -> None:
    url = "rtsp://192.168.1.64:554/live@main"
    assert rig.post("/v1/camera-looks", rig.keys.enterprise_a, json={"url": url}).status_code == 200
    assert bench.asked[0][0] == url


def test_a_node_that_the_console_made_can_be_replaced_again_and_again(rig: Rig) -> None:
    rig.post(f"/v1/nodes/{rig.a.node}/revoke", rig.keys.enterprise_a)
    made = []
    for _ in range(3):
        answer = connect(rig)
        assert answer.status_code == 200, answer.text
        made.append(answer.json()["node_id"])
        rig.post(f"/v1/nodes/{made[-1]}/revoke", rig.keys.enterprise_a)
    assert made == ["site-a-agent", "site-a-agent2", "site-a-agent3"]


def test_an_id_in_use_is_skipped(rig: Rig) -> None:
    rig.post(f"/v1/nodes/{rig.a.node}/revoke", rig.keys.enterprise_a)
    with rig.store.write() as w:
        devices.add_node(w, node_id="site-a-agent", site_id=rig.b.site, mqtt_hash="$7$1$AA==$AA==")
        devices.add_device(
            w, device_id="site-a-cam1", node_id=rig.b.node, kind=DeviceKind.camera, zone="cooking", name="别人的"
        )
    made = connect(rig).json()
    assert (made["node_id"], made["device_id"]) == ("site-a-agent2", "site-a-cam2")
    path, why = f"/v1/devices/{made['device_id']}/decommission", {"reason": "拆除"}
    assert rig.post(path, rig.keys.regulator_a, json=why).status_code == 204
    assert connect(rig).json()["device_id"] == "site-a-cam3"


def test_a_node_that_never_came_online_is_offered_a_secret_and_one_that_did_is_not(rig: Rig) -> None:
    rig.post(f"/v1/nodes/{rig.a.node}/revoke", rig.keys.enterprise_a)
    first, again = connect(rig).json(), connect(rig, name="西侧").json()
    assert [(made["node_is_new"], made["node_never_online"]) for made in (first, again)] == [
        (True, True),
        (False, True),
    ]
    browser = rig.browser("enterprise-a")
    page = browser.get("/console/connect").text
    assert 'data-resume="site-a-agent"' in page
    assert 'data-cameras="site-a-cam1 site-a-cam2"' in page
    assert "site-a" not in rig.browser("enterprise-b").get("/console/connect").text
    with rig.store.write() as w:
        note_status(w, node_id="site-a-agent", online=True, session=1, at=datetime.now(UTC), firmware=None)
    assert connect(rig).json()["node_never_online"] is False
    page = browser.get("/console/connect").text
    assert 'data-resume="site-a-agent" data-online' in page, "its cameras still wait, but its secret is known"
    assert "已上线，以下摄像机还没有画面" in page
    with rig.store.write() as w:
        frames_seen(w, dict.fromkeys(["site-a-cam1", "site-a-cam2"], datetime.now(UTC)))
    assert "data-resume" not in browser.get("/console/connect").text


def test_an_enterprise_takes_back_a_camera_that_nobody_has_seen_and_no_other(rig: Rig) -> None:
    made = connect(rig).json()["device_id"]
    path, why = f"/v1/devices/{made}/decommission", {"reason": "登记有误"}
    assert rig.post(path, rig.keys.enterprise_b, json=why).status_code == 404
    assert rig.post(path, rig.keys.enterprise_a, json=why).status_code == 204
    (data,) = told(rig, "decommissioned")
    assert (data["device_id"], data["actor"]["role"]) == (made, "enterprise")
    assert connect(rig).json()["device_id"] != made
    seen = connect(rig, name="西侧").json()["device_id"]
    with rig.store.write() as w:
        frames_seen(w, {seen: datetime.now(UTC)})
    assert rig.post(f"/v1/devices/{seen}/decommission", rig.keys.enterprise_a, json=why).status_code == 403
