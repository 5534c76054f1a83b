"""Make films and copies beside the judge: clips from kept frames, playable copies, copies with blurred faces."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import structlog
from prometheus_client import Counter

from ingest.video.slideshow import slideshow
from models.base.apart import run_apart
from models.base.away import passing_over
from models.base.clock import Clock
from models.base.errors import EvidenceStoreAway, MingchuError, StoreUnavailable
from models.base.ids import uuid7
from models.catalogue.terms import CopyKind, EvidenceKind
from models.changes.clips import store_clip
from models.domain.clips import ClipRequest
from models.domain.evidence import Evidence, EvidenceCopy
from models.domain.place import owner_of
from models.evidence.files import EvidenceFiles
from models.store import Store, clips, evidence
from vision.engines.detector import Detector
from vision.pictures.redaction import redacted_film, redacted_still, redacted_whole
from vision.pictures.views import ViewMaker
from vision.pipeline.kept_frames import KEPT_FOR, KeptFrames

log = structlog.get_logger()

MADE = Counter("mingchu_vision_media_total", "Clips and copies made", ["what", "outcome"])
LOOK_EVERY_S = 0.5
AT_ONCE = 4
ANEW_S = 180.0
VIDEO, PICTURE = "video/mp4", "image/jpeg"
SLACK = timedelta(seconds=1)
_UPLOADED = frozenset(
    {EvidenceKind.clip, EvidenceKind.photo_after, EvidenceKind.photo_appeal, EvidenceKind.photo_visit}
)
"""Files that this platform did not make."""


class MediaMaker:
    """A thread of the vision role that makes clips and copies.

    Args:
        detector: creates the detector at its first use; it is a separate one, since an engine belongs to one thread.
        tenant: the tenant whose frames this process keeps; None = all tenants.
        holder: returns the life under which this process judges sites; None if it judges all.
    """

    def __init__(
        self,
        *,
        store: Store,
        files: EvidenceFiles,
        kept: KeptFrames,
        detector: Callable[[], Detector],
        clock: Clock,
        tenant: str | None,
        holder: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._store, self._files, self._kept = store, files, kept
        self._make_detector = detector
        self._detector: Detector | None = None
        self._clock, self._tenant, self._holder = clock, tenant, holder
        self._views = ViewMaker(store=store, kept=kept, redactor=self._redactor)

    def run(self, *, stop: threading.Event) -> None:
        """Make requested clips and copies until `stop` is set."""
        while not stop.wait(LOOK_EVERY_S):
            try:
                with passing_over(stop=stop):
                    while self.look() and not stop.is_set():
                        pass
            except Exception:  # an error in one item must not end the thread
                log.exception("media not made")
                stop.wait(1)

    def look(self) -> int:
        """Make what is due; return how many items were taken."""
        at = self._clock.now()
        self._kept.forget_silent(before=at - 2 * KEPT_FOR)
        with self._store.write() as w:
            clips.give_up(w, at=at)
            films = clips.take_for_frames(
                w, tenant_id=self._tenant, holder=self._holder(), at=at - SLACK, limit=AT_ONCE
            )
        for clip in films:
            self._film(clip)
        with self._store.write() as w:
            copies = clips.take_copies(w, tenant_id=self._tenant, at=at, limit=AT_ONCE)
        for copy in copies:
            self._copy(copy)
        return len(films) + len(copies) + self._views.look(at=at)

    def _film(self, clip: ClipRequest) -> None:
        try:
            self._clip_of_frames(clip)
        except (StoreUnavailable, EvidenceStoreAway):
            raise  # a passing fault: the clip is retried
        except Exception as error:
            with self._store.write() as w:
                clips.frames_failed(w, clip.id, error=_words(error), at=self._clock.now())
            MADE.labels("clip_frames", "failed").inc()
            log.exception("clip of kept frames not made", clip=str(clip.id), device=clip.device_id)

    def _clip_of_frames(self, clip: ClipRequest) -> None:
        begins_at = clip.ends_at - (clip.to_at - clip.from_at)
        frames = self._kept.between(clip.device_id, begins_at, clip.ends_at)
        at = self._clock.now()
        if not frames:
            with self._store.write() as w:
                clips.fail(
                    w, clip.id, error=f"{clip.error or ''}; 平台也没有保留该时段的画面 no frames were kept", at=at
                )
            MADE.labels("clip_frames", "failed").inc()
            return
        film = slideshow([(kept.at, kept.jpeg) for kept in frames])
        evidence = Evidence(
            id=uuid7(),
            **owner_of(clip),
            kind=EvidenceKind.clip_frames,
            sha256=self._files.put(film),
            bytes=len(film),
            mime=VIDEO,
            captured_at=frames[0].at,
            ends_at=frames[-1].at,
            detail={"codec": "h264", "by": "platform", "frames": len(frames), "why": clip.error},
        )
        with self._store.write() as w:
            store_clip(w, clip, evidence, copies=(), at=at)
        MADE.labels("clip_frames", "made").inc()
        log.info("clip made of kept frames", clip=str(clip.id), device=clip.device_id, frames=len(frames))

    def _copy(self, copy: EvidenceCopy) -> None:
        try:
            content, mime = self._made(copy)
        except (StoreUnavailable, EvidenceStoreAway):
            raise  # a passing fault: the copy is retried
        except Exception as error:
            with self._store.write() as w:
                clips.copy_failed(w, copy, error=_words(error), at=self._clock.now())
            MADE.labels(copy.kind, "failed").inc()
            log.exception("copy not made", evidence=str(copy.evidence_id), kind=copy.kind, attempt=copy.attempts)
            return
        sha256 = self._files.put(content)
        with self._store.write() as w:
            clips.copy_ready(w, copy, sha256=sha256, size=len(content), mime=mime)
        MADE.labels(copy.kind, "made").inc()

    def _made(self, copy: EvidenceCopy) -> tuple[bytes, str]:
        with self._store.read() as r:
            piece = evidence.evidence(r, copy.evidence_id)
        if piece is None:
            raise ValueError("its evidence is unknown")
        content = self._files.get(piece.sha256)
        strange = piece.kind in _UPLOADED
        if copy.kind is CopyKind.review:
            return written_anew("playable", content), VIDEO
        if piece.kind is EvidenceKind.close_up:
            return redacted_whole(content), PICTURE
        if piece.mime == VIDEO:
            film = written_anew("playable", content) if strange else content
            return redacted_film(film, self._redactor()), VIDEO
        return redacted_still(written_anew("smaller", content) if strange else content, self._redactor()), PICTURE

    def _redactor(self) -> Detector:
        if self._detector is None:
            self._detector = self._make_detector()
        return self._detector


def written_anew(kind: Literal["playable", "smaller"], content: bytes) -> bytes:
    """Return an untrusted file, decoded and encoded again in a separate process, which can be killed.

    Raises:
        PictureRefused: the file can't be decoded, or takes too much time or memory.
    """
    with TemporaryDirectory(prefix="mingchu-media-") as folder:
        source, made = Path(folder) / "source", Path(folder) / "made"
        source.write_bytes(content)
        run_apart(kind, source, made, timeout_s=ANEW_S)
        return made.read_bytes()


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, MingchuError) else f"{type(error).__name__}: {error}"
