"""Pictures that the network thread has not written yet: on a slow line old ones must not fill the memory."""

import threading
from collections import Counter
from collections.abc import Callable

PER_DEVICE = 2


class Unsent:
    """Counts a device's pictures between publishing and writing; at most `PER_DEVICE` may wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._devices: dict[int, str] = {}
        self._waiting: Counter[str] = Counter()

    def hand_over(self, device: str, publish: Callable[[], int | None]) -> bool:
        """Publish, unless too many of this device wait; return whether it did. `publish` returns the message's id.

        Holds the lock meanwhile, so that `written` can't run before the id is known.
        """
        with self._lock:
            if self._waiting[device] >= PER_DEVICE:
                return False
            mid = publish()
            if mid is None:
                return False
            self._devices[mid] = device
            self._waiting[device] += 1
            return True

    def written(self, mid: int, _accepted: bool) -> None:  # noqa: FBT001 - the link's callback
        """Note that the network thread wrote a message; ignores messages that are no pictures."""
        with self._lock:
            device = self._devices.pop(mid, None)
            if device is not None:
                self._waiting[device] -= 1

    def forget(self) -> None:
        """Forget the waiting pictures, because the connection is new."""
        with self._lock:
            self._devices.clear()
            self._waiting.clear()
