"""The clip of a violation in a real browser: it appears during a review, plays, seeks, and shows its boxes."""

from datetime import timedelta
from typing import Any

import cv2
import numpy as np
from playwright.sync_api import expect

from ingest.video.slideshow import slideshow
from models.base.clock import SystemClock
from models.base.ids import uuid7
from models.catalogue.terms import CopyKind, EvidenceKind
from models.changes.clips import store_clip
from models.domain.clips import ClipRequest, span_of
from models.domain.evidence import Evidence
from models.store import clips, evidence, violations
from tests.support.people import raise_alert
from tests.support.waiting import wait_for
from tests.support.world import TENANT


def asked(console: Any) -> ClipRequest:  # noqa: ANN401
    alert = raise_alert(console.store, console.files, console.a)
    with console.store.write() as w:
        violation = violations.violations(w, limit=1, alert_id=alert.id)[0]
        judged = violation.occurred_at
        span = span_of(started_at=judged - timedelta(seconds=3), judged_at=judged)
        clips.ask(
            w,
            violation_id=violation.id,
            device_id=console.a.camera,
            span=span,
            ends_at=span.end,
            at=violation.occurred_at,
        )
        clip = clips.of_violation(w, violation.id)
    assert clip is not None
    return clip


def bring(console: Any, clip: ClipRequest, *, codec: str = "h264") -> None:  # noqa: ANN401
    seconds = int((clip.to_at - clip.from_at).total_seconds())
    pictures = []
    for i in range(seconds * 5):
        canvas = np.full((540, 960, 3), (90, 100, 96), np.uint8)
        cv2.circle(canvas, (100 + i * 8, 270), 40, (200, 220, 240), -1)
        cv2.putText(canvas, f"{i / 5:.1f} s", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (255, 255, 255), 3)
        pictures.append((clip.from_at + timedelta(seconds=i / 5), bytes(cv2.imencode(".jpg", canvas)[1])))
    film = slideshow(pictures)
    piece = Evidence(
        id=uuid7(),
        tenant_id=TENANT,
        entity_id=clip.entity_id,
        region_code=clip.region_code,
        kind=EvidenceKind.clip,
        sha256=console.files.put(film),
        bytes=len(film),
        mime="video/mp4",
        captured_at=clip.from_at,
        ends_at=clip.to_at,
        detail={"codec": codec, "by": clip.node_id},
    )
    with console.store.write() as w:
        copies = (CopyKind.review,) if codec == "hevc" else ()
        assert store_clip(w, clip, piece, copies=copies, at=SystemClock().now())


def white_of(page: Any) -> dict[str, float]:  # noqa: ANN401
    """Return the film's area in a screenshot: the film is grey, its surroundings are nearly black."""
    page.wait_for_timeout(300)
    shot = cv2.imdecode(np.frombuffer(page.locator(".stage").screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    stage = page.locator(".stage").bounding_box()
    film = np.abs(np.asarray(shot).astype(int) - 96) < 12
    rows, columns = np.flatnonzero(film.mean(axis=1) > 0.5), np.flatnonzero(film.mean(axis=0) > 0.3)
    return {
        "x": stage["x"] + float(columns[0]),
        "y": stage["y"] + float(rows[0]),
        "width": float(columns[-1] - columns[0] + 1),
        "height": float(rows[-1] - rows[0] + 1),
    }


def test_a_clip_appears_during_the_review_and_plays_by_one_key(console: Any) -> None:  # noqa: ANN401
    clip = asked(console)
    page = console.page_of("regulator-a")
    expect(page.locator("#filming")).to_be_disabled()
    expect(page.locator("#clip")).to_contain_text("待调取")
    bring(console, clip)
    expect(page.locator("#filming")).to_be_enabled()
    page.keyboard.press("v")
    expect(page.locator("#film")).to_be_visible()
    wait_for(lambda: page.evaluate("document.getElementById('film').currentTime") > 5)
    assert page.evaluate("document.getElementById('film').error") is None
    assert abs(page.evaluate("document.getElementById('film').duration") - 19) < 1.5
    page.keyboard.press("m")
    expect(page.locator(".over")).to_be_visible()
    over, shown = page.locator(".over").bounding_box(), white_of(page)
    for side in ("x", "y", "width", "height"):
        assert abs(over[side] - shown[side]) < 3, (over, shown)
    page.keyboard.press("b")
    expect(page.locator(".over")).to_be_hidden()
    page.keyboard.press("b")
    page.keyboard.press("v")
    expect(page.locator("#film")).to_be_hidden()
    expect(page.locator("figure:visible img:visible")).to_have_count(1)


def test_an_h265_clip_waits_for_the_copy_that_browsers_play(console: Any) -> None:  # noqa: ANN401
    clip = asked(console)
    bring(console, clip, codec="hevc")
    page = console.page_of("regulator-a")
    expect(page.locator("#clip")).to_contain_text("正在转换为可播放格式")
    with console.store.write() as w:
        copy = clips.take_copies(w, tenant_id=None, at=SystemClock().now(), limit=1)[0]
        piece = evidence.evidence(w, copy.evidence_id)
        clips.copy_ready(w, copy, sha256=piece.sha256, size=piece.bytes, mime="video/mp4")
    expect(page.locator("#film")).to_have_attribute("src", f"/v1/evidence/{copy.evidence_id}/content?copy=review")


def test_a_clip_of_kept_frames_is_marked_with_the_reason(console: Any) -> None:  # noqa: ANN401
    clip = asked(console)
    with console.store.write() as w:
        clips.use_frames(w, clip.id, error="接入设备离线", at=SystemClock().now())
    page = console.page_of("regulator-a")
    expect(page.locator("#clip")).to_contain_text("改用抓拍帧：接入设备离线")
