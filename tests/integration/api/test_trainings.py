"""Trainings of the people of an enterprise: recorded, counted for a year, voided, and in the index of the month."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from models.base.clock import SHANGHAI
from models.catalogue.terms import Post
from tests.integration.api.test_home import Desk
from tests.integration.api.test_wishes import HTML
from tests.support.http import Rig, fresh_key
from tests.support.indices import computed
from tests.support.posts import account_of, name_post


def day(offset: int = 0) -> str:
    """Today, or so many days later, in Shanghai."""
    return str(datetime.now(SHANGHAI).date() + timedelta(days=offset))


def train(rig: Rig, key: str, director: UUID, **change: Any) -> Any:  # noqa: ANN401 - the API's own JSON
    body = {"person_id": str(director), "held_on": day(), "hours": 20, "subject": "风险管控"}
    body |= {"organiser": "区市场监管局", "proof": "证书 1183"} | change
    return rig.post("/v1/trainings", key, json=body, headers=fresh_key())


def hours_of(rig: Rig, key: str, **params: str) -> dict[str, tuple[float, float | None, bool]]:
    found = rig.get("/v1/trainings", key, **params).json()["people"]
    return {one["name"]: (one["hours"], one["wanted"], one["enough"]) for one in found}


def test_row_12_trainings_are_recorded_with_proof_and_count_for_a_year(rig: Rig) -> None:
    director = name_post(rig.store, rig.a, Post.director)
    name_post(rig.store, rig.a, Post.principal)
    assert hours_of(rig, rig.keys.enterprise_a)["李总监"] == (0, 40, False)
    first = train(rig, rig.keys.enterprise_a, director)
    assert first.status_code == 200, first.text
    assert train(rig, rig.keys.enterprise_a, director).status_code == 409, "the same one twice"
    assert train(rig, rig.keys.regulator_a, director, subject="留样", hours="20.5").status_code == 200
    old = day(-365)
    assert train(rig, rig.keys.enterprise_a, director, held_on=old).status_code == 200
    found = hours_of(rig, rig.keys.regulator_a, entity_id=str(rig.a.entity))
    assert found["李总监"] == (40.5, 40, True)
    assert found["张校长"] == (0, None, True)
    path = f"/v1/trainings/{first.json()['id']}/void"
    for key, status in ((rig.keys.enterprise_b, 404), (rig.keys.enterprise_a, 200), (rig.keys.enterprise_a, 409)):
        assert rig.post(path, key, json={"reason": "登记错误"}, headers=fresh_key()).status_code == status
    assert hours_of(rig, rig.keys.enterprise_a)["李总监"] == (20.5, 40, False)
    rows = rig.get("/v1/trainings", rig.keys.enterprise_a).json()["trainings"]
    assert [row["void_reason"] for row in rows] == [None, "登记错误", None]
    assert train(rig, rig.keys.enterprise_a, director).status_code == 200, "a voided one may be recorded anew"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"hours": 0}, 422),
        ({"hours": 80.5}, 422),
        ({"hours": 1.3}, 422),
        ({"hours": "NaN"}, 422),
        ({"hours": -1}, 422),
        ({"held_on": 1}, 422),
        ({"held_on": -800}, 422),
        ({"proof": " "}, 422),
        ({"subject": "x" * 201}, 422),
        ({"person_id": str(UUID(int=5))}, 404),
    ],
)
def test_what_is_refused(rig: Rig, change: dict[str, Any], status: int) -> None:
    director = name_post(rig.store, rig.a, Post.director)
    if "held_on" in change:  # so many days from now, whenever that is
        change = {"held_on": day(change["held_on"])}
    assert train(rig, rig.keys.enterprise_a, director, **change).status_code == status
    assert rig.get("/v1/trainings", rig.keys.enterprise_a).json()["trainings"] == []


def test_strangers_and_posts_below_the_principal_record_nothing(rig: Rig) -> None:
    director = account_of(rig.store, rig.a, Post.director, "director")
    for key, status in ((rig.keys.enterprise_b, 404), (rig.keys.regulator_b, 404), (rig.keys.platform_b, 403)):
        assert train(rig, key, director).status_code == status
    assert rig.get("/v1/trainings", rig.keys.enterprise_b, entity_id=str(rig.a.entity)).status_code == 404
    body = {"person_id": str(director), "held_on": day(), "hours": 40, "subject": "x", "organiser": "x"}
    answer = Desk(rig, "director").post("/v1/trainings", body | {"proof": "x"})
    assert answer.status_code == 403, "nobody grants themselves hours"


def test_the_page_shows_hours_and_records(rig: Rig) -> None:
    director = name_post(rig.store, rig.a, Post.director)
    train(rig, rig.keys.enterprise_a, director)
    page = rig.browser("enterprise-a").get("/console/people", headers=HTML).text
    assert "20 学时 / 40.0" in page
    assert "未达标" in page
    assert "证书 1183" in page


def test_the_index_of_a_month_counts_who_has_the_hours(rig: Rig) -> None:
    director = name_post(rig.store, rig.a, Post.director)
    with rig.store.write() as w:
        w.raw.execute("UPDATE person SET valid_from = '2020-01-01' WHERE entity_id = %s", [rig.a.entity])
        w.raw.execute("UPDATE entity SET created_at = '2020-01-01'")
        w.raw.execute("UPDATE site SET created_at = '2020-01-01'")
        for number, (day, hours) in enumerate((("2026-10-31", 39.5), ("2025-11-01", 0.5), ("2025-10-31", 80))):
            w.raw.execute(
                "INSERT INTO training (id, tenant_id, entity_id, region_code, person_id, held_on, hours, subject, "
                "organiser, proof, recorded_by, recorded_at) SELECT gen_random_uuid(), tenant_id, entity_id, "
                "region_code, id, %s, %s, %s, 'x', 'x', 'x', %s FROM person WHERE id = %s",
                [day, hours, str(number), datetime.now(UTC), director],
            )
    counts = computed(rig.store)[rig.a.entity].inputs["counts"]
    assert (counts["posts"], counts["trained"]) == ([2, 2], [1, 2])
