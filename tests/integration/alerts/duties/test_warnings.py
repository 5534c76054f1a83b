"""Warnings against a real database: opened once, raised, ended by themselves, and twice the same at one moment."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerts.duties.daily import Answer
from alerts.duties.records import answer, open_record, sign
from alerts.duties.warnings.evaluating import evaluate
from alerts.duties.warnings.rules import shipped
from alerts.hazards.review import confirm
from models.base.clock import SHANGHAI
from models.catalogue.duty_terms import RowResult, WarningLevel
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.warnings import DutyWarning
from models.evidence.files import EvidenceFiles
from models.store import Store, warnings
from tests.support.days import noon
from tests.support.people import number_feed, raise_alert
from tests.support.world import Kitchen, seed_world

OFFICER = Actor(name="officer", role=Role.enterprise)
CITY = Actor(name="city", role=Role.regulator)


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    return seed_world(store)[0]


def write_day(store: Store, kitchen: Kitchen, at: datetime) -> None:
    with store.write() as w:
        day = at.astimezone(SHANGHAI).date()
        record = open_record(w, site_id=kitchen.site, day=day, pack_id="day.school.v1", by=OFFICER, at=at)
        full = [Answer(code=row.code, result=RowResult.not_applicable) for row in record.items]
        filled = answer(w, record.id, full, version=record.version, by=OFFICER, at=at)
        sign(w, record.id, version=filled.version, name="王安全", zero_risk=False, by=OFFICER, at=at)


def now_open(store: Store, rule: str, *, at: datetime) -> list[DutyWarning]:
    with store.write() as w:
        evaluate(w, at=at)
        assert evaluate(w, at=at) == 0, "the same moment twice"
    with store.read() as r:
        return warnings.warnings(r, is_open=True, rule=rule, limit=50)


def test_row_9_missing_day_records_warn_rise_and_end_by_themselves(store: Store, kitchen: Kitchen) -> None:
    assert now_open(store, "day_missing", at=noon()) == [], "who never kept records is not warned"
    write_day(store, kitchen, noon())
    assert now_open(store, "day_missing", at=noon() + timedelta(days=1)) == []
    (warned,) = now_open(store, "day_missing", at=noon() + timedelta(days=2))
    assert (warned.level, warned.site_id, warned.numbers["in_a_row"]) == (WarningLevel.yellow, kitchen.site, 1)
    (raised,) = now_open(store, "day_missing", at=noon() + timedelta(days=4))
    assert (raised.id, raised.level, raised.since) == (warned.id, WarningLevel.orange, warned.since)
    write_day(store, kitchen, noon() + timedelta(days=4))
    assert now_open(store, "day_missing", at=noon() + timedelta(days=5)) == []
    number_feed(store)
    with store.read() as r:
        found = r.raw.execute("SELECT type FROM event WHERE type LIKE 'mingchu.warning.%' ORDER BY seq").fetchall()
    assert [kind for (kind,) in found] == [f"mingchu.warning.{step}" for step in ("opened", "raised", "ended")]


def test_a_hazard_that_comes_again_and_again_warns(store: Store, kitchen: Kitchen, tmp_path: Path) -> None:
    files = EvidenceFiles(tmp_path)
    for count in range(3):
        at = noon() + timedelta(days=count)
        alert = raise_alert(store, files, kitchen, "no_mask", at=at)
        with store.write() as w:
            confirm(w, alert.id, revision=1, by=CITY, at=at)
            w.raw.execute("UPDATE alert SET closed_at = %s WHERE id = %s", (at, alert.id))
    (warned,) = now_open(store, "repeated", at=noon() + timedelta(days=3))
    assert (warned.because, warned.level) == ("未戴口罩 7 天内查实 3 次", WarningLevel.orange)
    assert now_open(store, "repeated", at=noon() + timedelta(days=11)) == []


def test_an_empty_post_warns_until_somebody_is_named(store: Store, kitchen: Kitchen) -> None:
    with store.write() as w:
        w.raw.execute("UPDATE person SET valid_to = now() WHERE entity_id = %s", [kitchen.entity])
    (warned,) = now_open(store, "post_empty", at=noon())
    assert (warned.entity_id, warned.site_id) == (kitchen.entity, None)
    with store.write() as w:
        w.raw.execute("UPDATE person SET valid_to = NULL WHERE entity_id = %s", [kitchen.entity])
    assert now_open(store, "post_empty", at=noon()) == []


def test_cameras_that_were_away_warn(store: Store, kitchen: Kitchen) -> None:
    last = (noon() - timedelta(days=1)).astimezone(SHANGHAI).date()
    with store.write() as w:
        w.raw.execute("UPDATE device SET created_at = now() - interval '30 days'")
        for back in range(7):
            seen = "1" * (1440 if back else 1000) + "0" * (0 if back else 440)
            w.raw.execute(
                "INSERT INTO camera_day (device_id, day, seen) VALUES (%s, %s, %s::text::bit(1440)) "
                "ON CONFLICT (device_id, day) DO UPDATE SET seen = EXCLUDED.seen",
                (kitchen.camera, last - timedelta(days=back), seen),
            )
    (warned,) = now_open(store, "cameras_away", at=noon())
    assert (warned.level, warned.numbers["day_rate"]) == (WarningLevel.yellow, 69.4)
    with store.write() as w:
        w.raw.execute("UPDATE camera_day SET seen = repeat('1', 1440)::bit(1440)")
    assert now_open(store, "cameras_away", at=noon()) == []


def test_a_rule_that_is_switched_off_ends_its_warnings(store: Store, kitchen: Kitchen) -> None:
    with store.write() as w:
        w.raw.execute("UPDATE person SET valid_to = now() WHERE entity_id = %s", [kitchen.entity])
    assert len(now_open(store, "post_empty", at=noon())) == 1
    off = {"post_empty": replace(shipped()["post_empty"], enabled=False)}
    with store.write() as w:
        assert evaluate(w, at=noon(), rules=off) == 1
    with store.read() as r:
        assert warnings.warnings(r, is_open=True, rule="post_empty", limit=5) == []
