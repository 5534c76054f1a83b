"""The daily dispatch: counted through the day, fixed after it, and shown as tiles and a board."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from alerts.duties.dispatch import count_today
from alerts.duties.records import open_record
from alerts.registry.public import renew_bright_kitchens
from models.base.errors import StoreRefused
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.store import Store
from tests.support.guarantees import cadre_of, pledge_of, supervised
from tests.support.http import Rig
from tests.support.people import raise_alert

OFFICER = Actor(name="officer", role=Role.enterprise)


def counted(store: Store, at: datetime) -> int:
    with store.write() as w:
        return count_today(w, at=at)


def test_row_16_a_day_is_counted_again_until_it_is_over_and_then_stays(rig: Rig) -> None:
    at = datetime.now(UTC)
    assert counted(rig.store, at) == 2, "two districts"
    assert counted(rig.store, at + timedelta(minutes=5)) == 0, "a quarter of an hour is not over"
    raise_alert(rig.store, rig.files, rig.a)
    assert counted(rig.store, at + timedelta(minutes=16)) == 2
    with pytest.raises(StoreRefused, match="past day"), rig.store.write() as w:
        w.raw.execute("UPDATE duty_day SET numbers = '{}', counted_at = counted_at + interval '2 days'")
    with psycopg.connect(rig.store._pool.conninfo) as owner, pytest.raises(psycopg.Error, match="past day"):
        owner.execute("DELETE FROM duty_day")


def test_row_19_a_county_counts_its_tiers_and_a_regulator_sees_their_own(rig: Rig) -> None:
    at = datetime.now(UTC)
    cadre = cadre_of(rig.store, rig.a)
    supervised(rig.store, rig.a, cadre, tier="C")
    supervised(rig.store, rig.b, cadre_of(rig.store, rig.b), tier="D")
    counted(rig.store, at)
    own = rig.get("/v1/dispatch", rig.keys.regulator_a).json()
    assert [line["region_code"] for line in own["data"]] == [rig.a.region]
    assert (own["total"]["counts"]["tier_c"], own["total"]["counts"]["tier_d"]) == (1, 0)
    whole = rig.get("/v1/dispatch", rig.keys.city).json()
    assert (whole["total"]["counts"]["tier_c"], whole["total"]["counts"]["tier_d"]) == (1, 1)
    assert len(whole["data"]) == 2
    narrowed = rig.get("/v1/dispatch", rig.keys.city, region=rig.b.region).json()
    assert [line["region_code"] for line in narrowed["data"]] == [rig.b.region]
    assert rig.get("/v1/dispatch", rig.keys.enterprise_a).status_code == 403


def test_row_25_the_share_of_those_connected_who_should_be_stands_on_the_board(rig: Rig) -> None:
    at = datetime.now(UTC)
    with rig.store.write() as w:
        w.raw.execute("UPDATE entity SET business_kind = 'meal_delivery' WHERE id = %s", [rig.a.entity])
        w.raw.execute("UPDATE entity SET business_kind = 'restaurant' WHERE id = %s", [rig.b.entity])
    counted(rig.store, at)

    def rates() -> dict[str, tuple[int, int]]:
        lines = rig.get("/v1/dispatch", rig.keys.city).json()["data"]
        return {
            line["region_code"]: (line["rates"]["connected"]["k"], line["rates"]["connected"]["n"]) for line in lines
        }

    assert rates() == {rig.a.region: (0, 1), rig.b.region: (0, 0)}, "no picture came yet, and a restaurant need not"
    with rig.store.write() as w:
        w.raw.execute("UPDATE device SET last_frame_at = %s WHERE id = %s", [at, rig.a.camera])
        renew_bright_kitchens(w, at=at)
    counted(rig.store, at + timedelta(minutes=16))
    assert rates() == {rig.a.region: (1, 1), rig.b.region: (0, 0)}
    page = rig.browser("city").get("/console/dispatch", headers={"Accept": "text/html"}).text
    assert "接入率" in page


def test_row_26_rates_of_visits_and_staff_stand_on_tiles_and_the_week_shows_in_the_change(rig: Rig) -> None:
    at = datetime.now(UTC)
    supervised(rig.store, rig.a, cadre_of(rig.store, rig.a, login="cadre-a"))
    yesterday = (at - timedelta(days=1)).date()
    with rig.store.write() as w:
        open_record(w, site_id=rig.a.site, day=yesterday, pack_id="day.school.v1", by=OFFICER, at=at)
    counted(rig.store, at - timedelta(days=7))
    pledge_of(rig.store, rig.a)
    counted(rig.store, at)
    line = rig.get("/v1/dispatch", rig.keys.regulator_a).json()["data"][0]
    assert line["rates"]["assigned"] == {"k": 1, "n": 1, "percent": 100.0}
    assert line["rates"]["pledged"] == {"k": 1, "n": 1, "percent": 100.0}
    assert line["rates"]["written"]["n"] == 1
    assert line["rates"]["staffed"]["n"] == 1
    assert line["change"] > 0, "a week ago the pledge was not signed"
    assert line["place"] == 1
    page = rig.browser("regulator-a").get("/console/dispatch").text
    assert "两员配备率" in page
    assert "100.0%" in page
    assert f"+{line['change']:.1f}" in page
    none = rig.browser("regulator-a").get("/console/dispatch", params={"day": "2026-01-01"}).text
    assert "没有调度数据" in none
