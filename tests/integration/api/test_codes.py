"""Codes over HTTP: the values in force with their origin, who may override them, and what is refused."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from models.base.errors import NotAllowed
from models.base.ids import uuid7
from models.catalogue.codes import SENSOR_CODES, SENSORS_VERSION, VIOLATION_CODES
from models.store import Scope, Store
from tests.support.http import Rig, fresh_key, running_app
from tests.support.overrides import rows
from tests.support.world import TENANT

WHY = {"reason": "整治期间从严"}


@pytest.fixture
def rig(store: Store, api_store: Store, database_url: str, tmp_path: Path) -> Iterator[Rig]:
    with running_app(store, api_store, database_url, tmp_path / "evidence") as found:
        yield found


def begin(rig: Rig, code: str, key: str, **body: Any) -> Response:  # noqa: ANN401 - JSON values
    return rig.post(f"/v1/codes/{code}/overrides", key, json=WHY | body, headers=fresh_key())


def values(rig: Rig, code: str, key: str, device: str | None = None) -> dict[str, dict[str, Any]]:
    answer = rig.get(f"/v1/codes/{code}", key, **({} if device is None else {"device_id": device}))
    assert answer.status_code == 200, answer.text
    return {value["name"]: value for value in answer.json()["values"]}


def test_the_list_has_every_code_by_pages(rig: Rig) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = rig.get("/v1/codes", rig.keys.enterprise_a, limit=7, **cursor).json()
        seen += [one["code"] for one in page["data"]]
        if not page["has_more"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [*VIOLATION_CODES, *SENSOR_CODES]
    sensors = rig.get("/v1/codes", rig.keys.platform_b, kind="sensor").json()["data"]
    assert [one["code"] for one in sensors] == [*SENSOR_CODES]
    assert sensors[0] | {"overrides": 0} == {
        "code": "fridge_temp",
        "kind": "sensor",
        "label": "冷藏温度",
        "basis": "OP 冷藏 0–8 ℃; 条例 24",
        "severity": "major",
        "severity_label": "较大",
        "deadline_s": 14400.0,
        "version": SENSORS_VERSION,
        "overrides": 0,
        "judged": None,
    }


def test_values_have_their_origin(rig: Rig) -> None:
    shipped = values(rig, "fridge_temp", rig.keys.enterprise_a, rig.a.fridge)["limits.warn"]
    assert (shipped["value"], shipped["text"], shipped["law"]) == (8.0, "8 ℃", True)
    assert shipped["label"] == "预警限值（高于，持续 15 分钟）"
    assert (shipped["origin"]["level"], shipped["origin"]["version"]) == ("catalogue", SENSORS_VERSION)
    for limit, place in ((7, {"region": "3306"}), (6, {"entity_id": str(rig.a.entity)})):
        assert begin(rig, "fridge_temp", rig.keys.city, limits={"warn": limit}, **place).status_code == 200
    newest = begin(rig, "fridge_temp", rig.keys.city, limits={"warn": 5.5}, entity_id=str(rig.a.entity)).json()
    found = values(rig, "fridge_temp", rig.keys.enterprise_a, rig.a.fridge)["limits.warn"]
    assert (found["value"], found["shipped"]) == (5.5, 8.0)
    assert found["origin"] == {
        "level": "entity",
        "level_label": "经营主体",
        "version": SENSORS_VERSION,
        "override_id": newest["id"],
        "reason": "整治期间从严",
        "actor": newest["actor"],
        "valid_until": None,
        "older": 1,
    }
    own = values(rig, "fridge_temp", rig.keys.enterprise_a)["limits.warn"]
    assert own["value"] == 5.5, "an enterprise that names no device sees what applies to it"
    other = values(rig, "fridge_temp", rig.keys.enterprise_b, rig.b.fridge)["limits.warn"]
    assert (other["value"], other["origin"]["level"]) == (7.0, "region")


def test_an_override_ends_with_a_reason_and_stays_in_the_history(rig: Rig) -> None:
    known = begin(rig, "phone_use", rig.keys.regulator_a, device_id=rig.a.camera, watched=False).json()
    assert values(rig, "phone_use", rig.keys.enterprise_a, rig.a.camera)["watched"]["text"] == "停用"
    path = f"/v1/codes/phone_use/overrides/{known['id']}/end"
    assert rig.post(path, rig.keys.regulator_a, json={"reason": " "}).status_code == 422
    ended = rig.post(path, rig.keys.regulator_a, json={"reason": "检查结束"}).json()
    assert (ended["in_force"], ended["end_reason"]) == (False, "检查结束")
    assert rig.post(path, rig.keys.regulator_a, json={"reason": "again"}).status_code == 409
    assert values(rig, "phone_use", rig.keys.enterprise_a, rig.a.camera)["watched"]["value"] is True
    lines = rig.get("/v1/codes/phone_use/history", rig.keys.enterprise_a).json()["data"]
    assert [(line["action"], line["reason"], line["before"], line["after"]) for line in lines] == [
        ("end", "检查结束", {"watched": False}, {"watched": True}),
        ("begin", "整治期间从严", {"watched": True}, {"watched": False}),
    ]
    assert rig.get("/v1/codes/phone_use/overrides", rig.keys.regulator_a, in_force=True).json()["data"] == []
    assert len(rig.get("/v1/codes/phone_use/overrides", rig.keys.regulator_a).json()["data"]) == 1


def test_the_same_key_begins_one_override(rig: Rig) -> None:
    headers = fresh_key()
    body = WHY | {"device_id": rig.a.camera, "severity": "critical"}
    first, again = (
        rig.post("/v1/codes/smoking/overrides", rig.keys.regulator_a, json=body, headers=headers) for _ in range(2)
    )
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert rows(rig.store, "SELECT count(*) FROM code_override") == [(1,)]


def test_a_regulator_overrides_only_for_its_region(rig: Rig) -> None:
    foreign = [{"region": rig.b.region}, {"region": "3306"}, {}]
    for place in foreign:
        answer = begin(rig, "smoking", rig.keys.regulator_a, severity="critical", **place)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), place
    for place in ({"entity_id": str(rig.b.entity)}, {"device_id": rig.b.camera}):
        assert begin(rig, "smoking", rig.keys.regulator_a, severity="critical", **place).status_code == 404, place
    assert begin(rig, "smoking", rig.keys.admin, severity="critical").status_code == 200
    assert values(rig, "smoking", rig.keys.enterprise_b, rig.b.camera)["severity"]["origin"]["level"] == "tenant"


def test_a_foreign_override_is_invisible_and_can_not_be_ended(rig: Rig) -> None:
    of_b = begin(rig, "smoking", rig.keys.regulator_b, severity="critical", device_id=rig.b.camera).json()
    of_city = begin(rig, "smoking", rig.keys.city, severity="minor", region="3306").json()
    for key in (rig.keys.regulator_a, rig.keys.enterprise_a):
        seen = [one["id"] for one in rig.get("/v1/codes/smoking/overrides", key).json()["data"]]
        assert seen == [of_city["id"]], "what reaches them from above, and nothing of the neighbour"
        lines = rig.get("/v1/codes/smoking/history", key).json()["data"]
        assert {line["override_id"] for line in lines} == {of_city["id"]}
    end = {"json": {"reason": "x"}}
    path = "/v1/codes/smoking/overrides/{}/end"
    assert rig.post(path.format(of_b["id"]), rig.keys.regulator_a, **end).status_code == 404
    assert rig.post(path.format(of_city["id"]), rig.keys.regulator_a, **end).status_code == 403
    assert rig.post(path.format(uuid4()), rig.keys.admin, **end).status_code == 404
    wrong_code = f"/v1/codes/no_mask/overrides/{of_b['id']}/end"
    assert rig.post(wrong_code, rig.keys.admin, **end).status_code == 404


def test_only_regulators_and_administrators_write(rig: Rig) -> None:
    body = {"device_id": rig.a.camera, "severity": "critical"}
    known = begin(rig, "smoking", rig.keys.regulator_a, **body).json()
    path = f"/v1/codes/smoking/overrides/{known['id']}/end"
    for key in (rig.keys.enterprise_a, rig.keys.platform_b):
        assert begin(rig, "smoking", key, **body).status_code == 403
        assert rig.post(path, key, json={"reason": "x"}).status_code == 403
    assert rig.http.post("/v1/codes/smoking/overrides", json=WHY | body).status_code == 401
    assert rig.get("/v1/codes").status_code == 401
    browser = rig.browser("regulator-a")
    assert browser.post("/v1/codes/smoking/overrides", json=WHY | body).status_code == 403, "no CSRF token"
    assert rows(rig.store, "SELECT count(*) FROM code_override") == [(1,)]


ABSURD: list[tuple[str, dict[str, Any]]] = [
    ("smoking", {}),
    ("smoking", {"severity": "apocalyptic"}),
    ("smoking", {"severity": "minor", "reason": ""}),
    ("smoking", {"severity": "minor", "reason": "  "}),
    ("smoking", {"severity": "minor", "reason": "x" * 501}),
    ("smoking", {"severity": "minor", "reason": "a\u0000b"}),
    ("smoking", {"severity": "minor", "colour": "red"}),
    ("smoking", {"deadline_s": -1}),
    ("smoking", {"deadline_s": 1e300}),
    ("smoking", {"hours": "25:00-26:00"}),
    ("smoking", {"hours": "none"}),
    ("smoking", {"hours": "06:00-06:00"}),
    ("smoking", {"limits": {"warn": 1}}),
    ("smoking", {"severity": "minor", "region": "33", "entity_id": str(uuid4())}),
    ("smoking", {"severity": "minor", "region": "../.."}),
    ("smoking", {"severity": "minor", "device_id": "DROP TABLE"}),
    ("smoking", {"severity": "minor", "valid_from": "2001-01-01T00:00:00Z"}),
    ("smoking", {"severity": "minor", "valid_until": "9999-12-31T23:59:59Z"}),
    ("smoking", {"severity": "minor", "valid_until": "0001-01-01T00:00:00+14:00"}),
    ("smoking", {"severity": "minor", "valid_until": "2001-01-01T00:00:00Z"}),
    ("fridge_temp", {"limits": {"warn": 1e308}}),
    ("fridge_temp", {"limits": {"alarm": 7}}),
    ("fridge_temp", {"limits": {f"x{n}": n for n in range(11)}}),
    ("fridge_temp", {"limits": {"' OR 1=1 --": 1}}),
    ("fridge_temp", {"plausible": [9, 1]}),
    ("fridge_temp", {"plausible": [1]}),
    ("fridge_temp", {"report_every_s": 0}),
    ("fridge_temp", {"hours": "06:00-20:00"}),
]


@pytest.mark.parametrize(("code", "body"), ABSURD, ids=[str(body)[:50] for _, body in ABSURD])
def test_impossible_values_are_refused_with_a_reason(rig: Rig, code: str, body: dict[str, Any]) -> None:
    answer = begin(rig, code, rig.keys.admin, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
    assert answer.json()["detail"]
    assert rows(rig.store, "SELECT count(*) FROM code_override") == [(0,)]


def test_not_a_number_and_infinities_are_refused(rig: Rig) -> None:
    for number in ("NaN", "Infinity", "-Infinity"):
        answer = rig.post(
            "/v1/codes/fridge_temp/overrides",
            rig.keys.admin,
            content=f'{{"reason": "x", "limits": {{"warn": {number}}}}}'.encode(),
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code == 422, number


def test_unknown_codes_and_devices_are_not_found(rig: Rig) -> None:
    for path in ("/v1/codes/nothing", "/v1/codes/nothing/overrides", "/v1/codes/nothing/history"):
        assert rig.get(path, rig.keys.admin).status_code == 404, path
    assert begin(rig, "nothing", rig.keys.admin, watched=False).status_code == 404
    assert rig.get("/v1/codes/smoking", rig.keys.regulator_a, device_id=rig.b.camera).status_code == 404
    assert rig.get("/v1/codes/smoking/overrides", rig.keys.enterprise_a, device_id=rig.b.camera).status_code == 404


def test_only_an_administrator_may_loosen_the_law(rig: Rig) -> None:
    answer = begin(rig, "rodent", rig.keys.regulator_a, device_id=rig.a.camera, watched=False)
    assert (answer.status_code, answer.json()["code"]) == (403, "law_demands")
    assert "the law demands this check" in answer.json()["detail"]
    assert "FSL 33(1)(2)" in answer.json()["detail"]
    assert begin(rig, "rodent", rig.keys.admin, device_id=rig.a.camera, watched=False).status_code == 200


def test_the_pages_are_for_those_who_have_something_to_do_with_them(rig: Rig) -> None:
    begin(rig, "fridge_temp", rig.keys.regulator_b, device_id=rig.b.fridge, limits={"warn": 5})
    html = {"Accept": "text/html"}
    for who, status, form in (("regulator-a", 200, True), ("admin", 200, True), ("enterprise-a", 200, False)):
        browser = rig.browser(who)
        answer = browser.get("/console/codes/fridge_temp", headers=html)
        assert answer.status_code == status
        assert ('id="begin"' in answer.text) is form
        assert (rig.b.fridge in answer.text) is (who == "admin")
        assert browser.get("/console/codes", headers=html).status_code == 200
        assert browser.get("/console/codes/nothing", headers=html).status_code == 404
        assert browser.get("/console/codes/fridge_temp?device=%00<script>", headers=html).status_code == 200
        assert "<script>" not in browser.get("/console/codes/fridge_temp?device=<script>", headers=html).text
    assert rig.browser("platform-a").get("/console/codes", headers=html).status_code == 403
    assert rig.http.get("/console/codes", headers=html).status_code == 303


def insert(**row: Any) -> tuple[str, list[Any]]:  # noqa: ANN401 - values of a row
    fields = {
        "id": uuid7(),
        "tenant_id": TENANT,
        "code": "rodent",
        "changes": '{"watched": false}',
        "reason": "x",
        "actor": "intruder",
        "actor_role": "admin",
        "valid_from": datetime.now(UTC),
        "created_at": datetime.now(UTC),
        **row,
    }
    marks = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO code_override ({', '.join(fields)}) VALUES ({marks})", list(fields.values())


def test_row_security_lets_nobody_write_outside_their_scope(rig: Rig, api_store: Store) -> None:
    a, b = rig.a, rig.b
    tenant = {"level": "tenant", "place": f"tenant:{TENANT}"}
    region_b = {"level": "region", "region_code": b.region, "place": f"region:{TENANT}/{b.region}"}
    of_a = {"level": "device", "region_code": a.region, "entity_id": a.entity, "device_id": a.camera}
    device_a = of_a | {"place": f"device:{a.camera}"}
    lying = of_a | {"device_id": b.camera, "place": f"device:{b.camera}"}
    in_a, entity_a = Scope.of_region(TENANT, a.region), Scope.of_entity(TENANT, a.entity)
    refused = [
        (entity_a, device_a),
        (entity_a, tenant),
        (in_a, tenant),
        (in_a, region_b),
        (in_a, lying),
        (Scope.of_region(TENANT, ""), device_a),
        (Scope.of_tenant("elsewhere"), tenant),
        (Scope.of_access(), tenant),
        (None, tenant),
    ]
    for scope, row in refused:
        statement, given = insert(**row)
        with pytest.raises(NotAllowed), api_store.write(scope) as w:
            w.raw.execute(statement.encode(), given)
    statement, given = insert(**device_a)
    with api_store.write(in_a) as w:
        w.raw.execute(statement.encode(), given)
    end = b"UPDATE code_override SET ended_at = now(), ended_by = 'x', end_reason = 'x'"
    for scope in (entity_a, Scope.of_region(TENANT, b.region), Scope.of_tenant("elsewhere"), None):
        with api_store.write(scope) as w:
            assert w.raw.execute(end).rowcount == 0, scope
    with api_store.read(entity_a) as r:
        assert r.raw.execute("SELECT count(*) FROM code_override").fetchone() == (1,)
    with api_store.read(Scope.of_entity(TENANT, b.entity)) as r:
        assert r.raw.execute("SELECT count(*) FROM code_override").fetchone() == (0,)


def test_ten_thousand_overrides_are_shown_by_pages_and_read_by_an_index(rig: Rig) -> None:
    with rig.store.write() as w:
        w.raw.execute(
            "INSERT INTO code_override (id, tenant_id, level, region_code, code, place, changes, reason, actor,"
            " actor_role, valid_from, created_at) SELECT gen_random_uuid(), %(t)s, 'region',"
            " (33000000 + n)::text, 'smoking', 'region:' || %(t)s || '/' || (33000000 + n)::text,"
            " '{\"severity\": \"critical\"}', 'x', 'city', 'admin', now(), now() FROM generate_series(1, 10000) n",
            {"t": TENANT},
        )
        w.raw.execute("ANALYZE code_override")
    mine = begin(rig, "smoking", rig.keys.regulator_a, device_id=rig.a.camera, severity="minor").json()
    page = rig.get("/v1/codes/smoking/overrides", rig.keys.admin, limit=200).json()
    assert len(page["data"]) == 200
    assert page["has_more"]
    again = rig.get("/v1/codes/smoking/overrides", rig.keys.admin, limit=200, cursor=page["next_cursor"]).json()
    assert not {one["id"] for one in page["data"]} & {one["id"] for one in again["data"]}
    found = rig.get("/v1/codes/smoking/overrides", rig.keys.enterprise_a).json()["data"]
    assert [one["id"] for one in found] == [mine["id"]]
    counted = {one["code"]: one["overrides"] for one in rig.get("/v1/codes", rig.keys.admin).json()["data"]}
    assert 1_900 <= counted["smoking"] <= 2_000
    shown = rig.browser("admin").get("/console/codes/smoking", headers={"Accept": "text/html"}).text
    assert shown.count('<article class="override"') == 20
    assert "更早的调整" in shown
    with rig.store.read() as r:
        plan = "\n".join(
            line
            for (line,) in r.raw.execute(
                "EXPLAIN SELECT * FROM code_override WHERE place = ANY(%s) AND code = ANY(%s) AND ended_at IS NULL",
                [[f"device:{rig.a.camera}", f"tenant:{TENANT}"], ["smoking"]],
            )
        )
    assert "code_override_place" in plan, plan
    assert "Seq Scan" not in plan, plan
