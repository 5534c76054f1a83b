"""The live wall: who sees which cameras, what state they are in, and that looking is noted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.domain.registry import Site
from models.store import devices, registry, views
from tests.integration.api.test_wishes import HTML
from tests.support.http import Rig
from tests.support.people import picture

NOW = datetime.now(UTC)


def wall(rig: Rig, key: str, **params: str) -> list[dict[str, Any]]:
    answer = rig.get("/v1/wall", key, **params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def want(rig: Rig, key: str, *cameras: str) -> Any:  # noqa: ANN401 - an answer
    return rig.post("/v1/camera-views", key, json={"camera_ids": list(cameras)})


def made(rig: Rig, camera: str, *, at: datetime) -> bool:
    """What the judge does for a watched camera."""
    with rig.store.write() as w:
        return views.keep(w, device_id=camera, jpeg=picture(camera), captured_at=at, at=datetime.now(UTC))


def test_row_5_a_watched_camera_shows_its_present_picture_and_the_look_is_noted(rig: Rig) -> None:
    (camera,) = wall(rig, rig.keys.regulator_a)
    assert (camera["id"], camera["entity"], camera["state"], camera["captured_at"]) == (
        rig.a.camera,
        "企业a",
        "never",
        None,
    )
    assert rig.get(f"/v1/camera-views/{rig.a.camera}", rig.keys.regulator_a).status_code == 404
    assert not made(rig, rig.a.camera, at=NOW), "nobody watches, so no picture is kept"
    assert want(rig, rig.keys.regulator_a, rig.a.camera).json()["camera_ids"] == [rig.a.camera]
    assert made(rig, rig.a.camera, at=NOW)
    shown = rig.get(f"/v1/camera-views/{rig.a.camera}", rig.keys.regulator_a)
    assert (shown.status_code, shown.headers["content-type"], shown.headers["cache-control"]) == (
        200,
        "image/jpeg",
        "private, no-store",
    )
    assert datetime.fromisoformat(shown.headers["x-captured-at"]) == NOW
    want(rig, rig.keys.regulator_a, rig.a.camera)
    noted = rig.get("/v1/audit", rig.keys.admin, action="camera.watched").json()["data"]
    assert [one["object"] for one in noted] == [f"device:{rig.a.camera}"], "once, not at each renewal"


def test_nobody_watches_cameras_of_others(rig: Rig) -> None:
    assert want(rig, rig.keys.regulator_b, rig.b.camera).status_code == 200
    assert made(rig, rig.b.camera, at=NOW)
    for key in (rig.keys.regulator_a, rig.keys.enterprise_a):
        assert [one["id"] for one in wall(rig, key)] == [rig.a.camera]
        assert want(rig, key, rig.b.camera).json()["camera_ids"] == []
        assert rig.get(f"/v1/camera-views/{rig.b.camera}", key).status_code == 404
    assert {one["id"] for one in wall(rig, rig.keys.city)} == {rig.a.camera, rig.b.camera}
    assert rig.get("/v1/wall", rig.keys.platform_b).status_code == 403
    assert want(rig, rig.keys.platform_b, rig.b.camera).status_code == 403
    assert rig.get("/v1/wall").status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"camera_ids": []}, 422),
        ({"camera_ids": ["x"] * 25}, 422),
        ({"camera_ids": ["x" * 65]}, 422),
        ({"camera_ids": ["no-such", "' OR true --"]}, 200),
        ({"camera_ids": ["a\x00b"]}, 422),
    ],
)
def test_hostile_wishes_make_nothing(rig: Rig, body: dict[str, Any], status: int) -> None:
    answer = rig.post("/v1/camera-views", rig.keys.city, json=body)
    assert answer.status_code == status, answer.text
    with rig.store.read() as r:
        assert r.raw.execute("SELECT count(*) FROM camera_view").fetchone() == (0,)


def test_the_wall_is_filtered_by_region_enterprise_and_scene_and_turns_pages(rig: Rig) -> None:
    def ids(**params: str) -> list[str]:
        return [one["id"] for one in wall(rig, rig.keys.city, **params)]

    assert ids(region=rig.b.region) == [rig.b.camera]
    assert ids(entity_id=str(rig.a.entity)) == [rig.a.camera]
    assert ids(scene="school") == []
    with rig.store.write() as w:
        w.raw.execute("UPDATE entity SET business_kind = 'school_canteen' WHERE id = %s", [rig.a.entity])
    assert (ids(scene="school"), ids(scene="generic")) == ([rig.a.camera], [rig.b.camera])
    assert rig.get("/v1/wall", rig.keys.city, scene="moon").status_code == 422
    first = rig.get("/v1/wall", rig.keys.city, limit=1).json()
    assert (first["data"][0]["id"], first["has_more"]) == (rig.a.camera, True)
    assert ids(cursor=first["next_cursor"]) == [rig.b.camera]
    page = rig.browser("city").get(f"/console/wall?region={rig.b.region}", headers=HTML)
    assert (rig.b.camera in page.text, rig.a.camera in page.text) == (True, False)


def test_a_picture_that_nobody_asks_for_any_more_is_forgotten(rig: Rig) -> None:
    want(rig, rig.keys.city, rig.a.camera)
    made(rig, rig.a.camera, at=NOW)
    with rig.store.write() as w:
        assert views.forget(w, before=datetime.now(UTC) + timedelta(minutes=2)) == 1
    assert rig.get(f"/v1/camera-views/{rig.a.camera}", rig.keys.city).status_code == 404


def test_hostile_names_break_no_page(rig: Rig) -> None:
    with rig.store.write() as w:
        site = registry.site(w, rig.a.site)
        assert isinstance(site, Site)
        w.raw.execute("UPDATE site SET name = '<script>alert(1)</script>' WHERE id = %s", [rig.a.site])
        assert devices.device(w, rig.a.camera) is not None
    assert "<script>alert" not in rig.browser("regulator-a").get("/console/wall", headers=HTML).text
