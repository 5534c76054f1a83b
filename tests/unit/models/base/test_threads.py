"""Secondary work of a role neither outlives its main work nor ends it."""

import threading

import pytest

from models.base.threads import beside
from tests.support.waiting import GENEROUS_S


def test_secondary_work_runs_until_the_block_ends() -> None:
    stop, began = threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        stop.wait()

    with beside(work, stop=stop, name="work"):
        assert began.wait(GENEROUS_S)
        assert not stop.is_set()
    assert stop.is_set()
    assert "work" not in {thread.name for thread in threading.enumerate()}


def test_secondary_work_that_fails_restarts() -> None:
    stop, third = threading.Event(), threading.Event()
    tries = iter(range(10))

    def work() -> None:
        if next(tries) < 2:
            raise OSError("disk full")
        third.set()
        stop.wait()

    with beside(work, stop=stop, name="work", again_after_s=0.01):
        assert third.wait(GENEROUS_S)


def test_failing_main_work_ends_the_secondary_work() -> None:
    stop = threading.Event()
    with pytest.raises(OverflowError), beside(stop.wait, stop=stop, name="work"):
        raise OverflowError
    assert "work" not in {thread.name for thread in threading.enumerate()}
