"""Clips come to the API in pieces, by an address that only the asked node knows."""

import base64
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from httpx import Response

from ingest.video.slideshow import slideshow
from models.base.clock import parse_rfc3339, rfc3339
from models.base.tokens import token_digest as digest
from models.catalogue.terms import ClipState, Review
from models.changes.violations import review_violations
from models.domain.clips import PER_ASKING, span_of
from models.store import Store, alerts, clips, feed, violations
from tests.support.http import Rig, bearer, running_app
from tests.support.people import picture, raise_alert
from tests.support.waiting import GENEROUS_S

TOKEN = "a-token-that-nobody-guesses"
NOW = datetime.now(UTC)
FILM_LASTS = timedelta(seconds=4)
FILM = slideshow([(NOW + timedelta(seconds=i), picture(f"frame {i}")) for i in range(3)])


@pytest.fixture
def rig(store: Store, api_store: Store, database_url: str, tmp_path: Path) -> Iterator[Rig]:
    with running_app(store, api_store, database_url, tmp_path) as running:
        yield running


def ask(rig: Rig) -> clips.ClipRequest:
    """An alert whose clip a node has been asked for, at TOKEN."""
    alert = raise_alert(rig.store, rig.files, rig.a)
    now = datetime.now(UTC)
    with rig.store.write() as w:
        violation = violations.violations(w, limit=1, alert_id=alert.id)[0]
        span = span_of(started_at=violation.started_at, judged_at=now)
        clips.ask(w, violation_id=violation.id, device_id=violation.device_id, span=span, ends_at=now, at=now)
        clip = clips.of_violation(w, violation.id)
        assert clip is not None
        later = now + timedelta(minutes=1)
        clips.asked(w, clip.id, token_sha256=digest(TOKEN), token_expires_at=later, next_at=later)
    return clip


def announced(film: bytes, **more: str) -> dict[str, str]:
    sha = base64.b64encode(hashlib.sha256(film).digest()).decode()
    return {"Content-Type": "video/mp4", "Repr-Digest": f"sha-256=:{sha}:", **more}


def put(rig: Rig, body: bytes, headers: dict[str, str], token: str = TOKEN) -> Response:
    return rig.http.put(f"/v1/uploads/{token}", content=body, headers=headers)


def test_a_clip_uploaded_in_pieces_belongs_to_its_violation_and_alert(rig: Rig) -> None:
    clip = ask(rig)
    half = len(FILM) // 2
    first = put(rig, FILM[:half], announced(FILM) | {"Content-Range": f"bytes 0-{half - 1}/{len(FILM)}"})
    assert (first.status_code, first.headers["upload-offset"]) == (204, str(half))
    asked = rig.http.head(f"/v1/uploads/{TOKEN}")
    assert (asked.headers["upload-offset"], asked.headers["upload-complete"]) == (str(half), "?0")
    rest = announced(FILM) | {"Content-Range": f"bytes {half}-{len(FILM) - 1}/{len(FILM)}"}
    done = put(rig, FILM[half:], rest)
    assert done.status_code == 201
    with rig.store.read() as r:
        known = clips.of_violation(r, clip.violation_id)
        violation = violations.violation(r, clip.violation_id)
    assert known is not None
    assert violation is not None
    assert known.state is ClipState.ready
    assert str(violation.evidence_ids[-1]) == done.json()["evidence_id"]
    shown = rig.get(f"/v1/alerts/{violation.alert_id}", rig.keys.regulator_a).json()
    assert shown["evidence"][-1]["kind"] == "clip"
    assert shown["clips"][0]["state"] == "ready"
    content = rig.get(f"/v1/evidence/{done.json()['evidence_id']}/content", rig.keys.regulator_a, reason="核查")
    assert (content.content, content.headers["content-type"]) == (FILM, "video/mp4")


def test_a_clip_uploaded_during_a_verdict_waits_and_blocks_nothing(rig: Rig) -> None:
    clip = ask(rig)
    with rig.store.read() as r:
        violation = violations.violation(r, clip.violation_id)
    assert violation is not None
    assert violation.alert_id is not None
    with ThreadPoolExecutor(1) as pool:
        with rig.store.write() as w:
            alerts.alert_for_update(w, violation.alert_id)
            upload = pool.submit(put, rig, FILM, announced(FILM))
            with pytest.raises(TimeoutError):
                upload.result(timeout=0.5)
            w.raw.execute("SET LOCAL lock_timeout = '2s'")
            assert review_violations(w, alert_id=violation.alert_id, review=Review.confirmed, at=datetime.now(UTC))
        assert upload.result(timeout=GENEROUS_S).status_code == 201
    with rig.store.read() as r:
        after, alert = violations.violation(r, violation.id), alerts.alert(r, violation.alert_id)
    assert after is not None
    assert alert is not None
    assert (after.review, after.evidence_ids[-1]) == ("confirmed", alert.evidence_ids[-1])


def test_a_player_gets_the_range_it_asks_for(rig: Rig) -> None:
    ask(rig)
    evidence = put(rig, FILM, announced(FILM)).json()["evidence_id"]
    path, who = f"/v1/evidence/{evidence}/content?reason=Probe", bearer(rig.keys.regulator_a)
    part = rig.http.get(path, headers=who | {"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert part.headers["content-range"] == f"bytes 4-7/{len(FILM)}"
    tail = rig.http.get(path, headers=who | {"Range": "bytes=-5"})
    assert tail.content == FILM[-5:]
    beyond = rig.http.get(path, headers=who | {"Range": f"bytes={len(FILM)}-"})
    assert beyond.status_code == 422


def test_a_node_that_is_bringing_a_clip_is_not_asked_again(rig: Rig) -> None:
    clip = ask(rig)
    soon = datetime.now(UTC)
    with rig.store.write() as w:
        clips.asked(w, clip.id, token_sha256=digest(TOKEN), token_expires_at=soon + PER_ASKING, next_at=soon)
    half = len(FILM) // 2
    put(rig, FILM[:half], announced(FILM) | {"Content-Range": f"bytes 0-{half - 1}/{len(FILM)}"})
    with rig.store.write() as w:
        assert clips.due(w, at=soon + PER_ASKING / 2, limit=10) == []
        token = clips.of_token(w, token_sha256=digest(TOKEN), at=soon + 1.5 * PER_ASKING)
    assert token is not None


def test_a_piece_at_the_wrong_offset_is_refused_with_the_right_offset(rig: Rig) -> None:
    ask(rig)
    answer = put(rig, FILM[5:], announced(FILM) | {"Content-Range": f"bytes 5-{len(FILM) - 1}/{len(FILM)}"})
    assert (answer.status_code, answer.json()["code"]) == (409, "offset_mismatch")
    assert answer.headers["upload-offset"] == "0"


def test_bytes_that_differ_from_the_announcement_are_refused_and_may_be_sent_again(rig: Rig) -> None:
    clip = ask(rig)
    answer = put(rig, FILM[:-1] + b"x", announced(FILM))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert rig.http.head(f"/v1/uploads/{TOKEN}").headers["upload-offset"] == "0"
    assert put(rig, FILM, announced(FILM)).status_code == 201
    with rig.store.read() as r:
        assert clips.of_violation(r, clip.violation_id).state is ClipState.ready  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"no film at all, but long enough", None),  # no MP4
        (FILM, {"Repr-Digest": "sha-256=:nonsense:"}),
        (FILM, {"Content-Range": "bytes 0-1/99999999999"}),  # does not fit the body
        (FILM, {"Content-Range": "pages 1-2/3"}),
        (FILM, {"Mingchu-Start": "yesterday"}),
        (FILM, {"Mingchu-Codec": "mpeg2"}),
        (b"", None),
    ],
)
def test_a_file_that_can_not_be_a_clip_is_refused_with_a_reason(
    rig: Rig, body: bytes, headers: dict[str, str] | None
) -> None:
    ask(rig)
    answer = put(rig, body, announced(body) | (headers or {}))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert len(answer.json()["detail"]) > 10


def test_an_unknown_address_reveals_nothing_about_others(rig: Rig) -> None:
    ask(rig)
    assert put(rig, FILM, announced(FILM), token="another-token-of-somebody").status_code == 404
    assert rig.http.head("/v1/uploads/another-token-of-somebody").status_code == 404


def test_the_same_clip_twice_is_one_piece_of_evidence(rig: Rig) -> None:
    clip = ask(rig)
    put(rig, FILM, announced(FILM))
    again = put(rig, FILM, announced(FILM))
    assert (again.status_code, again.headers["upload-complete"]) == (204, "?1")
    with rig.store.read() as r:
        violation = violations.violation(r, clip.violation_id)
    assert violation is not None
    assert len(violation.evidence_ids) == len(set(violation.evidence_ids)) == 3


def test_the_feed_tells_of_the_clip_with_its_hash_and_its_time(rig: Rig) -> None:
    clip = ask(rig)
    times = {"Mingchu-Start": rfc3339(clip.from_at), "Mingchu-End": rfc3339(clip.from_at + timedelta(seconds=4))}
    done = put(rig, FILM, announced(FILM, **times)).json()
    with rig.store.write() as w:
        feed.sequence(w)
    events = rig.get("/v1/events", rig.keys.city, cursor="0", limit=100).json()["data"]
    updated = [e for e in events if e["type"] == "mingchu.violation.updated"]
    told = updated[-1]["data"]["evidence"][-1]
    assert (told["kind"], told["sha256"]) == ("clip", done["sha256"])
    assert told["start"] == times["Mingchu-Start"]
    # Measured, whatever the node says.
    assert parse_rfc3339(told["end"]) - parse_rfc3339(told["start"]) == FILM_LASTS


def test_faces_are_hidden_for_enterprises_and_platforms_until_a_copy_is_made_they_wait(rig: Rig) -> None:
    ask(rig)
    evidence = put(rig, FILM, announced(FILM)).json()["evidence_id"]
    path = f"/v1/evidence/{evidence}/content"
    waiting = rig.get(path, rig.keys.enterprise_a)
    assert (waiting.status_code, waiting.json()["code"]) == (503, "not_ready")
    assert rig.get(path, rig.keys.enterprise_a, copy="original").status_code == 403
    with rig.store.write() as w:
        wished = clips.take_copies(w, tenant_id=None, at=datetime.now(UTC), limit=10)
        assert [(str(c.evidence_id), c.kind) for c in wished] == [(evidence, "redacted")]
        clips.copy_ready(w, wished[0], sha256=rig.files.put(b"hidden"), size=6, mime="video/mp4")
    assert rig.get(path, rig.keys.enterprise_a).content == b"hidden"
    assert rig.get(path, rig.keys.regulator_a, reason="核查").content == FILM
    assert rig.get(path, rig.keys.regulator_b, reason="核查").status_code == 404


def test_a_file_completed_before_a_crash_is_stored_when_the_node_asks(rig: Rig) -> None:
    clip = ask(rig)
    half = len(FILM) // 2
    put(rig, FILM[:half], announced(FILM) | {"Content-Range": f"bytes 0-{half - 1}/{len(FILM)}"})
    # The rest reached the disk, and then the process died.
    with (rig.files.incoming / f"{clip.id}.part").open("ab") as part:
        part.write(FILM[half:])
    asked = rig.http.head(f"/v1/uploads/{TOKEN}")
    assert asked.headers["upload-complete"] == "?1"
    with rig.store.read() as r:
        known = clips.of_violation(r, clip.violation_id)
    assert known is not None
    assert known.state is ClipState.ready
    assert list(rig.files.incoming.iterdir()) == []
