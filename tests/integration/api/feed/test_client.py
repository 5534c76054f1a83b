"""The client mirrors a real server, is killed and goes on, and finds what was changed behind the platform's back."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from standardwebhooks import Webhook

from alerts.evidence.digests import close_feed_day
from api.client import mingchu_client
from api.client.mingchu_client import Client, Cursor, NotGenuine, StartAgain, verify_webhook
from models.evidence import verifier
from models.evidence.signing import Signer, make_key
from models.store import Store
from tests.support.days import today
from tests.support.http import Rig
from tests.support.people import announce_task, raise_alert

AFTER_TODAY = timedelta(days=1, minutes=5)


class Pipe(httpx.BaseTransport):
    """Sends the client's requests to the app in process."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.broken = rig, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.broken:
            self.broken -= 1
            raise httpx.ConnectError("the line is down")
        answer = self.rig.http.get(request.url.raw_path.decode(), headers=dict(request.headers))
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


@contextmanager
def client_of(rig: Rig, key: str, *, broken: int = 0) -> Iterator[Client]:
    pipe = Pipe(rig)
    pipe.broken = broken
    http = httpx.Client(transport=pipe, base_url="http://platform")
    with Client("http://platform", key, http=http, sleep=lambda _: None) as client:
        yield client


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    make_key(tmp_path / "key.pem")
    return Signer.read(tmp_path / "key.pem")


def test_every_event_comes_once_however_often_the_reader_dies(rig: Rig) -> None:
    announce_task(rig.store, rig.a, 7)
    announce_task(rig.store, rig.b, 2)
    seen: list[int] = []
    cursor = Cursor()
    for _ in range(7):
        with client_of(rig, rig.keys.regulator_a, broken=2) as client:
            event, cursor = next(client.events(cursor, follow=False))
            assert event is not None
            seen.append(event["seq"])
    assert seen == list(range(1, 8))
    with client_of(rig, rig.keys.regulator_a) as client:
        assert list(client.events(cursor, follow=False)) == [], "the last event took the cursor to the end"


def test_a_cursor_that_leads_nowhere_says_so_and_a_snapshot_goes_on(rig: Rig) -> None:
    raise_alert(rig.store, rig.files, rig.a)
    announce_task(rig.store, rig.a, 5)
    with rig.store.write() as w:
        w.raw.execute("RESET ROLE")
        w.raw.execute("DELETE FROM event WHERE seq <= 3")
    with client_of(rig, rig.keys.regulator_a) as client:
        with pytest.raises(StartAgain):
            next(client.events(Cursor(1), follow=False))
        cursor, states = client.snapshot()
        assert "alert" in {state["kind"] for state in states}
        assert list(client.events(cursor, follow=False)) == []


def test_a_day_verifies_and_what_was_changed_or_removed_is_named(rig: Rig, signer: Signer, database_url: str) -> None:
    announce_task(rig.store, rig.a, 4)
    announce_task(rig.store, rig.b, 2)
    raise_alert(rig.store, rig.files, rig.a)
    assert close_feed_day(rig.store, at=datetime.now(UTC) + AFTER_TODAY, signer=signer) == 2
    with client_of(rig, rig.keys.admin) as client:
        mine = [event for event, _ in client.events(Cursor(), follow=False) if event is not None]
        assert client.verify_day(today(), mine) == []
        assert {one["jurisdiction"] for one in client.digests(today())} == {rig.a.region[:6], rig.b.region[:6]}
        assert client.verify_day(today(), mine, keys={})[0].what.startswith("the digest is signed with the unknown key")
        lost = client.verify_day(today(), [event for event in mine if event["seq"] != 3])
        assert [(one.block, one.seq, one.what) for one in lost] == [(0, 3, "event 3 is not among yours")]
        with psycopg.connect(database_url) as owner:
            owner.execute("""UPDATE event SET data = data || '{"version": 99}' WHERE seq = 2""")
            owner.execute("DELETE FROM event WHERE seq = 5")
        theirs = [event for event, _ in client.events(Cursor(), follow=False) if event is not None]
        named = client.verify_day(today(), theirs)
    assert [(one.seq, one.what) for one in named] == [
        (2, "event 2 differs from yours"),
        (5, "event 5 is not among yours"),
    ]


def test_a_regulator_sees_the_digests_of_their_district_and_a_proof_is_for_everybody(rig: Rig, signer: Signer) -> None:
    announce_task(rig.store, rig.a, 3)
    announce_task(rig.store, rig.b, 1)
    close_feed_day(rig.store, at=datetime.now(UTC) + AFTER_TODAY, signer=signer)
    own = rig.get("/v1/digests", rig.keys.regulator_a).json()["data"]
    assert [one["jurisdiction"] for one in own] == [rig.a.region[:6]]
    foreign = rig.get(f"/v1/digests/{today()}/{rig.b.region[:6]}/leaves", rig.keys.regulator_a)
    assert foreign.status_code == 404
    assert rig.get("/v1/digests", rig.keys.enterprise_a).status_code == 403
    proof = rig.get("/v1/events/2/proof", rig.keys.enterprise_a).json()
    leaf = verifier.record_hash([2, proof["sha256"]])
    assert verifier.root_from(leaf, proof["index"], proof["digest"]["n"], proof["proof"]) == proof["digest"]["root"]
    event = rig.get("/v1/events", rig.keys.enterprise_a, cursor=1, limit=1).json()["data"][0]
    assert mingchu_client.event_hash(event) == proof["sha256"]
    assert rig.get("/v1/events/4/proof", rig.keys.enterprise_a).status_code == 404, "an event of others"


def test_digests_follow_each_other_and_are_closed_once(rig: Rig, signer: Signer, store: Store) -> None:
    announce_task(store, rig.a, 2)
    assert close_feed_day(store, at=datetime.now(UTC), signer=signer) == 0, "today is not over"
    assert close_feed_day(store, at=datetime.now(UTC) + AFTER_TODAY, signer=None) == 1
    assert close_feed_day(store, at=datetime.now(UTC) + AFTER_TODAY, signer=signer) == 0
    assert close_feed_day(store, at=datetime.now(UTC) + AFTER_TODAY + timedelta(days=1), signer=signer) == 1, (
        "a day without an event"
    )
    with store.read() as r:
        assert r.raw.execute("SELECT count(*) FROM feed_closed").fetchone() == (2,)
    (only,) = rig.get("/v1/digests", rig.keys.regulator_a).json()["data"]
    assert (only["n"], only["signature"], only["previous"]) == (2, None, None)


def test_a_webhook_is_verified_and_a_forged_one_refused() -> None:
    secret, body, at = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"seq": 1}', datetime.now(UTC)
    signature = Webhook(secret).sign("msg_1", at, body.decode())
    headers = {"Webhook-Id": "msg_1", "Webhook-Timestamp": str(int(at.timestamp())), "Webhook-Signature": signature}
    assert verify_webhook(secret, headers, body) == {"seq": 1}
    with pytest.raises(NotGenuine):
        verify_webhook(secret, headers, b'{"seq": 2}')


@pytest.mark.parametrize("size", [0, 1, 2, 3, 8, 1001])
def test_the_client_reckons_roots_as_the_platform_does(size: int) -> None:
    leaves = [(seq, verifier.record_hash({"seq": seq})) for seq in range(size)]
    assert mingchu_client.merkle_root(leaves) == verifier.merkle_root([verifier.record_hash([s, h]) for s, h in leaves])


def test_the_example_mirrors_everything_and_can_be_stopped(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "mingchu_client", mingchu_client)
    from api.client.mirror import mirror  # noqa: PLC0415 - it imports the client by the name under which it is installed

    announce_task(rig.store, rig.a, 3)
    with sqlite3.connect(":memory:") as db, client_of(rig, rig.keys.regulator_a) as client:
        mirror(client, db, follow=False)
        announce_task(rig.store, rig.a, 2)
        mirror(client, db, follow=False)
        assert [seq for (seq,) in db.execute("SELECT seq FROM event ORDER BY seq")] == [1, 2, 3, 4, 5]
