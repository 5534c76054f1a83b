"""A supervision platform that pulls the feed during a campaign."""

import threading
import time
from collections.abc import Callable
from itertools import pairwise

from api.client.mingchu_client import ApiError, Client
from tests.support.campaign.kept import Kept


class Reader:
    """Pulls the feed from its beginning, and keeps the number and id of each event in the order of arrival.

    After a pause it goes on at its cursor. `errors` counts what failed, by name.
    """

    def __init__(self, address: str, key: str, kept: Kept, errors: dict[str, int]) -> None:
        self._address, self._key, self._kept = address, key, kept
        self.seen, self.cursor, self.errors = kept.events(), kept.cursor(), errors
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(60)

    def _run(self) -> None:
        pause: Callable[[float], None] = lambda seconds: time.sleep(min(seconds, 1.0))  # noqa: E731 - one use
        with Client(self._address, self._key, timeout_s=10, sleep=pause) as client:
            while not self._stop.is_set():
                try:
                    for event, cursor in client.events(self.cursor, wait_s=2, follow=False):
                        arrived = None if event is None else (event["seq"], event["id"])
                        self._kept.advance(cursor, arrived)
                        if arrived is not None:
                            self.seen.append(arrived)
                        self.cursor = cursor
                except Exception as error:  # noqa: BLE001 - whatever it is, it is counted, and the reader goes on
                    name = error.code if isinstance(error, ApiError) else type(error).__name__
                    self.errors[name] = self.errors.get(name, 0) + 1
                self._stop.wait(0.5)

    def misordered(self) -> int:
        """How many events arrived again or out of order."""
        numbers = [seq for seq, _ in list(self.seen)]
        return sum(later <= earlier for earlier, later in pairwise(numbers))
