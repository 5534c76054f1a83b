"""The account of an enterprise can't fill the evidence store with photos."""

import cv2
import numpy as np

from api.settings import ApiSettings
from tests.attacks.uploads.conftest import confirmed, photo
from tests.support.http import Rig


def another(i: int) -> bytes:
    canvas = np.random.default_rng(i).integers(0, 255, (120, 160, 3)).astype(np.uint8)
    return bytes(cv2.imencode(".jpg", canvas)[1])


def test_photos_are_limited_per_task_and_per_enterprise_and_day(rig: Rig) -> None:
    rig.app.state.mingchu.settings = ApiSettings(photos_per_task=3, photos_per_day=5)
    first, second = confirmed(rig), confirmed(rig, "smoking")
    answers = [photo(rig, first, another(i)).status_code for i in range(4)]
    assert answers == [200, 200, 200, 429]
    answers = [photo(rig, second, another(10 + i)).status_code for i in range(3)]
    assert answers == [200, 200, 429]
    said = photo(rig, first, another(20))
    assert (said.json()["code"], said.headers["retry-after"]) == ("rate_limited", "3600")
