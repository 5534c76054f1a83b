"""Present pictures of watched cameras, with the real detector and a real database."""

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest

from ingest.simulator.kitchen import KitchenCamera
from models.store import Scope, Store, views
from tests.integration.vision.test_media import redactor
from tests.support.world import TENANT, Kitchen, seed_world
from vision.pictures.views import GONE_AFTER, WIDTH, ViewMaker
from vision.pipeline.kept_frames import KeptFrames
from vision.pipeline.mailbox import Frame

AT = datetime(2026, 11, 29, 4, tzinfo=UTC)


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    return seed_world(store)[0]


@pytest.fixture
def kept() -> KeptFrames:
    return KeptFrames()


@pytest.fixture
def maker(store: Store, kept: KeptFrames) -> ViewMaker:
    detector = redactor()
    return ViewMaker(store=store, kept=kept, redactor=lambda: detector)


def frame(kitchen: Kitchen, at: datetime, jpeg: bytes) -> Frame:
    return Frame(device_id=kitchen.camera, jpeg=jpeg, occurred_at=at, received_at=at)


def drawn() -> bytes:
    noise = np.random.default_rng(1).integers(0, 255, (720, 1280, 3), np.uint8)
    return bytes(cv2.imencode(".jpg", noise)[1])


def watch(store: Store, kitchen: Kitchen, at: datetime) -> None:
    with store.write(Scope.of_tenant(TENANT)) as w:
        views.want(w, [kitchen.camera], at=at, until=at + timedelta(seconds=30))


def test_only_a_watched_camera_costs_a_picture_and_one_every_five_seconds(
    store: Store, kept: KeptFrames, maker: ViewMaker, kitchen: Kitchen
) -> None:
    kept.keep(frame(kitchen, AT, drawn()))
    assert maker.look(at=AT) == 0, "nobody watches"
    watch(store, kitchen, AT)
    assert maker.look(at=AT) == 1
    assert maker.look(at=AT) == 0, "the picture is new enough"
    kept.keep(frame(kitchen, AT + timedelta(seconds=6), drawn()))
    assert maker.look(at=AT + timedelta(seconds=6)) == 1
    with store.read() as r:
        found = views.view(r, kitchen.camera)
    assert found is not None
    assert found.captured_at == AT + timedelta(seconds=6)
    shown = cv2.imdecode(np.frombuffer(found.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (WIDTH * 720 // 1280, WIDTH, 3)
    assert maker.look(at=AT + timedelta(seconds=95)) == 0, "nobody watches any more"
    with store.read() as r:
        assert views.view(r, kitchen.camera) is None, "and the picture is gone"
    assert timedelta(seconds=95) > GONE_AFTER


def test_what_nobody_may_judge_is_black(store: Store, kept: KeptFrames, maker: ViewMaker, kitchen: Kitchen) -> None:
    region = '[{"kind": "ignore", "points": [[0, 0], [0.5, 0], [0.5, 0.5], [0, 0.5]]}]'
    with store.write() as w:
        change = "UPDATE device SET config = jsonb_build_object('regions', %s::jsonb) WHERE id = %s"
        w.raw.execute(change, (region, kitchen.camera))
    kept.keep(frame(kitchen, AT, drawn()))
    watch(store, kitchen, AT)
    assert maker.look(at=AT) == 1
    with store.read() as r:
        found = views.view(r, kitchen.camera)
    assert found is not None
    shown = cv2.imdecode(np.frombuffer(found.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown[20:160, 20:300].mean() < 5
    assert shown[200:340, 340:620].mean() > 60


def test_a_broken_picture_is_passed_over_and_does_not_keep_the_thread(
    store: Store, kept: KeptFrames, maker: ViewMaker, kitchen: Kitchen
) -> None:
    kept.keep(frame(kitchen, AT, b"\xff\xd8 no picture"))
    watch(store, kitchen, AT)
    assert [maker.look(at=AT) for _ in range(3)] == [0, 0, 0]
    with store.read() as r:
        assert views.view(r, kitchen.camera) is None


def test_no_head_is_sharp(store: Store, kept: KeptFrames, maker: ViewMaker, kitchen: Kitchen) -> None:
    drawn_kitchen, truths = KitchenCamera(seed=3, name="R", cooks=2).render(4.0, wall_clock=AT)
    heads = [truth for truth in truths if truth.name.startswith("head")]
    assert heads
    kept.keep(frame(kitchen, AT, bytes(cv2.imencode(".jpg", drawn_kitchen)[1])))
    watch(store, kitchen, AT)
    assert maker.look(at=AT) == 1
    with store.read() as r:
        found = views.view(r, kitchen.camera)
    assert found is not None
    shown = cv2.imdecode(np.frombuffer(found.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    height, width = shown.shape[:2]
    sharp = cv2.resize(drawn_kitchen, (width, height), interpolation=cv2.INTER_AREA)
    for head in heads:
        x0, x1 = int((head.cx - head.w / 2) * width), int((head.cx + head.w / 2) * width)
        y0, y1 = int((head.cy - head.h / 2) * height), int((head.cy + head.h / 2) * height)
        before = cv2.Laplacian(sharp[y0:y1, x0:x1], cv2.CV_64F).var()
        after = cv2.Laplacian(np.asarray(shown)[y0:y1, x0:x1], cv2.CV_64F).var()
        assert after < before * 0.6
