"""Clips on command: wait until the time has passed, cut from the ring, upload, answer. Continues after a restart."""

import queue
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import structlog

from ingest.agent.child import write_clip
from ingest.agent.clip_store import ClipRecord, ClipStore
from ingest.agent.ring import Ring
from ingest.agent.upload import TIMEOUT_S, AddressUnknown, ClipFile, UploadInterrupted, UploadRefused, clip_file, upload
from ingest.payloads.command import ClipCommand, done, parse_clip, refused
from ingest.video import children
from ingest.video.remux import Material
from models.base.backoff import Backoff
from models.base.clock import Clock, rfc3339
from models.base.errors import Invalid, MingchuError

log = structlog.get_logger()

AFTER_END = timedelta(seconds=1)
LOOK_EVERY_S = 0.2
WRITE_S = 30.0
UPLOADERS = 2
RETRY = Backoff(first_s=2.0, longest_s=30.0)
UNKNOWN_TRIES = 3

Answer = Callable[[str, bytes], bool]


@dataclass(slots=True)
class _Retry:
    """When to retry an upload, in monotonic seconds."""

    at: float = 0.0
    failures: int = 0
    unknown: int = 0
    busy: bool = False


class ClipCutter:
    """Receives commands on the network thread and works on threads of its own.

    One thread cuts, so that a slow line never lets a clip fall out of the ring; two threads upload.

    Args:
        answer: publishes the answer of a device; returns whether it was sent.
        authority: the certificate (PEM) by which the API is checked; None: the public authorities.
    """

    def __init__(
        self, store: ClipStore, rings: Mapping[str, Ring], *, answer: Answer, clock: Clock, authority: str | None = None
    ) -> None:
        self._store, self._rings, self._answer, self._clock = store, rings, answer, clock
        self._incoming: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._records: dict[UUID, ClipRecord] = {record.id: record for record in store.load()}
        self._retries: dict[UUID, _Retry] = {}
        self._stop = threading.Event()
        self._client = httpx.Client(
            timeout=TIMEOUT_S,
            follow_redirects=False,
            verify=True if authority is None else ssl.create_default_context(cadata=authority),
        )
        self._threads = [threading.Thread(target=self._run, name="agent-clips", daemon=True)]
        for number in range(UPLOADERS):
            self._threads.append(threading.Thread(target=self._upload_loop, name=f"agent-upload-{number}", daemon=True))

    def start(self) -> None:
        """Start, with the clips that were unfinished before."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop; unfinished clips stay on disk."""
        self._stop.set()
        self._client.close()
        for thread in self._threads:
            thread.join(5)

    def command(self, device: str, payload: bytes) -> None:
        """Queue a command; called on the network thread."""
        self._incoming.put((device, payload))

    def tell_again(self) -> None:
        """Send the answers that were not sent; called when the line is back."""
        self._incoming.put(("", b""))

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                self._look()
            except Exception:  # for example a folder that can't be written to; the next clip may succeed
                log.exception("work on clips failed")

    def _look(self) -> None:
        while not self._incoming.empty():
            self._take(*self._incoming.get())
        for record in self._in("waiting"):
            self._cut_if_over(record)
        self._forget_old()

    def _in(self, state: str) -> list[ClipRecord]:
        with self._lock:
            return [record for record in self._records.values() if record.state == state]

    def _put(self, record: ClipRecord) -> None:
        try:
            self._store.save(record)
        except OSError as error:  # with a full disk the clip is forgotten at a restart, but not lost now
            log.warning("clip record can't be written", clip=str(record.id), why=error.strerror)
        with self._lock:
            self._records[record.id] = record

    def _take(self, device: str, payload: bytes) -> None:
        if not device:
            for record in self._in("answered"):
                if not record.told:
                    self._tell(record)
            return
        try:
            command = parse_clip(payload)
        except Invalid as error:
            log.warning("command can't be read", device=device, error=str(error))
            return
        known = self._records.get(command.id)
        if known is None:
            self._begin(device, command)
        elif known.state == "answered":
            self._tell(known)
        else:  # repeated command for an unfinished clip: use the newer address
            self._put(known.model_copy(update=_address(command)))

    def _begin(self, device: str, command: ClipCommand) -> None:
        record = ClipRecord(id=command.id, device=device, start=command.start, end=command.end, **_address(command))
        log.info("clip requested", clip=str(record.id), device=device)
        if command.expires_at <= self._clock.now():
            self._finish(record, error="the command has expired; check this node's clock")
        elif device not in self._rings:
            self._finish(record, error=f"device {device} is no camera of this node")
        else:
            self._put(record)

    def _cut_if_over(self, record: ClipRecord) -> None:
        now = self._clock.now()
        if now < record.end + AFTER_END:
            return
        try:
            self._put(self._cut(record))
        except MingchuError as error:
            self._finish(record, error=str(error))
        except OSError as error:
            self._finish(record, error=f"the clip could not be kept on this node: {error.strerror}")

    def _cut(self, record: ClipRecord) -> ClipRecord:
        ring = self._rings.get(record.device)
        if ring is None:
            raise Invalid(f"device {record.device} is no camera of this node")
        cut = ring.cut(record.start, record.end)
        self._make_room(sum(len(packet.data) for packet in cut.material.packets))
        draft = self._store.draft(record)
        _write(cut.material, draft)
        start, end = rfc3339(cut.start), rfc3339(cut.end)
        clip = clip_file(draft, start=start, end=end, codec=cut.material.codec)
        self._store.keep(record)
        return record.model_copy(
            update={
                "state": "written",
                "sha256": clip.sha256,
                "size": clip.size,
                "clip_start": start,
                "clip_end": end,
                "codec": clip.codec,
            }
        )

    def _make_room(self, wanted: int) -> None:
        """Drop the oldest waiting clips if there is no room for a new one."""
        waiting = sorted(self._in("written"), key=lambda record: record.end)
        while self._store.used_bytes() + wanted > self._store.max_bytes:
            if not waiting:
                raise Invalid(f"no room for a clip of {wanted} bytes: clips_bytes is {self._store.max_bytes}")
            self._finish(waiting.pop(0), error="dropped for newer clips: no room on this node")

    def _upload_loop(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            record = self._next_upload()
            if record is None:
                continue
            try:
                self._bring(record)
            except Exception:
                log.exception("clip upload failed", clip=str(record.id))

    def _next_upload(self) -> ClipRecord | None:
        now = time.monotonic()
        with self._lock:
            for record in self._records.values():
                retry = self._retries.setdefault(record.id, _Retry())
                if record.state == "written" and not retry.busy and retry.at <= now:
                    retry.busy = True
                    return record
        return None

    def _bring(self, record: ClipRecord) -> None:
        retry = self._retries[record.id]
        try:
            if record.expires_at <= self._clock.now():
                self._finish(record, error="the clip could not be uploaded in time")
                return
            upload(self._client, record.upload_url, self._file_of(record))
        except UploadInterrupted as error:
            retry.failures += 1
            # A command with a newer address may still arrive.
            retry.unknown = retry.unknown + 1 if isinstance(error, AddressUnknown) else 0
            if retry.unknown == UNKNOWN_TRIES:
                self._finish(record, error=str(error))
                return
            retry.at = time.monotonic() + RETRY.wait_s(retry.failures)
            log.warning("upload interrupted", clip=str(record.id), why=str(error), failures=retry.failures)
        except (UploadRefused, OSError) as error:
            self._finish(record, error=str(error) if isinstance(error, UploadRefused) else "the clip's file is gone")
        else:
            log.info("clip uploaded", clip=str(record.id), device=record.device, bytes=record.size)
            self._finish(record, error=None)
        finally:
            retry.busy = False

    def _file_of(self, record: ClipRecord) -> ClipFile:
        return ClipFile(
            path=self._store.file(record),
            sha256=record.sha256,
            size=record.size,
            start=record.clip_start,
            end=record.clip_end,
            codec=record.codec,
        )

    def _finish(self, record: ClipRecord, *, error: str | None) -> None:
        if error is not None:
            log.warning("clip refused", clip=str(record.id), device=record.device, why=error)
        finished = record.model_copy(update={"state": "answered", "error": error, "upload_url": ""})
        self._put(finished)
        self._store.drop_file(finished)
        self._tell(finished)

    def _tell(self, record: ClipRecord) -> None:
        told = self._answer(record.device, _words(record))
        if told != record.told:
            self._put(record.model_copy(update={"told": told}))

    def _forget_old(self) -> None:
        now = self._clock.now()
        for record in self._in("answered"):
            if self._store.forgettable(record, at=now):
                self._store.forget(record)
                with self._lock:
                    self._records.pop(record.id, None)
                    self._retries.pop(record.id, None)


def _address(command: ClipCommand) -> dict[str, str | datetime]:
    return {"upload_url": str(command.upload_url), "expires_at": command.expires_at}


def _words(record: ClipRecord) -> bytes:
    if record.error is not None:
        return refused(record.id, record.error)
    return done(
        record.id,
        {
            "sha256": record.sha256,
            "bytes": record.size,
            "start": record.clip_start,
            "end": record.clip_end,
            "codec": record.codec,
        },
    )


def _write(material: Material, path: Path) -> None:
    """Write a clip in a process of its own, which is killed if it takes too long.

    Raises:
        Invalid: the clip could not be written.
    """
    process, connection = children.start(write_clip, material, path, name="clip")
    try:
        if not connection.poll(WRITE_S):
            raise Invalid(f"the clip could not be written within {WRITE_S:g} s")
        error = connection.recv_bytes().decode(errors="replace")
    except EOFError:
        error = "its writer ended early"
    finally:
        children.end(process, connection)
    if error:
        raise Invalid(f"the clip could not be written: {error}")
