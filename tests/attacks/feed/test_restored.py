"""A platform that pulls the feed is told when the database was put back, however that was done."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from deploy.cli import main
from deploy.embedded.postgres_binaries import installed_binaries
from models.base.jsonio import dumps
from models.store import Store, feed
from models.store.connect import API, WORKER
from tests.conftest import with_database
from tests.integration.api.test_events import FEED, announce, event
from tests.support.http import Rig, running_app
from tests.support.people import raise_alert

TWO_TO_40 = 2**40


@pytest.fixture
def rig(store: Store, api_store: Store, database_url: str, tmp_path: Path) -> Iterator[Rig]:
    with running_app(store, api_store, database_url, tmp_path / "evidence") as found:
        yield found


def dump_and_restore(url: str, postgres_url: str, tmp_path: Path) -> str:
    """What an operator does: a dump, read into a new database; gives the new one's address."""
    tools, file = installed_binaries(), tmp_path / "dump.sql"
    environment = {"PGOPTIONS": "", "LD_LIBRARY_PATH": str(tools.parent / "lib")}
    subprocess.run([tools / "pg_dump", "--no-owner", "-f", file, url], check=True, env=environment)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS restored WITH (FORCE)")
        connection.execute("CREATE DATABASE restored TEMPLATE template0 ENCODING 'UTF8'")
    restored = with_database(postgres_url, "restored")
    subprocess.run([tools / "psql", "-q", "-f", file, restored], check=True, env=environment, capture_output=True)
    return restored


def test_a_restored_dump_reuses_no_number_and_readers_beyond_it_are_informed(
    rig: Rig, database_url: str, postgres_url: str, tmp_path: Path
) -> None:
    announce(rig.store, *(event(rig.a) for _ in range(5)))
    restored = dump_and_restore(database_url, postgres_url, tmp_path)
    announce(rig.store, *(event(rig.a) for _ in range(5)))
    cursor = rig.get(FEED, rig.keys.regulator_a, cursor=0).json()["next_cursor"]
    assert cursor == 10
    with Store(restored, role=WORKER) as store, Store(restored, role=API) as api_store:
        announce(store, *(event(rig.a) for _ in range(7)))
        rig.app.state.mingchu.store = api_store
        told = rig.get(FEED, rig.keys.regulator_a, cursor=cursor)
        assert (told.status_code, told.json()["code"], told.json()["snapshot"]) == (
            410,
            "feed_restored",
            "/v1/snapshot",
        )
        behind = rig.get(FEED, rig.keys.regulator_a, cursor=5).json()  # who had read less has lost nothing
        assert [e["seq"] for e in behind["data"]] == [5 + TWO_TO_40 + i for i in range(7)]


def test_files_restored_by_hand_are_detected_by_the_epoch_or_reported_by_the_operator(
    rig: Rig, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce(rig.store, *(event(rig.a) for _ in range(10)))
    page = rig.get(FEED, rig.keys.regulator_a, cursor=0).json()
    place = {"cursor": page["next_cursor"], "epoch": page["epoch"]}
    assert rig.get(FEED, rig.keys.regulator_a, **place).status_code == 200
    with rig.store.write() as w:
        w.raw.execute("RESET ROLE")
        w.raw.execute("DELETE FROM event WHERE seq > 5")
        w.raw.execute("SELECT setval('event_seq', 5)")
    announce(rig.store, *(event(rig.a) for _ in range(8)))
    told = rig.get(FEED, rig.keys.regulator_a, **place)
    assert (told.status_code, told.json()["code"]) == (410, "feed_restored")
    monkeypatch.setenv("MINGCHU_DATABASE_URL", database_url)
    said = CliRunner().invoke(main, ["feed", "restored", "--data", str(tmp_path)])
    assert (said.exit_code, str(13 + TWO_TO_40) in said.output) == (0, True)
    assert rig.get(FEED, rig.keys.regulator_a, cursor=20).status_code == 410
    assert rig.get(FEED, rig.keys.regulator_a, cursor=13).status_code == 200


def test_the_snapshot_holds_open_items_and_the_cursor_to_continue_from(rig: Rig) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    raise_alert(rig.store, rig.files, rig.a, "smoking")
    raise_alert(rig.store, rig.files, rig.b)
    rig.post(f"/v1/alerts/{alert.id}/confirm", rig.keys.regulator_a, etag=1, json={})
    states, cursor, first = [], None, None
    while True:
        page = rig.get("/v1/snapshot", rig.keys.regulator_a, limit=2, **({"cursor": cursor} if cursor else {})).json()
        states += page["data"]
        first, cursor = first or page, page["next_cursor"]
        if not page["has_more"]:
            break
    assert [state["kind"] for state in states] == ["violation"] * 2 + ["alert"] * 2 + ["task"]
    assert {state["data"]["entity"]["name"] for state in states} == {"企业a"}
    assert rig.get(FEED, rig.keys.regulator_a, cursor=first["feed_cursor"], epoch=first["epoch"]).status_code == 200
    with rig.store.write() as w:
        feed.sequence(w)
        told = [e for e in feed.events_after(w, cursor=0, limit=100) if e.type == "mingchu.task.dispatched"]
    assert states[-1]["data"] == told[0].data


@pytest.mark.parametrize(
    "cursor", ["x", "AAAA", "dGFzayB4", "bm90aGluZyAwMTkzMDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDA"]
)
def test_a_foreign_cursor_is_refused_with_an_explanation(rig: Rig, cursor: str) -> None:
    answer = rig.get("/v1/snapshot", rig.keys.regulator_a, cursor=cursor)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_a_page_of_the_feed_is_bounded_by_its_bytes(rig: Rig) -> None:
    big = event(rig.a)
    for _ in range(12):
        one = event(rig.a)
        object.__setattr__(one, "data", {"version": 1, "text": "x" * 1_000_000})
        announce(rig.store, one)
    announce(rig.store, big)
    cursor, seen, pages = 0, [], 0
    while True:
        page = rig.get(FEED, rig.keys.regulator_a, cursor=cursor, limit=500).json()
        assert len(dumps(page)) < 5_000_000
        seen += [e["seq"] for e in page["data"]]
        cursor, pages = page["next_cursor"], pages + 1
        if not page["has_more"]:
            break
    assert (seen, pages) == (list(range(1, 14)), 3)
