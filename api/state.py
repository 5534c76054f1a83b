"""What the app holds for its requests."""

import threading
from dataclasses import dataclass, field

from fastapi import Request

from api.settings import ApiSettings
from models.clock import Clock
from models.evidence_files import EvidenceFiles
from models.store import Store
from models.store.listen import Listener


@dataclass(slots=True, kw_only=True)
class App:
    """Made once by `create_app`, the same for every request."""

    store: Store
    files: EvidenceFiles
    clock: Clock
    settings: ApiSettings
    news: "News"


@dataclass(slots=True)
class News:
    """Lets long polls wait for events; a bounded number of them."""

    listener: Listener
    waiters: threading.BoundedSemaphore
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, timeout_s: float) -> bool:
        """Wait for an event or the timeout; False at once when too many wait already."""
        if not self.waiters.acquire(blocking=False):
            return False
        try:
            with self.changed:
                return self.changed.wait(timeout_s)
        finally:
            self.waiters.release()

    def pump(self, stop: threading.Event) -> None:
        """Pass the database's notifications on to all who wait; runs on a thread of its own."""
        while not stop.is_set():
            if self.listener.wait(0.5):
                with self.changed:
                    self.changed.notify_all()


def app_of(request: Request) -> App:
    """The app's state."""
    found = request.app.state.mingchu
    if not isinstance(found, App):
        raise TypeError("the app was not made by create_app")
    return found
