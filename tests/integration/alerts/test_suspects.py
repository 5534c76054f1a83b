"""The watch over devices reads only kitchens at which something may be wrong: never fewer than those where it is."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts.findings.outages import MISSED_REPORTS, SILENT_AFTER, outages, shortest_periods
from models.catalogue.resolving import NONE, Overrides
from models.domain.masking import MOVED, WISH, waits_for_supervisor
from models.store import Store, catalogue, conditions, synthetic_province
from models.store.connect import Read, write_once
from tests.support.overrides import override
from tests.support.world import TENANT, seed_world

AT = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
KITCHENS = 300


@pytest.fixture
def province(store: Store, database_url: str) -> Store:
    """Kitchens whose nodes, cameras and sensors are in every mixture of states."""
    a, _ = seed_world(store)
    with write_once(database_url) as w:
        synthetic_province.add_sites(
            w, tenant_id=TENANT, entity_id=a.entity, first=0, last=KITCHENS - 1, cameras=200, mqtt_hash="$7$1$AA==$AA=="
        )
        w.raw.execute("SELECT setseed(0.42)")
        w.raw.execute(
            """UPDATE node SET online = random() < 0.7,
                   status_at = CASE WHEN random() < 0.8 THEN %(at)s - random() * interval '2 hours' END,
                   revoked_at = CASE WHEN random() < 0.1 THEN %(at)s - random() * interval '1 hour' END""",
            {"at": AT},
        )
        w.raw.execute(
            """UPDATE device SET created_at = %(at)s - random() * interval '3 days',
                   health = CASE WHEN random() < 0.1 THEN '{"state": "offline", "reason": "wrong_password"}'::jsonb END,
                   last_frame_at = CASE WHEN kind = 'camera' AND random() < 0.8
                                   THEN %(at)s - random() * interval '6 minutes' END,
                   refused_at = CASE WHEN random() < 0.2 THEN %(at)s - random() * interval '6 minutes' END,
                   refused_reason = 'unreadable',
                   config = CASE WHEN random() < 0.05 THEN '{"moved_from": {"zone": "cutting"}}'
                                 WHEN random() < 0.1 THEN '{"report_every_s": 20}'
                                 WHEN random() < 0.1 THEN '{"report_every_s": -1}'
                                 WHEN random() < 0.1 THEN '{"report_every_s": "x"}' ELSE '{}' END::jsonb""",
            {"at": AT},
        )
        w.raw.execute(
            """INSERT INTO reading_latest (device_id, code, occurred_at, received_at, value)
               SELECT id, sensor_code, %(at)s, %(at)s - random() * interval '20 minutes', 1
               FROM device WHERE kind = 'sensor' AND random() < 0.8""",
            {"at": AT},
        )
    return store


def look(r: Read, sites: list[str] | None, overrides: Overrides) -> tuple[set[tuple[str, str, str]], set[str]]:
    cameras = conditions.cameras(r, sites)
    found = outages(
        cameras,
        at=AT,
        judge_at=AT,
        judge_since=AT - timedelta(hours=2),
        sensors=conditions.sensors(r, sites),
        intake_since=AT - timedelta(hours=2),
        overrides=overrides,
    )
    waiting = {camera.device_id for camera in cameras if waits_for_supervisor(camera.config)}
    return {(one.device_id, one.reason, one.cause) for one in found}, waiting


@pytest.mark.parametrize("short", [False, True])
def test_what_is_away_is_among_the_suspects(province: Store, *, short: bool) -> None:
    if short:
        override(province, "fridge_temp", at=AT, report_every=timedelta(seconds=10))
    with province.read() as r:
        overrides = catalogue.overrides_of_report_periods(r, at=AT) if short else NONE
        sites = conditions.suspects(
            r,
            at=AT,
            silent=AT - SILENT_AFTER,
            missed=MISSED_REPORTS,
            periods_s=shortest_periods(overrides),
            marks=(WISH, MOVED, "regions"),
        )
        everything, chosen = look(r, None, overrides), look(r, sites, overrides)
    assert chosen == everything
    assert len(everything[0]) > KITCHENS
    assert everything[1]


def test_a_kitchen_where_all_is_well_is_not_read(province: Store) -> None:
    with province.write() as w:
        w.raw.execute("UPDATE node SET online = true, status_at = %s, revoked_at = NULL", [AT])
        w.raw.execute(
            "UPDATE device SET health = NULL, refused_at = NULL, config = '{}', "
            "last_frame_at = CASE WHEN kind = 'camera' THEN %s::timestamptz END",
            [AT - timedelta(seconds=5)],
        )
        w.raw.execute("DELETE FROM reading_latest")
        w.raw.execute(
            "INSERT INTO reading_latest (device_id, code, occurred_at, received_at, value) "
            "SELECT id, sensor_code, %(at)s, %(at)s, 1 FROM device WHERE kind = 'sensor'",
            {"at": AT},
        )
        w.raw.execute("UPDATE device SET last_frame_at = NULL WHERE id = 'd000007-0'")
        sites = conditions.suspects(
            w,
            at=AT,
            silent=AT - SILENT_AFTER,
            missed=MISSED_REPORTS,
            periods_s=shortest_periods(NONE),
            marks=(WISH, MOVED, "regions"),
        )
    assert sites == ["s000007"]
