"""The clip of an alert on the review page: its address, the second at which the rule was met, and boxes."""

from dataclasses import dataclass
from datetime import datetime

from api.chinese import chinese_half
from api.console.shell.words import moment
from models.catalogue.terms import ClipState, CopyKind, EvidenceKind, label
from models.domain.alerts import Alert
from models.domain.clips import ClipRequest
from models.domain.evidence import Evidence
from models.domain.violations import Violation
from models.store import Read, clips, violations

CLIPS = frozenset({EvidenceKind.clip, EvidenceKind.clip_frames})


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box over the film, in thousandths of its width and height."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipView:
    """A clip on the page.

    Attributes:
        src: the film's address; None while it is missing, and `said` describes its state.
        verdict_s: the second of the film at which the rule was met.
        of_frames: the film consists of frames that the platform kept; the node uploaded no video.
    """

    src: str | None
    said: str
    waiting: bool
    verdict_s: float
    of_frames: bool
    boxes: tuple[Box, ...]
    at: str


def clip_of(r: Read, alert: Alert, evidence: list[Evidence], newest: Violation | None) -> ClipView | None:
    """Return the newest clip of an alert, or the state of its request; None for alerts without clips."""
    films = [piece for piece in evidence if piece.kind in CLIPS]
    asked = clips.of_alert(r, alert.id)
    if not films:
        return None if not asked else _waiting(asked[0])
    film = films[-1]
    request = next((clip for clip in asked if clip.evidence_id == film.id), None)
    violation = newest if request is None else violations.violation(r, request.violation_id)
    return _shown(r, film, violation)


def _waiting(clip: ClipRequest) -> ClipView:
    said = label(clip.state)
    return ClipView(
        src=None,
        said=f"{said}：{chinese_half(clip.error) or clip.error}" if clip.error else said,
        waiting=clip.state is not ClipState.failed,
        verdict_s=0,
        of_frames=False,
        boxes=(),
        at="",
    )


def _shown(r: Read, film: Evidence, violation: Violation | None) -> ClipView:
    src, said = _address(r, film)
    of_frames = film.kind is EvidenceKind.clip_frames
    why = str(film.detail.get("why") or "")
    return ClipView(
        src=src,
        said=said or (f"由平台留存的抓拍帧合成{'：' + why if why else ''}" if of_frames else ""),
        waiting=src is None,
        verdict_s=_verdict_second(film, violation),
        of_frames=of_frames,
        boxes=() if violation is None else tuple(_boxes(violation)),
        at=moment(film.captured_at),
    )


def _address(r: Read, film: Evidence) -> tuple[str | None, str]:
    path = f"/v1/evidence/{film.id}/content"
    if film.detail.get("codec") != "hevc":
        return path, ""
    copy = clips.copy_of(r, film.id, kind=CopyKind.review)
    if copy is None or copy.state == "pending":
        return None, "片段已上传，正在转换为可播放格式"
    if copy.state == "failed":
        return None, f"片段为 H.265，未能转换为可播放格式：{copy.error}"
    return f"{path}?copy=review", ""


def _verdict_second(film: Evidence, violation: Violation | None) -> float:
    """Return the second of the film at which the rule was met, by the device's or the platform's clock."""
    if violation is None:
        return 0.0
    moments: list[datetime] = [violation.occurred_at, violation.received_at]
    end = film.ends_at or film.captured_at
    inside = [at for at in moments if film.captured_at <= at <= end]
    return round((inside[0] - film.captured_at).total_seconds(), 2) if inside else 0.0


def _boxes(violation: Violation) -> list[Box]:
    return [
        Box(**{side: round(float(box.get(side, 0)) * 1000) for side in ("x", "y", "w", "h")}) for box in violation.boxes
    ]
