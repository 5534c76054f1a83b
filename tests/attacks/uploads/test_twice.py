"""Done twice, it is done once; decided on what is gone, it is refused; what is no time is none."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from models.store import devices
from tests.support.http import Rig, bearer, fresh_key
from tests.support.workshop import Bench

CAMERA = {"site_id": "site-a", "name": "东侧", "zone": "cutting"}


@pytest.fixture(autouse=True)
def bench(rig: Rig) -> Bench:
    found = Bench()
    rig.app.state.mingchu.workshop = found
    return found


def test_a_camera_requested_twice_is_registered_once(rig: Rig) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: rig.post("/v1/cameras", rig.keys.enterprise_a, json=CAMERA), range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["device_id"] for answer in answers}) == 1
    other = rig.post("/v1/cameras", rig.keys.enterprise_a, json=CAMERA | {"name": "西侧"})
    assert other.json()["device_id"] != answers[0].json()["device_id"]


def test_a_secret_asked_for_with_one_key_is_made_and_shown_once(rig: Rig, bench: Bench) -> None:
    key, path = fresh_key(), f"/v1/nodes/{rig.a.node}/secret"
    shown = rig.post(path, rig.keys.enterprise_a, headers=key)
    again = rig.post(path, rig.keys.enterprise_a, headers=key)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert shown.json()["secret"] not in again.text
    assert bench.kept == {rig.a.node: shown.json()["secret"]}
    with rig.store.read() as r:
        kept = r.raw.execute("SELECT body FROM idempotency").fetchall()
        hashes = dict(devices.node_logins(r))
    assert all(shown.json()["secret"].encode() not in bytes(body or b"") for (body,) in kept)
    assert hashes[rig.a.node] == "$7$1$AA==$0001"


@pytest.mark.parametrize(
    ("method", "path", "body", "who"),
    [
        ("POST", "/v1/nodes/node-a/revoke", None, "enterprise_a"),
        ("PATCH", "/v1/cameras/cam-a", {"name": "新名"}, "enterprise_a"),
        ("POST", "/v1/devices/cam-a/decommission", {"reason": "停业"}, "regulator_a"),
    ],
)
def test_a_change_with_one_key_is_made_once_and_answered_twice(
    rig: Rig, method: str, path: str, body: dict[str, Any] | None, who: str
) -> None:
    headers = bearer(getattr(rig.keys, who)) | fresh_key()
    first = rig.http.request(method, path, json=body, headers=headers)
    again = rig.http.request(method, path, json=body, headers=headers)
    assert (first.status_code, again.status_code) == (204, 204)
    assert again.headers["idempotent-replayed"] == "true"
    other = rig.http.request(method, path, json={"reason": "x", "name": "x"}, headers=headers)
    assert other.status_code == (204 if body is None else 422)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/v1/cameras/cam-a", {"name": "新名"}),
        ("POST", "/v1/devices/cam-a/decommission", {"reason": "停业"}),
    ],
)
def test_a_change_of_a_stale_version_is_refused(rig: Rig, method: str, path: str, body: dict[str, Any]) -> None:
    seen = rig.get("/v1/devices/cam-a", rig.keys.admin).headers["etag"]
    rig.http.patch("/v1/cameras/cam-a", json={"name": "别名"}, headers=bearer(rig.keys.enterprise_a))
    headers = bearer(rig.keys.admin) | {"If-Match": seen}
    answer = rig.http.request(method, path, json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (412, "stale_version")
    newer = bearer(rig.keys.admin) | {"If-Match": rig.get("/v1/devices/cam-a", rig.keys.admin).headers["etag"]}
    assert rig.http.request(method, path, json=body, headers=newer).status_code == 204


def test_a_look_with_one_key_is_one_look(rig: Rig, bench: Bench) -> None:
    headers, body = fresh_key(), {"url": "rtsp://192.168.1.64:554/s1", "username": "admin", "password": "s3cret!"}
    first, again = (rig.post("/v1/camera-looks", rig.keys.enterprise_a, json=body, headers=headers) for _ in range(2))
    assert first.json() == again.json()
    assert len(bench.asked) == 1
    with rig.store.read() as r:
        assert "s3cret" not in str(r.raw.execute("SELECT * FROM idempotency").fetchall())


@pytest.mark.parametrize("moment", ["0.5", "0", "-1", "1790000000", "1e9", "20260901", "2026-09-01", "now", "²"])
@pytest.mark.parametrize("name", ["since", "until"])
def test_an_invalid_time_is_refused(rig: Rig, name: str, moment: str) -> None:
    for path in ("/v1/devices/fridge-a/readings", "/v1/devices/fridge-a/history"):
        answer = rig.get(path, rig.keys.admin, **{name: moment})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    "day", ["0.5", "0", "1790000000", "2026-09-01T00:00:00Z", "2026-9-1", "20260901", "2026-02-30"]
)
@pytest.mark.parametrize("name", ["since", "until"])
def test_an_invalid_day_is_refused(rig: Rig, name: str, day: str) -> None:
    answer = rig.get("/v1/cameras/cam-a/minutes", rig.keys.admin, **{name: day})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_times_in_their_usual_forms_are_taken(rig: Rig) -> None:
    for moment in ("2026-09-01T08:00:00Z", "2026-09-01T08:00:00.123456+08:00", "2026-09-01T08:00+0800"):
        assert rig.get("/v1/devices/fridge-a/readings", rig.keys.admin, until=moment).status_code == 200
