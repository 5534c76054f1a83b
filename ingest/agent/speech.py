"""The loudspeaker: plays the platform's messages with a program of the site's choice."""

import queue
import subprocess
import threading
from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

import structlog

from ingest.agent.config import SpeakerConfig
from ingest.payloads.command import SpeakCommand, done, parse_speak, refused
from models.base.clock import Clock
from models.base.errors import Invalid

log = structlog.get_logger()

MOST_WAITING = 8
_REMEMBERED = 500


class Speaker:
    """Plays one message at a time, on a thread of its own.

    The text goes to the program's standard input and is never part of its arguments. A repeated command is played once
    and answered again.

    Args:
        answer: sends an answer to the platform; returns whether it was sent.
    """

    def __init__(self, config: SpeakerConfig, *, answer: Callable[[str, bytes], bool], clock: Clock) -> None:
        self._config, self._answer, self._clock = config, answer, clock
        self._waiting: queue.Queue[tuple[str, SpeakCommand] | None] = queue.Queue(MOST_WAITING)
        self._known: OrderedDict[UUID, bytes | None] = OrderedDict()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="speaker", daemon=True)

    def start(self) -> None:
        """Start playing."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the message that is being played."""
        while True:
            try:
                self._waiting.get_nowait()
            except queue.Empty:
                break
        self._waiting.put(None)
        self._thread.join(self._config.timeout_s + 1)

    def command(self, device: str, payload: bytes) -> None:
        """Take a command, on the network thread."""
        try:
            command = parse_speak(payload)
        except Invalid as error:
            log.warning("command can't be read", error=str(error))
            return
        with self._lock:
            again = command.id in self._known
            answer = self._known.get(command.id)
            if not again:
                self._known[command.id] = None
                while len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
        if again:
            if answer is not None:
                self._answer(device, answer)
            return
        try:
            self._waiting.put_nowait((device, command))
        except queue.Full:
            self._settle(device, command, error=f"{MOST_WAITING} messages wait already")

    def _run(self) -> None:
        while (taken := self._waiting.get()) is not None:
            device, command = taken
            try:
                self._settle(device, command, error=self._play(command))
            except Exception:  # the next message may succeed
                log.exception("message could not be played", speech=str(command.id))

    def _play(self, command: SpeakCommand) -> str | None:
        """Play a message; return why it failed, None if it was played."""
        if self._clock.now() >= command.expires_at:
            return "expired before it could be played"
        try:
            ended = subprocess.run(  # noqa: S603 - the program stands in this node's own configuration
                self._config.command,
                input=command.text.encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=self._config.timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"the program did not end within {self._config.timeout_s:g} s"
        except OSError as error:
            return f"the program can't be started: {error.strerror}"
        return None if ended.returncode == 0 else f"the program ended with {ended.returncode}"

    def _settle(self, device: str, command: SpeakCommand, *, error: str | None) -> None:
        payload = done(command.id, {}) if error is None else refused(command.id, error)
        with self._lock:
            self._known[command.id] = payload
        self._answer(device, payload)
        if error is None:
            log.info("message played", speech=str(command.id))
        else:
            log.warning("message not played", speech=str(command.id), why=error)
