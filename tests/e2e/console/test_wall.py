"""The live wall in a browser: pictures that the real judge's maker makes arrive on the page and are renewed."""

import threading
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import expect

from tests.e2e.console.test_wishes import shot
from tests.integration.vision.test_media import redactor
from tests.support.people import picture
from vision.pictures.views import ViewMaker
from vision.pipeline.kept_frames import KeptFrames
from vision.pipeline.mailbox import Frame


def judge(console: Any, stop: threading.Event) -> None:  # noqa: ANN401
    """Keep a frame a second of kitchen A's camera, and make what is watched."""
    kept, detector = KeptFrames(), redactor()
    maker = ViewMaker(store=console.store, kept=kept, redactor=lambda: detector)
    while not stop.wait(1):
        at = datetime.now(UTC)
        kept.keep(Frame(device_id=console.a.camera, jpeg=picture(f"{at:%H:%M:%S}"), occurred_at=at, received_at=at))
        maker.look(at=at)


def test_row_5_the_wall_shows_present_pictures_and_who_is_away(console: Any) -> None:  # noqa: ANN401
    with console.store.write() as w:
        w.raw.execute("UPDATE node SET online = true, last_seen_at = now()")
        w.raw.execute("UPDATE device SET last_frame_at = now() WHERE id = %s", [console.a.camera])
    stop = threading.Event()
    worker = threading.Thread(target=judge, args=(console, stop))
    worker.start()
    try:
        page = console.page_of("city")
        page.goto(f"{console.url}/console/wall")
        tile = page.locator(f"[data-camera={console.a.camera}]")
        expect(tile.locator("img")).to_be_visible()
        expect(tile.locator(".chip")).to_have_text("在线")
        expect(page.locator(f"[data-camera={console.b.camera}] .chip")).to_have_text("未接入")
        first = tile.locator("img").get_attribute("data-at")
        shot(page, "wall")
        expect(tile.locator("img")).not_to_have_attribute("data-at", first or "")
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        page.select_option("[name=region]", console.b.region)
        with page.expect_navigation(wait_until="load"):
            page.click(".filter button")
        expect(page.locator(".tile")).to_have_count(1)
    finally:
        stop.set()
        worker.join()
