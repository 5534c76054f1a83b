"""The measurements run, at sizes that say nothing about speed."""

import pytest

from deploy.bench import duties, feed, live, pages, province, series, writers
from deploy.embedded.broker_mosquitto import find_mosquitto
from models.base.errors import Conflict
from models.store import Store


def test_a_nights_run_finds_what_is_due_at_every_size() -> None:
    found = duties.measure(sizes=(100, 300), days=20)
    assert found.due["100"]["generate"] == 100
    assert found.due["300"]["generate"] == 300
    assert found.due["300"]["index"] == 300
    assert found.due["300"]["warnings"] >= 300 // 50, "unsigned pledges, at least"
    assert set(found.seconds) == {"100", "300"}
    assert set(found.ratio_per_entity) == {"generate", "warnings", "index", "export"}
    assert found.due["300"]["export"] == 300


def test_judging_series_is_compared_with_reading_them() -> None:
    found = series.measure(sensors=50)
    assert (found.sensors, found.points) == (50, 51)
    assert found.judged_ms > 0 < found.bare_ms


def test_a_synthetic_province_is_never_mixed_with_real_enterprises(store: Store, database_url: str) -> None:
    duties.generate(database_url, entities=3, days=2, at=duties.AT)
    with pytest.raises(Conflict, match="3 enterprises"):
        duties.generate(database_url, entities=3, days=2, at=duties.AT)
    with store.read() as r:
        assert r.raw.execute("SELECT count(*) FROM day_record").fetchone() == (6,)


def test_a_page_of_the_feed_is_compared_with_bare_sql_for_each_scope() -> None:
    found = feed.measure(events=12_000)
    assert set(found.scopes) == {"tenant", "district", "enterprise"}
    assert all(one.p99_ms_10m > 0 and one.bare_p99_ms_10m > 0 for one in found.scopes.values())


def test_every_list_and_page_is_measured_for_each_role() -> None:
    found = pages.measure(entities=100, alerts=1_000, rounds=2)
    limited = {"sector", "enterprises", "kitchen", "camera"}
    assert {one.role for one in found.pages} == {"enterprise", "county", "city", "platform", "admin"} | limited
    paths = {one.path for one in found.pages}
    assert {"/v1/alerts", "/v1/tasks", "/console/review", "/console/home", "/console/users"} <= paths
    assert found.rows["waiting"] > 0 < found.rows["tasks"]
    assert found.worst_p95_ms == max(one.p95_ms for one in found.pages)


def test_a_reader_that_is_killed_has_every_event_of_many_writers_once_in_order() -> None:
    found = writers.measure(events=2_000, writers=8)
    assert (found.missing, found.doubled, found.foreign, found.out_of_order) == (0, 0, 0, 0)
    assert found.verified
    named = {f"event {found.changed} differs from yours", f"event {found.removed} is not among yours"}
    assert set(found.named) == named


@pytest.mark.skipif(find_mosquitto() is None, reason="needs mosquitto: the roles have a door of their own there")
def test_findings_are_heard_at_the_feed_while_kitchens_speak() -> None:
    found = live.measure(cameras=2, rate=10, seconds=70)
    assert found.breaches.n == 20
    # A cook who turns away for long may be found a second time.
    assert found.violations.n >= found.alerts_of_violations.n == 2
    assert found.readings_per_s > 0 < found.frames_per_s
    assert 0 < found.breaches.p50_s <= found.breaches.p99_s <= found.breaches.most_s


@pytest.mark.skipif(find_mosquitto() is None, reason="needs mosquitto: other brokers forget sessions")
def test_a_province_is_registered_speaks_and_loses_a_process_of_each_role() -> None:
    found = province.measure(sites=40, few=10, messages=300, vision=False)
    assert (found.sites, found.devices, found.active_sites) == (40, 200, 10)
    assert set(found.roles) == {"ingest", "alerts"}
    assert all(role.takeover_s for role in found.roles.values())
    assert found.roles["ingest"].change_known_s
    assert set(found.readings_per_s) == {"1", "2", "4"}
    assert found.cost_ratio_126k_to_1k > 0
