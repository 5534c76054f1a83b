"""The log-in of a broker at the database: it verifies nodes' passwords as EMQX does, and can do nothing else."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from deploy.embedded.broker import mosquitto_hash
from models.changes.nodes import revoke_node
from models.domain.access import SYSTEM
from models.store import Store, devices
from tests.support.world import seed_world

SECRET = "a secret of a node"
ASKED = "SELECT password_hash, salt, is_superuser FROM broker_login WHERE username = %s LIMIT 1"
LOGIN = "mingchu_broker_login"


@pytest.fixture
def broker(database_url: str, store: Store) -> Iterator[psycopg.Connection]:
    seed_world(store, mqtt_hash=mosquitto_hash(SECRET))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"SET SESSION AUTHORIZATION {LOGIN}")
        yield connection


def admits(broker: psycopg.Connection, name: str, password: str) -> bool:
    """Decide as EMQX does: pbkdf2, sha512, 1000 iterations, 64 bytes, compared in lower-case hexadecimal."""
    row = broker.execute(ASKED, [name]).fetchone()
    if row is None:
        return False
    return hashlib.pbkdf2_hmac("sha512", password.encode(), row[1], 1000, 64).hex() == row[0]


def test_a_node_is_admitted_with_its_password_until_it_is_revoked(broker: psycopg.Connection, store: Store) -> None:
    assert admits(broker, "node-a", SECRET)
    assert not admits(broker, "node-a", SECRET + " ")
    assert not admits(broker, "node-z", SECRET)
    assert not admits(broker, "' OR true --", SECRET)
    assert broker.execute("SELECT bool_or(is_superuser) FROM broker_login").fetchone() == (False,)
    with store.write() as w:
        revoke_node(w, "node-a", by=SYSTEM, at=datetime.now(UTC))
    assert not admits(broker, "node-a", SECRET)


@pytest.mark.parametrize(
    "stored", ["", "$7$1$AA==$AA==", "$7$1000$$", "$7$1000$%%%$AA==", "$6$1000$AA==$AA==", "$7$1000$AA==$AA==x"]
)
def test_a_hash_that_emqx_could_not_verify_disturbs_no_other_node(
    broker: psycopg.Connection, store: Store, stored: str
) -> None:
    with store.write() as w:
        devices.set_node_hash(w, node_id="node-b", mqtt_hash=stored)
    assert not admits(broker, "node-b", "")
    assert not admits(broker, "node-b", SECRET)
    assert admits(broker, "node-a", SECRET)


def test_the_login_sees_and_does_nothing_else(broker: psycopg.Connection, database_url: str) -> None:
    with psycopg.connect(database_url) as owner:
        names = owner.execute(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm') AND has_table_privilege("
            f"'{LOGIN}', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')"
        ).fetchall()
        lent = owner.execute(
            "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = 'public' AND p.prosecdef AND p.prorettype <> 'trigger'::regtype"
            f" AND has_function_privilege('{LOGIN}', p.oid, 'EXECUTE')"
        ).fetchall()
        others = owner.execute(
            f"SELECT rolname FROM pg_roles WHERE rolname <> '{LOGIN}' AND pg_has_role('{LOGIN}', oid, 'MEMBER')"
        ).fetchall()
    assert names == [("broker_login",)]
    assert (lent, others) == ([], [])
    for attempt in (
        "SELECT mqtt_hash FROM node",
        "UPDATE broker_login SET username = ''",
        "DELETE FROM broker_login",
        "CREATE TABLE mine (x int)",
        "SET ROLE mingchu_worker",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            broker.execute(attempt)
