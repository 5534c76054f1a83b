"""What the database lets the processes do, when one of them is broken into."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from deploy.embedded.folder import temporary_data_dir
from deploy.stack import StackOptions, prepare_stack
from models.base.ids import uuid7
from models.changes.history import add_history
from models.store import Scope, Store, audit, feed
from tests.integration.api.test_events import FEED, announce, event
from tests.support.http import Rig, running_app
from tests.support.people import raise_alert
from tests.support.world import TENANT


@pytest.fixture
def rig(store: Store, api_store: Store, database_url: str, tmp_path: Path) -> Iterator[Rig]:
    with running_app(store, api_store, database_url, tmp_path / "evidence") as found:
        yield found


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET data = '{}'",
        "DELETE FROM event",
        "INSERT INTO event SELECT * FROM event",
        "UPDATE event_default SET data = '{}'",
        "SELECT mingchu_new_feed_life()",
        "DELETE FROM transition",
        "UPDATE audit_entry SET actor = 'nobody'",
    ],
)
def test_no_role_of_the_platform_rewrites_an_event(rig: Rig, api_store: Store, statement: str) -> None:
    raise_alert(rig.store, rig.files, rig.a)
    alert = raise_alert(rig.store, rig.files, rig.a, "smoking")
    rig.post(f"/v1/alerts/{alert.id}/confirm", rig.keys.regulator_a, etag=1, json={})
    with rig.store.write() as w:
        audit.note(w, action="data.exported", about="x", tenant_id=TENANT)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), rig.store.write() as w:
        w.raw.execute(statement)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), api_store.write(Scope.of_tenant(TENANT)) as w:
        w.raw.execute(statement)


def test_partitions_that_come_later_are_as_closed(rig: Rig) -> None:
    with rig.store.write() as w:
        w.raw.execute("SELECT mingchu_ensure_partitions('event', '1 month', now(), now() + interval '5 months')")
    announce(rig.store, event(rig.a))
    with rig.store.read() as r:
        parts = [
            name
            for (name,) in r.raw.execute(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'event'::regclass"
            ).fetchall()
        ]
    assert len(parts) > 3
    for part in parts:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), rig.store.write() as w:
            w.raw.execute(f"DELETE FROM {part}")


def history(store: Store, device: str) -> list[str]:
    with store.read() as r:
        return [
            kind
            for (kind,) in r.raw.execute("SELECT kind FROM device_history WHERE device_id = %s", [device]).fetchall()
        ]


def test_the_api_writes_no_line_into_the_history_of_devices_it_does_not_see(rig: Rig, api_store: Store) -> None:
    at = datetime.now(UTC)
    with api_store.write(Scope.of_entity(TENANT, rig.a.entity)) as w:
        for device in (rig.a.camera, rig.b.camera):
            add_history(w, kind="forged", detail={}, at=at, device_id=device)
        add_history(w, kind="forged", detail={}, at=at, node_id=rig.b.node)
    assert (history(rig.store, rig.a.camera), history(rig.store, rig.b.camera)) == (["forged"], [])
    with pytest.raises(psycopg.errors.InsufficientPrivilege), api_store.write(Scope.of_tenant(TENANT)) as w:
        w.raw.execute("INSERT INTO device_history VALUES (%s, now(), %s, 'forged', '{}')", [rig.b.camera, uuid7()])


def test_a_process_that_is_broken_into_can_assume_no_other_role() -> None:
    with temporary_data_dir() as folder:
        stack = prepare_stack(StackOptions(data_dir=folder))
        assert stack.postgres is not None
        with stack.postgres.running() as server:
            server.ensure_database()
            from models.store import migrate  # noqa: PLC0415 - only this test makes a whole cluster

            migrate(server.dsn())
            for role, forbidden in (("api", "mingchu_worker"), ("ingest", "mingchu_api"), ("alerts", "mingchu_api")):
                url = stack.environment(role)["MINGCHU_DATABASE_URL"]
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute("RESET ROLE")
                    (is_superuser,) = connection.execute("SHOW is_superuser").fetchone() or ("?",)
                    assert is_superuser == "off"
                    for target in (forbidden, "postgres"):
                        with pytest.raises(psycopg.errors.InsufficientPrivilege):
                            connection.execute(f"SET ROLE {target}")
            with Store(stack.environment("alerts")["MINGCHU_DATABASE_URL"]) as store, store.write() as w:
                assert feed.sequence(w) == 0


def test_an_enterprise_learns_of_a_finding_after_review_and_of_a_critical_one_at_once(rig: Rig) -> None:
    minor = raise_alert(rig.store, rig.files, rig.a)
    critical = raise_alert(rig.store, rig.files, rig.a, "rodent")

    def seen() -> tuple[set[str], set[str], set[str]]:
        alerts = rig.get("/v1/alerts", rig.keys.enterprise_a).json()["data"]
        violations = rig.get("/v1/violations", rig.keys.enterprise_a).json()["data"]
        events = rig.get(FEED, rig.keys.enterprise_a, cursor=0).json()["data"]
        snapshot = rig.get("/v1/snapshot", rig.keys.enterprise_a).json()["data"]
        told = {e["data"]["code"] for e in events if "code" in e["data"]}
        return (
            {a["code"] for a in alerts},
            {v["code"] for v in violations} | {s["data"]["code"] for s in snapshot},
            told,
        )

    assert seen() == ({"rodent"}, {"rodent"}, {"rodent"})
    assert rig.get(f"/v1/alerts/{minor.id}", rig.keys.enterprise_a).status_code == 404
    shown = rig.get(f"/v1/alerts/{critical.id}", rig.keys.enterprise_a).json()
    assert shown["alert"]["state_label"] == "待复核"
    rig.post(f"/v1/alerts/{minor.id}/confirm", rig.keys.regulator_a, etag=1, json={})
    announce(rig.store)
    assert seen() == ({"rodent", "no_chef_hat"}, {"rodent", "no_chef_hat"}, {"rodent", "no_chef_hat"})
