"""Many nodes that speak over few connections, as a gateway would, with an account that may write for all."""

import itertools
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ingest.mqtt import Login, MqttLink
from ingest.payloads.senml import Reading, render
from models.store.synthetic_province import DEVICES, site_of

CONNECTIONS = 4
BURST = 500
TIMEOUT_S = 120.0


@dataclass(slots=True)
class Speakers:
    """The nodes of the kitchens 0 … `sites` - 1 of a synthetic province."""

    url: str
    user: str
    secret: str
    tenant: str
    sites: int = 1
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def speak(self, messages: int) -> None:
        """Publish readings, one a message, from the nodes in turn; return when the broker has acknowledged all.

        Raises:
            RuntimeError: the broker refuses the connections, or acknowledges nothing.
        """
        parts = [range(n, messages, CONNECTIONS) for n in range(CONNECTIONS)]
        failed: list[str] = []
        begin = datetime.now(UTC) - timedelta(hours=1)

        def play(index: int, part: range) -> None:
            try:
                self._play(f"speaker-{index}", part, begin)
            except RuntimeError as error:
                failed.append(str(error))

        threads = [threading.Thread(target=play, args=each) for each in enumerate(parts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise RuntimeError(failed[0])

    def _play(self, client_id: str, part: range, begin: datetime) -> None:
        done = threading.Semaphore(0)
        login = Login(url=self.url, client_id=client_id, username=self.user, password=self.secret)
        with MqttLink(login, on_published=lambda _mid, _ok: done.release(), keep_session=False) as link:
            if not link.connected.wait(TIMEOUT_S):
                raise RuntimeError(f"the broker refuses the speakers: {link.refusals}")
            for sent, number in enumerate(part):
                self._publish(link, number % self.sites, at=begin + timedelta(milliseconds=number // self.sites))
                if sent >= BURST and not done.acquire(timeout=TIMEOUT_S):
                    raise RuntimeError("the broker acknowledges nothing")
            for _ in range(min(BURST, len(part))):
                if not done.acquire(timeout=TIMEOUT_S):
                    raise RuntimeError("the broker acknowledges nothing")

    def say(self, number: int, *, at: datetime) -> None:
        """Publish one reading of one node's last device."""
        login = Login(url=self.url, client_id="speaker-one", username=self.user, password=self.secret)
        done = threading.Event()
        with MqttLink(login, on_published=lambda _mid, _ok: done.set(), keep_session=False) as link:
            if not link.connected.wait(TIMEOUT_S):
                raise RuntimeError(f"the broker refuses the speaker: {link.refusals}")
            self._publish(link, number, at=at)
            done.wait(TIMEOUT_S)

    def _publish(self, link: MqttLink, number: int, *, at: datetime) -> None:
        device = f"d{number:06}-{DEVICES - 1}"
        topic = f"mingchu/v1/{self.tenant}/{site_of(number)}/n{number:06}/{device}/reading"
        payload = render([Reading("fridge_temp", at, 4.0)], session=1, seq=next(self._numbers))
        link.publish(topic, payload, qos=1)
