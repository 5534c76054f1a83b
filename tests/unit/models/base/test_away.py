import threading

import pytest

from models.base import away
from models.base.away import passing_over, until_there
from models.base.errors import EvidenceStoreAway, Invalid, StoreUnavailable


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(away, "PAUSE_S", 0.001)


def test_work_is_done_when_the_database_is_back() -> None:
    tries = iter([StoreUnavailable("gone"), EvidenceStoreAway("gone"), None])

    def work() -> str:
        error = next(tries)
        if error is not None:
            raise error
        return "done"

    assert until_there(work, stop=threading.Event()) == "done"


def test_waiting_ends_when_the_role_stops() -> None:
    stop = threading.Event()

    def work() -> str:
        stop.set()
        raise StoreUnavailable("gone")

    assert until_there(work, stop=stop) is None


def test_another_error_is_raised() -> None:
    def work() -> None:
        raise Invalid("wrong")

    with pytest.raises(Invalid):
        until_there(work, stop=threading.Event())
    with pytest.raises(Invalid), passing_over():
        work()


def test_a_round_is_skipped_while_the_database_is_unavailable() -> None:
    with passing_over():
        raise StoreUnavailable("gone")
