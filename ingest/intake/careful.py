"""Store a batch so that no message in it can keep the others out, or be redelivered for ever."""

import hashlib
import time
from collections.abc import Callable, Sequence

import structlog

from ingest.intake.admission import Admission
from ingest.intake.sorting import Refusal, Sorted, Sorter, utc_of
from ingest.intake.storing import store_batch
from ingest.mqtt import Incoming
from models.base.clock import Clock
from models.base.errors import LeaseLost, MingchuError, StoreRefused, StoreUnavailable
from models.store import Store, Write, feed, quarantine

log = structlog.get_logger()

MOST_TOGETHER = 2
"""A message with more deliveries than this is stored alone, because it may be the cause."""
MOST_ALONE = 3
"""A message that ended the process this often while stored alone is quarantined unread."""
_ALONE = "alone "
PATIENCE = 3
"""Number of connection failures of a batch while the database answers; then the batch is split."""


def open_to_all(_w: Write) -> None:
    """Let every transaction pass: there is only one process."""


class CarefulStoring:
    """Stores messages in as few transactions as their content allows.

    A batch that the database refuses is halved until the faulty message stands alone; that message is quarantined. A
    message that ended the process at each delivery is recognised by its hash, and quarantined without being parsed.

    Args:
        store: where messages go.
        sorter: reads them.
        admission: says which refused ones may be kept.
        clock: the platform's.
        fence: called last in each transaction that stores messages; raises `LeaseLost` if another process stores them.
    """

    def __init__(
        self,
        store: Store,
        sorter: Sorter,
        admission: Admission,
        *,
        clock: Clock,
        fence: Callable[[Write], None] = open_to_all,
    ) -> None:
        self._fence = fence
        self._store_pool, self._sorter, self._admission, self._clock = store, sorter, admission, clock
        self._failures = 0
        self._fatal: set[str] | None = None

    def store(self, messages: Sequence[Incoming]) -> list[Sorted]:
        """Store all messages, or quarantine those that can't be stored. Return the sorted batches.

        Raises:
            StoreUnavailable: the database does not answer; nothing may be acknowledged.
        """
        repeated = [_hash(message) for message in messages if message.repeated]
        suspects = (self._suspects(repeated) if repeated else set()) | self._known_fatal()
        alone = {id(m) for m in messages if suspects and _hash(m) in suspects}
        try:
            stored = self._store_apart([m for m in messages if id(m) not in alone])
            stored += [self._store_alone(m) for m in messages if id(m) in alone]
            if repeated:
                self._forget(repeated)
        except StoreUnavailable:
            self._failures += self._database_answers()
            raise
        self._failures = 0
        return stored

    def _suspects(self, hashes: Sequence[str]) -> set[str]:
        """Note one more try of each message; return hashes of those that were often tried together with others."""
        tries = self._note_tries(hashes)
        return {name for name, count in tries.items() if count > MOST_TOGETHER}

    def _store_alone(self, message: Incoming) -> Sorted:
        """Store a suspect. The try is committed before, so that if this ends the process, the next one knows."""
        key = f"{_ALONE}{_hash(message)}"
        tries = self._note_tries([key])[key]
        if tries > MOST_ALONE:
            detail = f"intake ended {MOST_ALONE} times while it was storing this message alone"
            stored = self._set_aside(message, "failed_repeatedly", detail, read=False)
            self._known_fatal().add(_hash(message))
        else:
            stored = self._store_apart([message])[0]
            self._forget([key])
        return stored

    def _known_fatal(self) -> set[str]:
        """Return hashes of messages that ended intake before; sent again, they are quarantined at once."""
        if self._fatal is None:
            with self._store_pool.read() as r:
                tried = quarantine.attempts_over(r, prefix=_ALONE, tries=MOST_ALONE)
            self._fatal = {key.removeprefix(_ALONE) for key in tried}
        return self._fatal

    def _note_tries(self, keys: Sequence[str]) -> dict[str, int]:
        with self._store_pool.write() as w:
            return quarantine.note_attempts(w, keys, at=self._clock.now())

    def _forget(self, keys: Sequence[str]) -> None:
        with self._store_pool.write() as w:
            quarantine.forget_attempts(w, keys)

    def _store_apart(self, messages: Sequence[Incoming]) -> list[Sorted]:
        if not messages:
            return []
        try:
            return [self._store(messages)]
        except LeaseLost:
            raise
        except StoreUnavailable as error:
            if self._failures < PATIENCE or not self._database_answers():
                raise
            cause: Exception = error
        except Exception as error:  # noqa: BLE001 - no message's content may end intake
            cause = error
        if len(messages) == 1:
            log.warning("message refused", topic=messages[0].topic[:200], error=_in_words(cause))
            reason = "store_refused" if isinstance(cause, StoreRefused | StoreUnavailable) else "not_understood"
            return [self._set_aside(messages[0], reason, _in_words(cause))]
        half = len(messages) // 2
        log.warning("batch refused, storing its halves", messages=len(messages), error=_in_words(cause))
        return self._store_apart(messages[:half]) + self._store_apart(messages[half:])

    def _database_answers(self) -> bool:
        try:
            with self._store_pool.read() as r:
                feed.revision(r)
        except StoreUnavailable:
            return False
        return True

    def _store(self, messages: Sequence[Incoming]) -> Sorted:
        batch = self._sorted(messages)
        with self._store_pool.write() as w:
            batch.outcome = store_batch(w, batch, at=self._clock.now())
            self._fence(w)  # last, so that its lock is short
        return batch

    def _sorted(self, messages: Sequence[Incoming]) -> Sorted:
        batch = Sorted()
        now, now_monotonic = self._clock.now(), time.monotonic()
        for message in messages:
            at = utc_of(message.received_monotonic, now=now, now_monotonic=now_monotonic)
            self._sorter.sort(message, at=at, into=batch)
        batch.whole = len(messages) - len({id(refusal.message) for refusal in batch.refusals})
        batch.refusals = [refusal for refusal in batch.refusals if self._admission.may_be_kept(refusal)]
        return batch

    def _set_aside(self, message: Incoming, reason: str, detail: str, *, read: bool = True) -> Sorted:
        """Quarantine a message, by its hash alone if its content can't be kept, and then note its number.

        Uses transactions of their own, so that the message cannot block its own quarantine entry.
        """
        refused = Sorted(refusals=[Refusal(message, reason, detail, self._sorter.sender_of(message))])
        try:
            with self._store_pool.write() as w:
                store_batch(w, refused, at=self._clock.now())
                self._fence(w)
        except (LeaseLost, StoreUnavailable):
            raise
        except Exception as error:
            log.exception("quarantined by its hash only")
            self._set_aside_by_hash(message, reason, error)
        if read:
            self._note_number(message, refused)
        else:
            self._sorter.number_unread(message, into=refused)
        return refused

    def _set_aside_by_hash(self, message: Incoming, reason: str, error: Exception) -> None:
        try:
            with self._store_pool.write() as w:
                detail = f"message with sha256 {_hash(message)}; {type(error).__name__} when its content was to be kept"
                at = self._clock.now()
                quarantine.quarantine(
                    w, topic="mingchu/-", payload=b"", reason=reason, detail=detail, at=at, sender=None
                )
        except StoreUnavailable:
            raise
        except Exception as failed:
            raise StoreUnavailable(f"the quarantine can't be written either: {failed}") from failed

    def _note_number(self, message: Incoming, refused: Sorted) -> None:
        """Note a refused message's number, so that a node with a spool stops sending it. The number may be faulty."""
        try:
            numbered = self._sorted([message])
            refused.numbers, refused.heard = numbered.numbers, numbered.heard
            with self._store_pool.write() as w:
                store_batch(w, Sorted(numbers=numbered.numbers, heard=numbered.heard), at=self._clock.now())
                self._fence(w)
        except (LeaseLost, StoreUnavailable):
            raise
        except Exception as error:  # noqa: BLE001 - it is quarantined already, and its number may be the fault
            log.warning("number of refused message can't be stored", topic=message.topic[:200], error=_in_words(error))


def _hash(message: Incoming) -> str:
    return hashlib.sha256(message.topic.encode("utf-8", "replace") + b"\x00" + message.payload).hexdigest()


def _in_words(error: Exception) -> str:
    return str(error) if isinstance(error, MingchuError) else f"{type(error).__name__}: {error}"
