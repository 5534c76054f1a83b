"""A clip is a film of the seconds that were asked for, read to its end; what it says of itself is a claim."""

import base64
import hashlib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from httpx import Response

from ingest.video.slideshow import slideshow
from models.base.clock import rfc3339
from models.base.tokens import token_digest as digest
from models.catalogue.terms import ClipState
from models.domain.clips import span_of
from models.store import clips, violations
from tests.support.http import Rig
from tests.support.people import picture, raise_alert

TOKEN = "a-token-that-nobody-guesses"
NOW = datetime.now(UTC)
FILM = slideshow([(NOW + timedelta(seconds=i), picture(f"frame {i}")) for i in range(3)])
LONG = slideshow([(NOW + timedelta(seconds=6 * i), picture(f"frame {i}")) for i in range(20)])


def ask(rig: Rig, code: str = "rodent", token: str = TOKEN) -> clips.ClipRequest:
    """A critical alert of one's own whose clip the node has been asked for."""
    alert = raise_alert(rig.store, rig.files, rig.a, code)
    now = datetime.now(UTC)
    with rig.store.write() as w:
        violation = violations.violations(w, limit=1, alert_id=alert.id)[0]
        span = span_of(started_at=violation.started_at, judged_at=now)
        clips.ask(w, violation_id=violation.id, device_id=violation.device_id, span=span, ends_at=now, at=now)
        clip = clips.of_violation(w, violation.id)
        assert clip is not None
        later = now + timedelta(minutes=1)
        clips.asked(w, clip.id, token_sha256=digest(token), token_expires_at=later, next_at=later)
    return clip


def put(rig: Rig, film: bytes, token: str = TOKEN, **headers: str) -> Response:
    sha = base64.b64encode(hashlib.sha256(film).digest()).decode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    said = {"Content-Type": "video/mp4", "Repr-Digest": f"sha-256=:{sha}:", **named}
    return rig.http.put(f"/v1/uploads/{token}", content=film, headers=said)


def state(rig: Rig, clip: clips.ClipRequest) -> clips.ClipRequest:
    with rig.store.read() as r:
        known = clips.of_violation(r, clip.violation_id)
    assert known is not None
    return known


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("9999-12-31T23:59:59Z", None),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00Z", None),
        (None, "9999-12-31T23:59:59Z"),
        (None, "0001-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:15Z"),
    ],
)
def test_a_clip_of_another_time_is_refused_before_it_is_read_and_every_page_stands(
    rig: Rig, start: str | None, end: str | None
) -> None:
    clip = ask(rig)
    times = {"Mingchu_Start": start, "Mingchu_End": end}
    answer = put(rig, FILM, **{name: value for name, value in times.items() if value})
    assert (answer.status_code, answer.json()["code"]) == (422, "picture_other_time")
    assert state(rig, clip).state is ClipState.asked
    assert rig.browser("regulator-a").get("/console/review").status_code == 200
    assert put(rig, FILM, Mingchu_Start=rfc3339(clip.from_at)).status_code == 201


def test_a_clip_longer_than_announced_is_refused(rig: Rig) -> None:
    clip = ask(rig)
    answer = put(rig, LONG, Mingchu_Start=rfc3339(clip.from_at), Mingchu_End=rfc3339(clip.to_at))
    assert (answer.status_code, answer.json()["code"]) == (422, "picture_other_time")
    assert state(rig, clip).state is ClipState.frames


HTML = b"\x00\x00\x00\x18ftypisom<html><body>hello</body></html>"


def swapped(film: bytes) -> bytes:
    """The same with the bytes of its pictures gone."""
    at = film.index(b"mdat") + 4
    return film[:at] + bytes(len(film) - at)


@pytest.mark.parametrize(
    "film",
    [HTML, FILM[: len(FILM) // 2], FILM[:-30], swapped(FILM), b"\x00\x00\x00\x18ftyp", FILM[:40]],
    ids=["html", "half", "without its end", "without its pictures", "a mark", "a beginning"],
)
def test_an_incomplete_film_is_refused_and_not_requested_again(rig: Rig, film: bytes) -> None:
    clip = ask(rig)
    answer = put(rig, film)
    assert answer.status_code == 422
    assert answer.json()["code"] in {"picture_broken", "picture_truncated", "no_picture"}
    known = state(rig, clip)
    assert (known.state, known.evidence_id) == (ClipState.frames, None)
    assert "视频无法使用" in (known.error or "")
    assert put(rig, film).status_code == 404  # the address is used up
    assert list(rig.files.incoming.iterdir()) == []


def test_a_film_that_names_other_files_opens_none_of_them(rig: Rig, tmp_path: Path) -> None:
    ask(rig)
    playlist = b"\x00\x00\x00\x18ftyp#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"
    assert put(rig, playlist).status_code == 422
    secret = tmp_path / "secret"
    secret.write_text("x")
    before = secret.stat().st_atime_ns
    other = ask(rig, "smoking", "another-token-of-the-same-node")
    concat = f"ffconcat version 1.0\nfile '{secret}'\n".encode()
    assert put(rig, concat, "another-token-of-the-same-node").status_code == 422
    assert secret.stat().st_atime_ns == before
    assert state(rig, other).evidence_id is None


def test_a_film_of_far_too_many_pictures_is_refused(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "bomb.mp4"
    arguments = f"-v error -f lavfi -i color=s=16x16:r=1000 -frames:v 20000 -c:v libx264 -preset ultrafast {path}"
    subprocess.run(["ffmpeg", *arguments.split()], check=True)
    clip = ask(rig)
    answer = put(rig, path.read_bytes())
    assert (answer.status_code, answer.json()["code"]) == (422, "picture_too_large")
    assert state(rig, clip).state is ClipState.frames


def test_a_film_of_too_many_pixels_is_refused(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "wide.mp4"
    arguments = f"-v error -f lavfi -i color=s=8320x64:r=5 -frames:v 5 -c:v libx264 -preset ultrafast {path}"
    subprocess.run(["ffmpeg", *arguments.split()], check=True)
    ask(rig)
    answer = put(rig, path.read_bytes())
    assert (answer.status_code, answer.json()["code"]) == (422, "picture_too_large")


def test_the_same_clip_twice_at_once_is_one_piece_of_evidence_that_exists(rig: Rig) -> None:
    clip = ask(rig)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: put(rig, FILM), range(4)))
    told = {answer.json()["evidence_id"] for answer in answers if answer.status_code == 201}
    assert told <= {str(state(rig, clip).evidence_id)}
    assert {answer.status_code for answer in answers} <= {201, 204, 409}
    assert state(rig, clip).state is ClipState.ready
    shown = rig.get(f"/v1/evidence/{state(rig, clip).evidence_id}", rig.keys.regulator_a)
    assert shown.status_code == 200
