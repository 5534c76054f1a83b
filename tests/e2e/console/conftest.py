"""A browser against the served console, with a real database and Debian's Chromium."""

import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from api import role
from deploy.embedded.ports import free_port
from models.evidence.files import EvidenceFiles
from models.store import Store
from tests.support.people import PASSWORD, add_users, picture
from tests.support.waiting import GENEROUS_S, wait_for
from tests.support.workshop import Bench
from tests.support.world import Kitchen, seed_world

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=GENEROUS_S * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The served console, two kitchens, and browsers that log in."""

    url: str
    store: Store
    files: EvidenceFiles
    a: Kitchen
    b: Kitchen
    browser: Browser

    def page_of(self, login: str, *, width: int = 1440) -> Page:
        """A fresh browser window after its log-in; any error of a script fails the test."""
        page = self.browser.new_context(viewport={"width": width, "height": 900}).new_page()
        page.set_default_timeout(GENEROUS_S * 1000)
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        page.goto(self.url)
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        # Keys that are pressed before the scripts have run would be lost.
        with page.expect_navigation(wait_until="load"):
            page.click("button.primary")
        return page


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI is expected to have chromium")
        pytest.skip("needs chromium (Debian: apt-get install chromium)")
    return found


@pytest.fixture
def console(store: Store, database_url: str, tmp_path: Path, chromium: str) -> Iterator[Console]:
    a, b = seed_world(store)
    add_users(store, a, b)
    stop, port, evidence = threading.Event(), free_port(), tmp_path / "evidence"
    arguments = {
        "database_url": database_url,
        "files": EvidenceFiles(evidence),
        "workshop": Bench(snapshot=picture("look")),
        "host": "127.0.0.1",
        "port": port,
    }
    server = threading.Thread(target=role.run, kwargs={**arguments, "stop": stop})
    server.start()
    url = f"http://127.0.0.1:{port}"
    wait_for(lambda: _is_ready(url))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield Console(url=url, store=store, files=EvidenceFiles(evidence), a=a, b=b, browser=browser)
        browser.close()
    stop.set()
    server.join(GENEROUS_S)
    assert not server.is_alive()


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready").is_success
    except httpx.TransportError:
        return False
