"""Trainings of cadres: recorded by those who supervise their region, voided, and in the index of their year."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from alerts.duties.cadres import name_cadre
from alerts.indices.cadres import compute_year
from models.base.clock import SHANGHAI
from models.catalogue.index_terms import IndexKind
from models.catalogue.supervision_terms import CadreLevel
from models.store import indices
from tests.integration.api.test_wishes import HTML
from tests.support.guarantees import CITY, cadre_of
from tests.support.http import Rig, fresh_key
from tests.support.indices import OPERATOR, add_supervision, rows_add_up
from tests.support.world import TENANT


def day(offset: int = 0) -> str:
    """Today, or so many days later, in Shanghai."""
    return str(datetime.now(SHANGHAI).date() + timedelta(days=offset))


def train(rig: Rig, key: str, cadre: UUID, **change: Any) -> Any:  # noqa: ANN401 - the API's own JSON
    body = {"held_on": day(), "hours": 2, "subject": "督导要点", "organiser": "市食安办", "proof": "签到表 7"} | change
    return rig.post(f"/v1/cadres/{cadre}/trainings", key, json=body, headers=fresh_key())


def named(rig: Rig, region: str, *, at: datetime) -> UUID:
    """A cadre of a region who was named at a moment."""
    about = {"name": "张包保", "post": "副市长", "level": CadreLevel.city, "phone": None, "login": None}
    with rig.store.write() as w:
        return name_cadre(w, tenant_id=TENANT, region_code=region, **about, within="", by=CITY, at=at).id


def test_a_training_is_recorded_once_shown_and_voided(rig: Rig) -> None:
    cadre = cadre_of(rig.store, rig.a)
    made = train(rig, rig.keys.regulator_a, cadre.id)
    assert made.status_code == 200, made.text
    assert made.json()["region_code"] == rig.a.region
    assert train(rig, rig.keys.regulator_a, cadre.id).status_code == 409, "the same one twice"
    assert train(rig, rig.keys.regulator_a, cadre.id, hours="1.5", subject="应急").status_code == 200
    page = rig.browser("regulator-a").get("/console/guarantees", headers=HTML).text
    assert "本季度培训 3.5 学时 · 帮扶、应急 0 次" in page
    path = f"/v1/cadre-trainings/{made.json()['id']}/void"
    for key, status in ((rig.keys.regulator_b, 404), (rig.keys.regulator_a, 200), (rig.keys.regulator_a, 409)):
        assert rig.post(path, key, json={"reason": "登记错误"}, headers=fresh_key()).status_code == status
    rows = rig.get(f"/v1/cadres/{cadre.id}/trainings", rig.keys.regulator_a).json()
    assert sorted((row["hours"], row["void_reason"]) for row in rows) == [(1.5, None), (2.0, "登记错误")]
    page = rig.browser("regulator-a").get("/console/guarantees", headers=HTML).text
    assert "本季度培训 1.5 学时" in page
    assert train(rig, rig.keys.regulator_a, cadre.id).status_code == 200, "a voided one may be recorded anew"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"hours": 0}, 422),
        ({"hours": 80.5}, 422),
        ({"hours": 1.3}, 422),
        ({"held_on": 1}, 422),
        ({"held_on": -800}, 422),
        ({"proof": " "}, 422),
        ({"subject": "x" * 201}, 422),
    ],
)
def test_what_is_refused(rig: Rig, change: dict[str, Any], status: int) -> None:
    cadre = cadre_of(rig.store, rig.a)
    if "held_on" in change:  # so many days from now, whenever that is
        change = {"held_on": day(change["held_on"])}
    assert train(rig, rig.keys.regulator_a, cadre.id, **change).status_code == status
    assert rig.get(f"/v1/cadres/{cadre.id}/trainings", rig.keys.regulator_a).json() == []


def test_strangers_and_enterprises_record_nothing(rig: Rig) -> None:
    cadre = cadre_of(rig.store, rig.a)
    assert train(rig, rig.keys.regulator_b, cadre.id).status_code == 404
    assert train(rig, rig.keys.enterprise_a, cadre.id).status_code == 403
    assert train(rig, rig.keys.regulator_a, UUID(int=5)).status_code == 404
    citys = named(rig, "3306", at=datetime.now(UTC))
    assert train(rig, rig.keys.regulator_a, citys).status_code == 403, "the city's cadre is known and not its own"


def test_a_year_counts_a_training_in_each_quarter(rig: Rig) -> None:
    cadre = named(rig, rig.a.region, at=datetime(2026, 1, 20, tzinfo=UTC))
    over = datetime(2027, 1, 8, tzinfo=UTC)
    with rig.store.write() as w:
        for month in (2, 5, 8):
            due = datetime(2026, month, 20, tzinfo=UTC)
            add_supervision(w, rig.a, cadre, due, visits=((due, True),))
        for held, kind, voided in (
            ("2026-06-30", "training", False),
            ("2026-07-01", "training", True),
            ("2026-06-29", "help", False),
            ("2026-08-01", "emergency", False),
        ):
            w.raw.execute(
                "INSERT INTO cadre_training (id, tenant_id, region_code, cadre_id, held_on, kind, hours, subject, "
                "organiser, proof, recorded_by, recorded_at, voided_at, voided_by, void_reason) VALUES "
                "(gen_random_uuid(), %s, %s, %s, %s, %s, 2, 'x', 'x', 'x', 'x', now(), %s, %s, %s)",
                [TENANT, rig.a.region, cadre, held, kind, *((over, "x", "x") if voided else (None, None, None))],
            )
        compute_year(w, TENANT, "2026", by=OPERATOR, at=over)
    with rig.store.read() as r:
        (found,) = indices.board(r, IndexKind.cadre, "2026", limit=2)
    counts = {name: one["counts"].get("trained") for name, one in found.inputs["quarters"].items()}
    assert counts == {"q1": None, "q2": [1, 1], "q3": [0, 1], "q4": [0, 1]}, "named in the first quarter"
    helped = {name: one["counts"].get("helped") for name, one in found.inputs["quarters"].items()}
    assert helped == {"q1": None, "q2": [1, 1], "q3": [1, 1], "q4": [0, 1]}
    assert {name: one["score"] for name, one in found.result["quarters"].items()} == {
        "q1": "100.00",
        "q2": "100.00",
        "q3": "93.33",
        "q4": None,
    }
    with rig.store.read() as r:
        rows_add_up(r, [found])


def test_help_and_emergencies_are_recorded_beside_trainings(rig: Rig) -> None:
    cadre = cadre_of(rig.store, rig.a)
    assert train(rig, rig.keys.regulator_a, cadre.id).json()["kind"] == "training"
    for kind, subject in (("help", "帮鉴湖酒家建立台账"), ("emergency", "停水事件处置")):
        made = train(rig, rig.keys.regulator_a, cadre.id, kind=kind, subject=subject)
        assert (made.status_code, made.json()["kind"]) == (200, kind)
    assert train(rig, rig.keys.regulator_a, cadre.id, kind="party", subject="x").status_code == 422
    page = rig.browser("regulator-a").get("/console/guarantees", headers=HTML).text
    assert "本季度培训 2 学时 · 帮扶、应急 2 次" in page
