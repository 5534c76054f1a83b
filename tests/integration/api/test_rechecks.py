"""Rechecks of visits: drawn by a seed that anybody can repeat, done by a second person, and the rate of differences."""

import hashlib
from typing import Any
from uuid import UUID

import psycopg
import pytest

from alerts.duties.rechecks import chosen, population_digest
from models.base.errors import StoreRefused
from models.base.ids import uuid7
from models.domain.rechecks import Drawable
from models.store import Scope, Store
from tests.integration.api.test_pledges import browser_post
from tests.integration.api.test_visits import Phone
from tests.integration.api.test_wishes import HTML
from tests.support.days import today
from tests.support.http import Rig, fresh_key
from tests.support.world import TENANT


def span() -> dict[str, str]:
    """Return the first and last day of a span of one day: today."""
    return {"first": today().isoformat(), "last": today().isoformat()}


def visited(rig: Rig) -> dict[str, Any]:
    """A visit of enterprise a that counts, made by the user regulator-a."""
    phone = Phone(rig)
    found: dict[str, Any] = phone.send(phone.visit(photo_ids=phone.photos())).json()["visit"]
    return found


def drawn(rig: Rig, key: str | None = None, count: int = 1) -> Any:  # noqa: ANN401
    return rig.post("/v1/rechecks/draw", key or rig.keys.city, json=span() | {"count": count}, headers=fresh_key())


def finish(rig: Rig, recheck: str, key: str | None = None, **change: Any) -> Any:  # noqa: ANN401
    body = {"method": "phone", "took_place": True, "answers": []} | change
    return rig.post(f"/v1/rechecks/{recheck}/result", key or rig.keys.city, json=body, headers=fresh_key())


def rate(rig: Rig, key: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = rig.get("/v1/rechecks/rate", key or rig.keys.city, **span()).json()
    return found


def test_row_6_a_visit_is_drawn_done_again_by_somebody_else_and_the_differences_are_counted(rig: Rig) -> None:
    visit = visited(rig)
    assert rate(rig)["rate"] is None, "no number without a recheck"
    made = drawn(rig)
    assert made.status_code == 200, made.text
    draw, (one,) = made.json()["draw"], made.json()["rechecks"]
    assert (one["visit_id"], draw["population"], draw["drawn"]) == (visit["id"], 1, 1)
    assert draw["population_sha256"] == hashlib.sha256(visit["id"].encode()).hexdigest()
    again = drawn(rig)
    assert (again.status_code, "0 visits" in again.text) == (422, True), "nobody is drawn twice"

    rows = [{"code": row["code"], "result": row["result"]} for row in visit["answers"]]
    assert finish(rig, one["id"], method="revisit", answers=rows[1:]).status_code == 422, "a row is missing"
    rows[0] |= {"result": "problem", "note": "留样柜无记录"}
    done = finish(rig, one["id"], method="revisit", answers=rows)
    assert done.status_code == 200, done.text
    assert (done.json()["compared"], done.json()["differing"], done.json()["took_place"]) == (len(rows), 1, True)
    assert [row["note"] for row in done.json()["answers"] if row["differs"]] == ["留样柜无记录"]
    assert finish(rig, one["id"], answers=[]).status_code == 409, "once"
    found = rate(rig)
    assert (found["drawn"], found["done"], found["unlike"], found["rate"]) == (1, 1, 1, 1.0)
    assert 0.2 < found["low"] < found["high"] == 1.0, "one of one says little"
    assert (found["compared"], found["differing"], found["unconfirmed"]) == (len(rows), 1, 0)
    page = rig.browser("city").get("/console/rechecks", headers=HTML).text
    assert "100.0%" in page
    assert "记录“合规”，抽查“存在问题” 留样柜无记录" in page or "留样柜无记录" in page


def test_who_made_the_visit_does_not_check_it_and_a_denied_visit_needs_words(rig: Rig) -> None:
    visited(rig)
    one = drawn(rig, rig.keys.regulator_a).json()["rechecks"][0]["id"]
    own = browser_post(rig, "regulator-a", f"/v1/rechecks/{one}/result", method="phone", took_place=True, answers=[])
    assert (own.status_code, "somebody else" in own.text) == (403, True)
    assert "本人督导，由他人抽查" in rig.browser("regulator-a").get("/console/rechecks", headers=HTML).text
    assert finish(rig, one, took_place=False).status_code == 422
    assert finish(rig, one, took_place=False, note="店主称当天没有人来过").json()["differing"] == 0
    found = rate(rig)
    assert (found["unlike"], found["unconfirmed"], found["compared"]) == (1, 1, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"answers": [{"code": "no row", "result": "ok"}]},
        {"answers": [{"code": "1.1", "result": "maybe"}]},
        {"method": "telepathy"},
        {"note": "x" * 2001},
    ],
)
def test_a_wrong_result_changes_nothing(rig: Rig, change: dict[str, Any]) -> None:
    visited(rig)
    one = drawn(rig).json()["rechecks"][0]["id"]
    assert finish(rig, one, **change).status_code == 422
    assert rig.get(f"/v1/rechecks/{one}", rig.keys.city).json()["done_at"] is None


def test_a_row_twice_is_refused(rig: Rig) -> None:
    code = visited(rig)["answers"][0]["code"]
    one = drawn(rig).json()["rechecks"][0]["id"]
    assert finish(rig, one, answers=[{"code": code, "result": "ok"}] * 2).status_code == 422


def test_strangers_draw_and_see_nothing_and_nobody_deletes(rig: Rig, api_store: Store) -> None:
    visited(rig)
    assert drawn(rig, rig.keys.regulator_b).status_code == 422, "there is nothing to draw from"
    one = drawn(rig).json()["rechecks"][0]["id"]
    for key, status in ((rig.keys.regulator_b, 404), (rig.keys.enterprise_a, 403), (rig.keys.platform_b, 403)):
        assert rig.get(f"/v1/rechecks/{one}", key).status_code == status
        assert finish(rig, one, key).status_code == status
    assert rate(rig, rig.keys.regulator_b)["drawn"] == 0
    assert rig.get("/v1/rechecks/draws", rig.keys.regulator_a).json() == [], "the city's draw is the city's"
    for statement in ("DELETE FROM recheck", "UPDATE recheck_draw SET seed = repeat('0', 32)"):
        with pytest.raises((psycopg.Error, StoreRefused)), api_store.write(Scope.of_tenant(TENANT)) as w:
            w.raw.execute(statement)
    ahead = {"first": span()["first"], "last": "2099-01-01", "count": 1}
    assert rig.post("/v1/rechecks/draw", rig.keys.city, json=ahead).status_code == 422


def test_a_seed_draws_the_same_again_and_everybody_as_likely() -> None:
    owner = {"tenant_id": "t", "entity_id": UUID(int=1), "region_code": "330602"}
    known = [Drawable(**owner, id=uuid7(), cadre_id=UUID(int=2)) for _ in range(20)]
    seeds = [hashlib.sha256(str(number).encode()).hexdigest()[:32] for number in range(2_000)]
    first = chosen(known, seed=seeds[0], count=5)
    assert chosen(list(reversed(known)), seed=seeds[0], count=5) == first
    assert len({one.id for one in first}) == 5
    times = [sum(known[0] in chosen(known, seed=seed, count=5) for seed in seeds)]
    assert 400 < times[0] < 600, "a quarter of 2,000, give or take"
    assert population_digest([one.id for one in known]) == population_digest([one.id for one in reversed(known)])
