"""Proof is a picture, of this task, and new: everything else is refused with a code that says why."""

import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import pytest
from httpx import Response

from api.uploads.inspection import Inspector
from tests.attacks.uploads.conftest import confirmed, photo
from tests.support.http import Rig
from tests.support.jpegs import END, claiming, jpeg, many_scans, progressive, scene, with_segment
from tests.support.people import picture, raise_alert


def encoded(kind: str, options: tuple[int, ...] = ()) -> bytes:
    done, buffer = cv2.imencode(kind, scene(320, 240), list(options))
    assert done
    return bytes(buffer)


PNG, WEBP, LOSSLESS = encoded(".png"), encoded(".webp"), encoded(".webp", (cv2.IMWRITE_WEBP_QUALITY, 101))
FAKE = "invalid", "no_picture", "picture_broken", "picture_truncated"
REFUSED = {
    "three bytes": b"\xff\xd8\xff",
    "a text": b"not a picture!",
    "a text behind three bytes": b"\xff\xd8\xffnot a picture!",
    "html": b"\x00\x00\x00\x18ftypheic<html><script>alert(1)</script></html>",
    "half a JPEG": jpeg()[: len(jpeg()) // 2],
    "half a JPEG with an end": jpeg()[: len(jpeg()) // 2] + END,
    "most of a JPEG": jpeg()[:-40],
    "half a progressive JPEG": progressive(640, 480)[: len(progressive(640, 480)) * 2 // 3],
    "a thumbnail in half a JPEG": with_segment(jpeg(), 0xE1, jpeg(scene(32, 24)))[:-600],
    "half a PNG": PNG[: len(PNG) // 2],
    "a PNG without its end": PNG[:-12],
    "a PNG with another byte": PNG[:200] + bytes([PNG[200] ^ 1]) + PNG[201:],
    "half a WebP": WEBP[: len(WEBP) // 2],
    "half a lossless WebP": LOSSLESS[: len(LOSSLESS) // 2],
    "a signature alone": b"\x89PNG\r\n\x1a\n",
    "a RIFF of something else": b"RIFF\x10\x00\x00\x00WEBPXXXX\x04\x00\x00\x00\x00\x00\x00\x00",
}
HURTING = {
    "a hidden size": (claiming(20_000, 20_000, disguise=b"\xff"), "picture_too_large"),
    "scans": (many_scans(2000, 1500, 3000), "picture_too_costly"),
    "scans of a large one": (many_scans(9000, 9000, 190), "picture_too_costly"),
    "a PNG of 60,000 × 60,000": (PNG, "picture_too_large"),
}


def png_claiming(side: int) -> bytes:
    body = b"IHDR" + struct.pack(">II", side, side) + PNG[24:29]
    return PNG[:12] + body + struct.pack(">I", zlib.crc32(body)) + PNG[33:]


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_an_incomplete_picture_is_no_proof(rig: Rig, content: bytes) -> None:
    task = confirmed(rig)
    answer = photo(rig, task, content)
    assert (answer.status_code, answer.json()["code"] in FAKE) == (422, True), answer.text
    body = {"photo_ids": ["00000000-0000-7000-8000-000000000000"], "measure": "已整改"}
    path = f"/v1/tasks/{task['id']}"
    rig.post(f"{path}/acknowledge", rig.keys.enterprise_a, etag=1, json={})
    assert rig.post(f"{path}/submit", rig.keys.enterprise_a, etag=2, json=body).status_code == 422


@pytest.mark.parametrize(("content", "code"), HURTING.values(), ids=HURTING)
def test_a_photo_that_hurts_is_refused(rig: Rig, content: bytes, code: str) -> None:
    content = png_claiming(60_000) if content is PNG else content
    answer = photo(rig, confirmed(rig), content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_photo_that_takes_too_long_or_too_much_is_killed_alone(rig: Rig) -> None:
    rig.app.state.mingchu.inspector = Inspector(photo_s=0.05)
    answer = photo(rig, confirmed(rig), jpeg())
    assert (answer.status_code, answer.json()["code"]) == (422, "picture_too_costly")
    rig.app.state.mingchu.inspector = Inspector()
    assert photo(rig, confirmed(rig, "smoking"), jpeg()).status_code == 200


@pytest.mark.parametrize("content", [jpeg(), progressive(), jpeg()[:-2], PNG, WEBP, LOSSLESS, jpeg() + jpeg()])
def test_whole_pictures_are_taken_with_their_size(rig: Rig, content: bytes) -> None:
    answer = photo(rig, confirmed(rig), content)
    assert answer.status_code == 200, answer.text
    assert answer.json()["detail"]["width"] in {160, 320}


def submit(rig: Rig, task: dict[str, Any], photo_id: str) -> Response:
    path = f"/v1/tasks/{task['id']}"
    rig.post(f"{path}/acknowledge", rig.keys.enterprise_a, etag=1, json={})
    body = {"photo_ids": [photo_id], "measure": "已整改"}
    return rig.post(f"{path}/submit", rig.keys.enterprise_a, etag=2, json=body)


def test_a_photo_of_one_task_is_no_proof_of_another(rig: Rig) -> None:
    one, other = confirmed(rig), confirmed(rig, "smoking")
    taken = photo(rig, one, picture("one")).json()["id"]
    answer = submit(rig, other, taken)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert "another task" in answer.json()["detail"]
    assert submit(rig, one, taken).json()["state"] == "submitted"


def test_a_photo_that_no_step_has_used_is_taken_again_as_it_is(rig: Rig) -> None:
    """A step may fail after the upload; the page, opened again, sends the same files."""
    task = confirmed(rig)
    first, again = (photo(rig, task, picture("one")) for _ in range(2))
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    appealing = photo(rig, task, picture("one"), kind="photo_appeal")
    assert (appealing.status_code, appealing.json()["code"]) == (409, "picture_used")
    assert submit(rig, task, again.json()["id"]).status_code == 200


def test_the_same_file_again_is_refused_with_where_it_was_used(rig: Rig) -> None:
    one, other = confirmed(rig), confirmed(rig, "smoking")
    first = photo(rig, one, picture("one")).json()["id"]
    submit(rig, one, first)
    path = f"/v1/tasks/{one['id']}"
    returned = rig.post(f"{path}/return", rig.keys.regulator_a, etag=3, json={"reason": "看不清"})
    assert returned.status_code == 200, returned.text
    for task in (one, other):
        answer = photo(rig, task, picture("one"))
        assert (answer.status_code, answer.json()["code"]) == (409, "picture_used")
        assert one["id"] in answer.json()["detail"]
        assert first in answer.json()["detail"]


def test_a_file_of_another_enterprise_is_refused_without_a_word_about_it(rig: Rig) -> None:
    theirs = confirmed(rig, kitchen=rig.b, reviewer=rig.keys.regulator_b)
    assert photo(rig, theirs, picture("one"), rig.keys.enterprise_b).status_code == 200
    answer = photo(rig, confirmed(rig), picture("one"))
    assert (answer.status_code, answer.json()["code"]) == (409, "picture_used")
    assert theirs["id"] not in answer.text


def test_the_still_that_shows_the_hazard_is_no_proof_that_it_is_gone(rig: Rig) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a, "smoking")
    still = rig.get(f"/v1/evidence/{alert.evidence_ids[0]}/content", rig.keys.regulator_a, reason="核查").content
    answer = photo(rig, confirmed(rig), still)
    assert (answer.status_code, answer.json()["code"]) == (409, "picture_used")


def test_of_the_same_file_at_once_one_is_taken(rig: Rig) -> None:
    tasks = [confirmed(rig), confirmed(rig, "smoking")]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda i: photo(rig, tasks[i % 2], picture("one")), range(4)))
    taken = {answer.json()["id"] for answer in answers if answer.status_code == 200}
    assert len(taken) == 1
    assert {answer.status_code for answer in answers} == {200, 409}
    assert len({answer.json()["detail"]["task_id"] for answer in answers if answer.status_code == 200}) == 1


def test_a_photo_that_looks_like_one_of_another_task_is_shown_to_the_reviewer(rig: Rig) -> None:
    one, other = confirmed(rig), confirmed(rig, "smoking")
    whole = scene(640, 480)
    cv2.circle(whole, (200, 150), 90, (0, 0, 0), -1)
    cv2.rectangle(whole, (400, 250), (600, 450), (255, 255, 255), -1)
    photo(rig, one, jpeg(whole))
    smaller = np.asarray(cv2.resize(whole, (500, 375)), np.uint8)
    again = photo(rig, other, jpeg(smaller, cv2.IMWRITE_JPEG_QUALITY, 60))
    assert again.status_code == 200
    assert again.json()["detail"]["alike"][0]["task_id"] == one["id"]
    submit(rig, other, again.json()["id"])
    page = rig.browser("regulator-a").get(f"/console/tasks/{other['id']}").text
    assert f'href="/console/tasks/{one["id"]}"' in page
    assert "几乎相同" in page
