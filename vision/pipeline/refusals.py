"""Count the frames of each camera that can't be judged, with occasional samples, so that no frame is lost silently."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingest.topics import Topic
from models.base.errors import Invalid, PictureTooCostly, PictureTooLarge
from models.store import Write, conditions, quarantine
from models.store.devices import Route

SAMPLE_EVERY = timedelta(minutes=10)
"""Interval between quarantined samples of the same refusal of the same camera."""
MOST_SAMPLES = 64
"""Most samples that wait for the database; at half a MiB each they must not accumulate while it is unavailable."""
ASIDE_FIRST, ASIDE_LONGEST = timedelta(minutes=1), timedelta(minutes=16)
"""How long a camera is ignored after a malicious picture; each further one doubles the time, up to the second."""
FORGIVEN_AFTER = timedelta(hours=1)
TOO_SLOW_S = 2.0
"""A frame within the bounds decodes in 0.2 s; one that takes this long (seconds) has evaded them."""
UNREADABLE, SET_ASIDE = "unreadable", "set_aside"
RETAINED = "frame_retained"
_HURTS = (PictureTooLarge, PictureTooCostly)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The refused frames of one camera since they were last stored; `reason` is a code of the ledger."""

    count: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One refused frame for the quarantine."""

    route: Route
    reason: str
    detail: str
    payload: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class _Aside:
    until: datetime
    lasting: timedelta


class RefusalBook:
    """The refusals of one process; several threads add to it. Bounded by cameras × reasons."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refused: dict[str, Refused] = {}
        self._samples: list[Sample] = []
        self._sampled: dict[tuple[str, str], datetime] = {}
        self._aside: dict[str, _Aside] = {}
        self._written: tuple[Mapping[str, Refused], int] = ({}, 0)

    def note(self, route: Route, payload: bytes, error: Invalid, *, at: datetime) -> None:
        """Add a refused frame of a camera; after a malicious one, ignore the camera for a while."""
        with self._lock:
            if isinstance(error, _HURTS):
                self._set_aside(route.device_id, at=at)
            self._count(route.device_id, SET_ASIDE if self._is_aside(route.device_id, at) else UNREADABLE, at)
            self._sample(route, error.code, str(error), payload, at=at)

    def note_retained(self, route: Route, payload: bytes, *, at: datetime) -> None:
        """Add a retained frame: it is not a present picture, and no sign that the camera is online."""
        detail = "the broker retained this frame, so it is not a present picture; publish frames without retain"
        with self._lock:
            self._sample(route, RETAINED, detail, payload, at=at)

    def passed_over(self, device_id: str, *, at: datetime) -> bool:
        """Return whether a camera is ignored now; its frame then counts as refused without decoding."""
        with self._lock:
            aside = self._is_aside(device_id, at)
            if aside:
                self._count(device_id, SET_ASIDE, at)
            return aside

    def write(self, w: Write) -> None:
        """Store the refusals and the samples."""
        with self._lock:
            refused, samples = dict(self._refused), list(self._samples)
        if refused:
            conditions.frames_refused(w, {name: (r.count, r.reason, r.at) for name, r in refused.items()})
        for sample in samples:
            where = sample.route
            topic = Topic(
                tenant=where.tenant_id, site=where.site_id, node=where.node_id, device=where.device_id, kind="frame"
            )
            quarantine.quarantine(
                w,
                topic=str(topic),
                payload=sample.payload,
                reason=sample.reason,
                detail=sample.detail,
                at=sample.at,
                sender=where,
            )
        self._written = refused, len(samples)

    def written(self) -> None:
        """Clear the buffer after a commit, except what was added since."""
        refused, samples = self._written
        self._written = ({}, 0)
        with self._lock:
            del self._samples[:samples]
            for name, stored in refused.items():
                now = self._refused[name]
                if now.count == stored.count:
                    del self._refused[name]
                else:
                    self._refused[name] = replace(now, count=now.count - stored.count)

    def _set_aside(self, device_id: str, *, at: datetime) -> None:
        before = self._aside.get(device_id)
        if before is not None and before.until <= at < before.until + FORGIVEN_AFTER:
            lasting = min(2 * before.lasting, ASIDE_LONGEST)
        elif before is not None and at < before.until:
            return
        else:
            lasting = ASIDE_FIRST
        self._aside[device_id] = _Aside(at + lasting, lasting)

    def _is_aside(self, device_id: str, at: datetime) -> bool:
        aside = self._aside.get(device_id)
        # After the clock was set back, a camera must not be ignored for ever.
        return aside is not None and aside.until - aside.lasting <= at < aside.until

    def _count(self, device_id: str, reason: str, at: datetime) -> None:
        before = self._refused.get(device_id)
        self._refused[device_id] = Refused(count=1 if before is None else before.count + 1, reason=reason, at=at)

    def _sample(self, route: Route, reason: str, detail: str, payload: bytes, *, at: datetime) -> None:
        key = route.device_id, reason
        last = self._sampled.get(key)
        due = last is None or abs(at - last) >= SAMPLE_EVERY
        if due and len(self._samples) < MOST_SAMPLES:
            self._sampled[key] = at
            self._samples.append(Sample(route=route, reason=reason, detail=detail, payload=payload, at=at))
