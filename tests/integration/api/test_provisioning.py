"""A platform provisions by itself: from an enterprise to a sensor that speaks, and nothing of others."""

from typing import Any

from models.store import Store, devices
from tests.support.http import Rig, fresh_key

ENTITY = {
    "name": "鉴湖酒家",
    "credit_code": "92330602MA28TXY962",
    "region_code": "330602",
    "officer": "王建国",
}


def post(rig: Rig, path: str, who: str, body: dict[str, Any], status: int = 200) -> Any:  # noqa: ANN401 - JSON
    answer = rig.post(path, who, json=body)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def test_from_an_enterprise_to_a_sensor_without_a_command(rig: Rig, store: Store) -> None:
    who = rig.keys.regulator_a
    entity = post(rig, "/v1/entities", who, ENTITY)
    found = rig.get("/v1/entities", who, credit_code=ENTITY["credit_code"]).json()["data"]
    assert [row["id"] for row in found] == [entity["id"]]
    people = rig.get("/v1/people", who, entity_id=entity["id"]).json()
    assert [(person["name"], person["post"]) for person in people] == [("王建国", "officer")]
    site = {"id": "jianhu", "entity_id": entity["id"], "name": "后厨", "closed": "22:00-05:00"}
    post(rig, "/v1/sites", who, site)
    changed = post(rig, "/v1/sites/jianhu/change", who, {"name": "新后厨", "address": "鉴湖路 1 号"})
    assert (changed["name"], changed["address"]) == ("新后厨", "鉴湖路 1 号")
    node = post(rig, "/v1/nodes", who, {"id": "jianhu-gw", "site_id": "jianhu"})
    fridge = {"id": "jianhu-fridge", "node_id": "jianhu-gw", "zone": "storage", "name": "冷藏柜"}
    post(rig, "/v1/devices", who, fridge | {"sensor_code": "fridge_temp", "report_every_s": 60}, 204)
    post(rig, "/v1/devices/jianhu-fridge/change", who, {"name": "冷藏柜 2", "report_every_s": 120}, 204)
    shown = rig.get("/v1/devices/jianhu-fridge", who).json()
    assert (shown["name"], shown["kind"], shown["sensor_code"]) == ("冷藏柜 2", "sensor", "fridge_temp")
    with store.read() as r:
        hashed = r.raw.execute("SELECT mqtt_hash FROM node WHERE id = 'jianhu-gw'").fetchone()
        assert hashed is not None
        assert node["secret"] not in hashed[0]
        assert devices.node(r, "jianhu-gw") is not None
    renamed = post(rig, f"/v1/entities/{entity['id']}/change", who, {"name": "新名", "licence_no": "JY23306020000016"})
    assert (renamed["name"], renamed["licence_no"]) == ("新名", "JY23306020000016")


def test_a_repeated_request_registers_once(rig: Rig) -> None:
    body, headers = ENTITY, fresh_key()
    first = rig.post("/v1/entities", rig.keys.admin, json=body, headers=headers)
    again = rig.post("/v1/entities", rig.keys.admin, json=body, headers=headers)
    assert first.json() == again.json()
    other = rig.post("/v1/entities", rig.keys.admin, json=body)
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


def test_an_enterprise_connects_its_own_sensors_and_nobody_elses(rig: Rig) -> None:
    who = rig.keys.enterprise_a
    post(rig, "/v1/nodes", who, {"id": "own-gw", "site_id": rig.a.site})
    post(rig, "/v1/devices", who, {"id": "own-cam", "node_id": "own-gw", "zone": "cooking", "name": "灶台"}, 204)
    post(rig, "/v1/nodes", who, {"id": "x-gw", "site_id": rig.b.site}, 404)
    device = {"id": "x-cam", "node_id": rig.b.node, "zone": "cooking", "name": "x"}
    post(rig, "/v1/devices", who, device, 404)
    post(rig, f"/v1/devices/{rig.b.fridge}/change", who, {"name": "x"}, 404)
    post(rig, "/v1/sites", who, {"id": "x", "entity_id": str(rig.a.entity), "name": "x"}, 403)
    post(rig, "/v1/entities", who, ENTITY, 403)


def test_a_regulator_registers_nothing_elsewhere(rig: Rig) -> None:
    who = rig.keys.regulator_a
    elsewhere = ENTITY | {"region_code": "330603"}
    post(rig, "/v1/entities", who, elsewhere, 403)
    post(rig, "/v1/sites", who, {"id": "x", "entity_id": str(rig.b.entity), "name": "x"}, 404)
    post(rig, f"/v1/sites/{rig.b.site}/change", who, {"name": "x"}, 404)
    post(rig, f"/v1/entities/{rig.b.entity}/change", who, {"name": "x"}, 404)
    post(rig, "/v1/regions", who, {"code": "330602001", "name": "x"}, 403)


def test_wrong_values_say_what_was_expected(rig: Rig) -> None:
    wrong = rig.post("/v1/entities", rig.keys.admin, json=ENTITY | {"credit_code": "92330602MA00TEX118"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")
    hours = {"id": "x", "entity_id": str(rig.a.entity), "name": "x", "closed": "late"}
    assert "closing hours" in rig.post("/v1/sites", rig.keys.admin, json=hours).json()["detail"]
    toilet = {"id": "x", "node_id": rig.a.node, "zone": "toilet", "name": "x"}
    assert rig.post("/v1/devices", rig.keys.admin, json=toilet).status_code == 422
    sensor = {"id": "x", "node_id": rig.a.node, "zone": "storage", "name": "x", "sensor_code": "warp"}
    assert "fridge_temp" in rig.post("/v1/devices", rig.keys.admin, json=sensor).json()["detail"]


def test_a_kitchen_has_a_bounded_number_of_nodes(rig: Rig) -> None:
    statuses = [
        rig.post("/v1/nodes", rig.keys.enterprise_a, json={"id": f"n{n}", "site_id": rig.a.site}).status_code
        for n in range(20)
    ]
    assert statuses == [200] * 19 + [429]


def test_a_region_is_named_once_and_by_administrators(rig: Rig) -> None:
    body = {"code": "330602001", "name": "塔山街道"}
    post(rig, "/v1/regions", rig.keys.admin, body, 204)
    assert rig.get("/v1/regions", rig.keys.admin).json()["330602001"] == "塔山街道"
    post(rig, "/v1/regions", rig.keys.admin, body | {"name": "改"}, 409)
