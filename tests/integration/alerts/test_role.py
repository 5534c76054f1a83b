"""The alerts role as a process runs it: its kinds of work beside each other."""

import threading
from datetime import datetime

import pytest

from alerts import role
from alerts.duties.warnings.evaluating import evaluate_due
from models.store import Store, Write, feed
from models.store.listen import Listener
from tests.integration.alerts.test_from_finding_to_closed import AT, add_violation
from tests.support.waiting import wait_for
from tests.support.world import seed_world


def test_an_alert_does_not_wait_for_the_evaluation_of_duties(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbered, evaluating, stop = threading.Event(), threading.Event(), threading.Event()

    def slowly(w: Write, *, at: datetime) -> int:
        evaluating.set()
        assert numbered.wait(120), "the alert waits for the warnings of a province"
        return evaluate_due(w, at=at)

    def sequenced() -> bool:
        with store.read() as r:
            return any(event.type == "mingchu.alert.opened" for event in feed.newest_events(r, limit=20))

    monkeypatch.setattr(role, "evaluate_due", slowly)
    kitchen, _ = seed_world(store)
    with Listener(database_url, role.CHANNELS) as listener:
        work = threading.Thread(target=role.run, args=(store, listener), kwargs={"stop": stop})
        work.start()
        try:
            wait_for(evaluating.is_set)
            add_violation(store, kitchen, at=AT)
            wait_for(sequenced)
        finally:
            numbered.set()
            stop.set()
            work.join()
