"""The broker's accounts follow the registry by what changed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy import accounts as accounts_module
from deploy.accounts import Accounts
from deploy.places import PLATFORM_USERS, Places
from models.changes.nodes import revoke_node
from models.domain.access import SYSTEM
from models.store import Store, devices, following
from tests.support.world import seed_world

HASH = "$7$1000$AAAA$BBBB"


@pytest.fixture
def accounts(store: Store, database_url: str, tmp_path: Path) -> Accounts:
    seed_world(store)
    places = Places(tmp_path)
    places.prepare()
    return Accounts(places, database_url)


def names(accounts: Accounts) -> set[str]:
    return {user.name for user in accounts()} - set(PLATFORM_USERS)


def test_without_a_change_the_same_accounts_are_returned(accounts: Accounts) -> None:
    assert accounts() is accounts()
    assert {user.name for user in accounts() if user.platform} == set(PLATFORM_USERS)


def test_nodes_come_go_and_change_their_secret(
    accounts: Accounts, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert names(accounts) == {"node-a", "node-b"}
    monkeypatch.setattr(accounts_module.devices, "node_logins", lambda _: pytest.fail("read all nodes again"))
    with store.write() as w:
        devices.add_node(w, node_id="node-c", site_id="site-a", mqtt_hash=HASH)
        revoke_node(w, "node-a", by=SYSTEM, at=datetime.now(UTC))
    assert names(accounts) == {"node-b", "node-c"}
    with store.write() as w:
        devices.set_node_hash(w, node_id="node-b", mqtt_hash=HASH)
    assert {user.mosquitto_hash for user in accounts() if user.name == "node-b"} == {HASH}
    before = accounts()
    with store.write() as w:
        w.raw.execute("UPDATE node SET last_seen_at = now()")
    assert accounts() is before


def test_too_many_changes_are_read_as_a_whole(
    accounts: Accounts, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts()
    monkeypatch.setattr(following, "MOST_CHANGES", 1)
    with store.write() as w:
        for n in range(3):
            devices.add_node(w, node_id=f"more-{n}", site_id="site-b", mqtt_hash=HASH)
    assert names(accounts) == {"node-a", "node-b", "more-0", "more-1", "more-2"}
