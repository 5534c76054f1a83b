"""A kitchen connects a camera by the console, its agent runs, a violation is found, and its clip is played.

Everything is real: `mingchu up`, an RTSP camera, `mingchu agent`, Chromium. Only the camera's pictures are simulated.
"""

import json
import os
import re
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from deploy.embedded.folder import temporary_data_dir
from ingest.simulator.kitchen import KitchenCamera, Situation
from tests.e2e.console.conftest import ARGS
from tests.support.platform import running_up
from tests.support.rtsp import Footage, rtsp_server
from tests.support.waiting import GENEROUS_S, wait_for

FPS, SECONDS = 8, 24


def bare_headed(folder: Path) -> Footage:
    """A kitchen with a bare head, as an H.264 camera sends it, one key frame a second."""
    scene = [Situation(code="no_chef_hat", start_s=0, end_s=1e6)]
    camera = KitchenCamera(seed=30_005, name="RTSP", cooks=2, situations=scene, width=960, height=540)
    context = av.CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = 960, 540, "yuv420p"
    context.time_base, context.framerate, context.gop_size = Fraction(1, FPS), Fraction(FPS), FPS
    context.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "scenecut=0:repeat-headers=1"}
    units: list[bytes] = []
    for number in range(FPS * SECONDS):
        drawn, _ = camera.render(number / FPS, wall_clock=datetime(2026, 9, 1, 2, tzinfo=UTC))
        frame = av.VideoFrame.from_ndarray(drawn, format="bgr24").reformat(format="yuv420p")
        frame.pts = number
        units += [bytes(packet) for packet in context.encode(frame)]
    units += [bytes(packet) for packet in context.encode(None)]
    path = folder / "kitchen.units"
    about = json.dumps({"codec": "h264", "fps": FPS}).encode() + b"\n"
    path.write_bytes(about + b"".join(struct.pack(">I", len(unit)) + unit for unit in units))
    return Footage(path=path, codec="h264", width=960, height=540, fps=FPS, gop=FPS, units=tuple(units))


def mingchu(data: Path, *arguments: str) -> str:
    argv = [sys.executable, "-m", "deploy.cli", *arguments[:2], "--data", str(data), *arguments[2:]]
    return subprocess.run(argv, capture_output=True, text=True, timeout=GENEROUS_S, check=True).stdout


@contextmanager
def running(argv: list[str], log: Path, **more: str) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", *argv], stdout=out, stderr=out, env={**os.environ, **more}
        )
        try:
            yield
        except BaseException:
            lines = [line for line in log.read_text().splitlines() if '"event": "request"' not in line]
            print(*argv, *lines[-40:], sep="\n")  # noqa: T201 - pytest shows it beside the failure
            raise
        finally:
            process.send_signal(signal.SIGTERM)
            ended = process.wait(GENEROUS_S)
        assert ended == 0, log.read_text()[-2000:]


@pytest.fixture
def stack() -> Iterator[tuple[Path, str]]:
    with (
        temporary_data_dir() as data,
        running_up(data, MINGCHU_API_LOOK_AT_LOOPBACK="true") as (_process, endpoints),
    ):
        yield data, endpoints.console_url


def seeded(data: Path) -> dict[str, str]:
    """Register a kitchen, its owner and a regulator; return their passwords."""
    entity = mingchu(
        data, "entity", "add", "--tenant", "shaoxing", "--name", "鉴湖酒家", "--credit-code", "92330602MA00TEX117",
        "--region", "330602", "--officer", "王建国",
    ).strip()  # fmt: skip
    mingchu(data, "site", "add", "jianhu", "--entity", entity, "--name", "后厨")
    owner = mingchu(data, "user", "add", "laoban", "--name", "老板", "--role", "enterprise", "--tenant", "shaoxing", "--entity", entity)  # fmt: skip # noqa: E501
    regulator = mingchu(data, "user", "add", "jianguan", "--name", "监管所", "--role", "regulator", "--tenant", "shaoxing", "--region", "330602")  # fmt: skip # noqa: E501
    return {"laoban": last_word(owner), "jianguan": last_word(regulator)}


def last_word(shown: str) -> str:
    return shown.rsplit(maxsplit=1)[-1]


def logged_in(page: Page, url: str, login: str, password: str) -> None:
    page.goto(url)
    page.fill("#login", login)
    page.fill("#password", password)
    with page.expect_navigation(wait_until="load"):
        page.click("button.primary")


def connected(page: Page, url: str, camera_url: str, folder: Path) -> None:
    """Take the three steps of the page as an owner; the agent's files are in `folder` afterwards."""
    page.goto(f"{url}/console/connect")
    page.fill("#url", camera_url)
    page.fill("#cam-user", "admin")
    page.fill("#cam-password", "wrong")
    page.click("#look-go")
    expect(page.locator("#found-line")).to_contain_text("用户名或密码不正确")
    page.fill("#cam-password", "s3cret")
    page.click("#look-go")
    expect(page.locator("#found-line")).to_contain_text("画面正常")
    expect(page.locator("#found-facts")).to_contain_text("960 × 540")
    canvas = page.locator("#canvas")
    expect(canvas).to_be_visible()
    canvas.scroll_into_view_if_needed()
    for x, y in ((2, 2), (60, 2), (60, 20), (2, 2)):
        canvas.click(position={"x": x, "y": y})
    page.select_option("#zone", "cooking")
    page.fill("#name", "烹饪区")
    page.click("#place-go")
    expect(page.locator("#step-run")).to_be_visible()
    expect(page.locator("#secret")).to_be_visible()
    (folder / "agent.toml").write_text(page.locator("#toml").inner_text())
    (folder / "node.password").write_text(page.locator("#secret").inner_text())
    device = re.search(r'device = "([^"]+)"', page.locator("#toml").inner_text())
    assert device
    (folder / f"{device[1]}.password").write_text("s3cret")
    for path in folder.iterdir():
        path.chmod(0o600)


def test_from_an_address_to_the_clip_of_a_violation(stack: tuple[Path, str], chromium: str, tmp_path: Path) -> None:
    data, url = stack
    passwords, site = seeded(data), tmp_path / "site"
    site.mkdir(mode=0o700)
    with (
        rtsp_server({"live": bare_headed(tmp_path)}, login=("admin", "s3cret")) as camera,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        owner = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
        logged_in(owner, url, "laoban", passwords["laoban"])
        connected(owner, url, camera.url("live"), site)
        if shots := os.environ.get("MINGCHU_SHOTS"):
            owner.screenshot(path=f"{shots}/connect.png", full_page=True)
        with running(["agent", "--config", str(site / "agent.toml")], tmp_path / "agent.log"):
            expect(owner.locator("#waiting")).to_contain_text("已上线")
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            logged_in(page, url, "jianguan", passwords["jianguan"])
            expect(page.locator("#alert h2")).to_contain_text("未戴工作帽")
            expect(page.locator("#filming")).to_be_enabled(timeout=60_000)
            page.keyboard.press("v")
            wait_for(lambda: (page.evaluate("document.getElementById('film')?.currentTime") or 0) > 1)
            assert page.evaluate("document.getElementById('film').error") is None
            expect(page.locator("#clip")).not_to_contain_text("抓拍帧")
            page.keyboard.press("m")
            expect(page.locator(".over")).to_be_visible()
            if shots:
                page.screenshot(path=f"{shots}/clip.png")
        browser.close()
    for log in (data / "up.log", tmp_path / "agent.log"):
        text = log.read_text()
        assert "s3cret" not in text
        assert "/v1/uploads/" not in text.replace("/v1/uploads/{token}", "")
