"""Weeks and months are computed and frozen by themselves, once, with events and letters to the last three."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerts.indices.cadres import sign_off_year
from alerts.indices.computing import differences
from alerts.indices.scheduled import BY_HAND, TOO_OLD, run_due
from models.catalogue.index_terms import IndexKind, IndexState
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.store import Store, indices, letters
from tests.integration.alerts.indices.test_regions import computed, counties
from tests.support.people import number_feed
from tests.support.world import TENANT

DUE = datetime(2026, 10, 20, 4, tzinfo=UTC)
"""Tuesday after the week (42) in which all visits of `counties` were due."""
WEEK = "2026-W42"
LAST = [("region", "2026-Q3", 0, 0, ""), ("region", WEEK, 5, 3, "")]
"""The quarter that ended before is drafted for a sign-off."""
YEARS = [("cadre", "2025-12", 0, 0, ""), ("cadre", "2026-09", 0, 0, "")]
"""After which months the years of cadres were drafted."""


def runs(store: Store) -> list[tuple[str, str, int, int, str]]:
    with store.read() as r:
        found = r.raw.execute("SELECT kind, period, frozen, letters, skipped FROM index_run ORDER BY at, kind, period")
        return [tuple(row) for row in found]


def events(store: Store, kind: str) -> list[dict[str, object]]:
    number_feed(store)
    with store.read() as r:
        return [data for (data,) in r.raw.execute("SELECT data FROM event WHERE type = %s ORDER BY seq", [kind])]


def test_row_14_a_week_is_ranked_frozen_and_the_last_three_get_a_letter(store: Store, tmp_path: Path) -> None:
    kitchens = counties(store, tmp_path)
    assert run_due(store, at=DUE) == 6
    assert run_due(store, at=DUE) == 0
    assert runs(store) == [*YEARS, ("entity", "2026-09", 5, 0, ""), ("region", "2026-09", 5, 0, ""), *LAST]
    with store.read() as r:
        board = indices.board(r, IndexKind.region, WEEK, limit=9)
        assert [one.subject_id for one in board] == [kitchen.region for kitchen in kitchens]
        assert {one.state for one in board} == {IndexState.frozen}
        assert list(differences(r, TENANT, IndexKind.region, WEEK)) == [], "equal to the last digit"
        sent = letters.letters(r, before=None, limit=9)
    assert sorted((one.region_code, one.place) for one in sent) == [("330604", 3), ("330605", 4), ("330606", 5)]
    (last,) = [one for one in sent if one.place == 5]
    assert "在全市 5 个县（市、区）中列第 5 位，位于后三名" in last.text
    assert "督导按期完成率" in last.text
    frozen = events(store, "mingchu.duty.index_frozen")
    assert next((one["name"], one["place"], one["last"]) for one in frozen if one["period"] == WEEK) == (
        "越城区",
        1,
        False,
    )
    assert {one["letter_id"] for one in events(store, "mingchu.duty.letter_issued")} == {str(one.id) for one in sent}


def test_two_processes_at_once_do_it_once(store: Store, tmp_path: Path) -> None:
    counties(store, tmp_path)
    with ThreadPoolExecutor(2) as both:
        assert sum(both.map(lambda _: run_due(store, at=DUE), range(2))) == 6
    assert len(events(store, "mingchu.duty.letter_issued")) == 3


def test_late_weeks_are_left_out_with_the_reason_and_a_month_that_was_frozen_by_hand_stays(
    store: Store, tmp_path: Path
) -> None:
    counties(store, tmp_path)
    assert run_due(store, at=DUE) == 6
    computed(store)
    with store.write() as w:
        indices.freeze(w, TENANT, IndexKind.region, "2026-10", by="city", at=DUE + timedelta(days=25))
    assert run_due(store, at=DUE + timedelta(days=28)) == 7
    later = {(kind, period): skipped for kind, period, _, _, skipped in runs(store)}
    assert later == {
        ("cadre", "2025-12"): "",
        ("cadre", "2026-09"): "",
        ("cadre", "2026-10"): "",
        ("entity", "2026-09"): "",
        ("region", "2026-09"): "",
        ("region", "2026-Q3"): "",
        ("region", WEEK): "",
        ("region", "2026-W43"): TOO_OLD,
        ("region", "2026-W44"): TOO_OLD,
        ("region", "2026-W45"): TOO_OLD,
        ("region", "2026-W46"): "",
        ("region", "2026-10"): BY_HAND,
        ("entity", "2026-10"): "",
    }


def test_a_year_of_cadres_is_drafted_each_month_until_somebody_signs_it_off(store: Store, tmp_path: Path) -> None:
    counties(store, tmp_path)
    run_due(store, at=DUE)
    with store.read() as r:
        drafts = indices.board(r, IndexKind.cadre, "2026", limit=9)
    assert {one.state for one in drafts} == {IndexState.draft}
    assert drafts[0].result["quarters"].keys() >= {"q4"}
    over = datetime(2027, 1, 8, tzinfo=UTC)
    run_due(store, at=over)
    chief = Actor(name="chief", role=Role.regulator)
    with store.write() as w:
        signed = sign_off_year(w, TENANT, "2026", name="张主任", opinion="同意", by=chief, at=over)
    assert signed == len(drafts) > 0
    run_due(store, at=over + timedelta(days=31))
    with store.read() as r:
        kept = indices.board(r, IndexKind.cadre, "2026", limit=9)
    assert {one.state for one in kept} == {IndexState.frozen}
    assert [one.digest for one in kept] == [one.digest for one in kept if one.signed_name == "张主任"]
