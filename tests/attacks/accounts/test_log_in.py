"""Guessing passwords is slow, and guessing them closes nobody else's door."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from api.access.throttle import Admitted, Pace, Paces, Refused, Throttle, network_of
from api.settings import ApiSettings
from models.store import Store
from tests.support.http import Rig, TestClient, running_app
from tests.support.people import PASSWORD

WRONG = "wrong password"


@pytest.fixture
def rig(store: Store, api_store: Store, database_url: str, tmp_path: Path) -> Iterator[Rig]:
    with running_app(store, api_store, database_url, tmp_path / "evidence") as found:
        found.app.state.mingchu.throttle = Throttle(ApiSettings(login_pace=timedelta(seconds=0.5)).paces())
        yield found


def at(rig: Rig, address: str) -> TestClient:
    return TestClient(rig.app, client=(address, 50000), follow_redirects=False)


def log_in(client: TestClient, login: str, password: str = PASSWORD) -> int:
    return client.post("/login", data={"login": login, "password": password}).status_code


def test_two_hundred_invented_names_lock_no_user_out(rig: Rig) -> None:
    attacker = at(rig, "203.0.113.9")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda i: log_in(attacker, f"made-up-{i}", WRONG), range(200)))
    assert set(answers) <= {401, 429}
    assert log_in(at(rig, "198.51.100.7"), "regulator-a") == 303
    assert log_in(attacker, "regulator-b") == 303  # even from the attacker's address, after a wait


def test_wrong_passwords_of_a_victim_do_not_keep_the_victim_out(rig: Rig) -> None:
    attacker = at(rig, "203.0.113.9")
    for _ in range(14):
        assert log_in(attacker, "regulator-a", WRONG) in {401, 429}
    assert log_in(at(rig, "198.51.100.7"), "regulator-a") == 303
    assert log_in(attacker, "regulator-a") == 303


def test_a_victim_behind_the_attackers_own_address_gets_in_by_the_browser_that_knows_them(rig: Rig) -> None:
    victim, attacker = at(rig, "203.0.113.9"), at(rig, "203.0.113.9")
    assert log_in(victim, "regulator-a") == 303
    stop = threading.Event()

    def hammer() -> None:
        while not stop.is_set():
            log_in(attacker, "regulator-a", WRONG)

    with ThreadPoolExecutor(30) as pool:
        for _ in range(30):
            pool.submit(hammer)
        try:
            victim.cookies.delete("mingchu_session")
            assert log_in(victim, "regulator-a") == 303
        finally:
            stop.set()


def test_ten_right_log_ins_at_once_work(rig: Rig) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: log_in(at(rig, "198.51.100.7"), "regulator-a"), range(10)))
    assert answers == [303] * 10


def test_a_browser_that_one_account_used_opens_no_other(rig: Rig) -> None:
    thief = at(rig, "203.0.113.9")
    assert log_in(thief, "enterprise-a") == 303
    paces = ApiSettings().paces()
    admitted = rig.app.state.mingchu.throttle
    for _ in range(paces.account_here.burst + 22):
        log_in(thief, "regulator-a", WRONG)
    # Its cookie is of another account, so the pace of strangers held.
    assert any("regulator-a at 203.0.113.9" in key for key in admitted._gate._free_at)


def test_a_refusal_states_when_to_try_again(rig: Rig) -> None:
    rig.app.state.mingchu.throttle = Throttle(ApiSettings(login_tries=1, login_pace=timedelta(seconds=60)).paces())
    client = at(rig, "203.0.113.9")
    assert log_in(client, "regulator-a", WRONG) == 401
    answer = client.post("/login", data={"login": "regulator-a", "password": WRONG})
    assert (answer.status_code, int(answer.headers["retry-after"])) == (429, 51)
    page = client.post("/login", data={"login": "regulator-a", "password": WRONG}, headers={"Accept": "text/html"})
    assert "请 51 秒后再试" in page.text


PACES = Paces(account_here=Pace(burst=3, every_s=5), address=Pace(burst=6, every_s=1), account=Pace(burst=5, every_s=2))


def test_tries_come_at_once_then_paced_then_not_at_all() -> None:
    throttle = Throttle(PACES)
    waits = [throttle.admit("a", "192.0.2.1", None, now=100.0) for _ in range(6)]
    assert [w.wait_s if isinstance(w, Admitted) else None for w in waits] == [0, 0, 0, 5, 10, None]
    assert isinstance(waits[-1], Refused)
    assert isinstance(throttle.admit("a", "192.0.2.1", None, now=106.0), Admitted)


def test_a_right_password_does_not_count_as_an_attempt() -> None:
    throttle = Throttle(PACES)
    for _ in range(100):
        admitted = throttle.admit("a", "192.0.2.1", None, now=100.0)
        assert isinstance(admitted, Admitted)
        assert admitted.wait_s == 0
        throttle.give_back(admitted)


def test_many_addresses_make_the_owner_wait_three_seconds_at_most_and_a_known_browser_not_at_all() -> None:
    throttle = Throttle(PACES)
    for i in range(200):
        throttle.admit("a", f"192.0.2.{i}", None, now=100.0)
    owner = throttle.admit("a", "198.51.100.1", None, now=100.0)
    assert isinstance(owner, Admitted)
    assert owner.wait_s == 3.0
    known = throttle.admit("a", "198.51.100.1", "digest", now=100.0)
    assert known == Admitted(0.0, (("device digest", 5),))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "unknown"),
    ],
)
def test_one_customer_is_one_source(address: str, expected: str) -> None:
    assert network_of(address) == expected
