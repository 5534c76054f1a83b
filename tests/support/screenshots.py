"""Pictures of every page of the console, taken from a running demo: `make screenshots`.

Usage: python -m tests.support.screenshots FOLDER [--readme docs/review.png]

Each page is visited as the role that uses it, 1440 and 390 px wide. A page that scrolls sideways, or a script that
fails, ends the run with an error.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from deploy.demo.seed import Account, Seeded
from deploy.embedded.folder import temporary_data_dir
from deploy.places import Endpoints, Places
from models.catalogue.terms import Role
from tests.support.platform import is_ready
from tests.support.waiting import START_S, tail, wait_for

PAGES: dict[Role, tuple[str, ...]] = {
    Role.regulator: (
        *(
            "review",
            "tasks",
            "leads",
            "supervision",
            "guarantees",
            "pledges",
            "warnings",
            "indices",
            "dispatch",
            "heard",
            "precision",
        ),
        *("sites", "codes", "calendar", "chains", "notices", "events", "users", "audit"),
    ),
    Role.enterprise: (
        *("tasks", "records", "reports", "warnings", "indices", "people", "sites"),
        *("codes", "calendar", "chains", "notices", "connect", "account"),
    ),
    Role.platform: ("events",),
}
WIDTHS = (1440, 390)
README_WIDTH = 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A running demo: its address and its log-ins."""

    url: str
    accounts: tuple[Account, ...]

    def account(self, role: Role) -> Account:
        return next(account for account in self.accounts if account.role is role)


@contextmanager
def running_demo() -> Iterator[Demo]:
    """`mingchu demo` with every role ready and something in the review queue; stopped in order at the end."""
    with temporary_data_dir() as data:
        log = data / "demo.log"
        argv = [sys.executable, "-m", "deploy.cli", "demo", "--data", str(data)]
        begun = datetime.now(UTC).isoformat()
        with log.open("wb") as out:
            process = subprocess.Popen(argv, stdout=out, stderr=out)
        try:
            wait_for(lambda: process.poll() is not None or is_ready(data), timeout_s=START_S, log=log)
            assert process.poll() is None, tail(log)
            places = Places(data)
            endpoints, seeded = Endpoints.load(places), Seeded.load(places)
            assert endpoints is not None
            key = {"Authorization": f"Bearer {seeded.platform_key}"}
            url = f"{endpoints.console_url}/v1/tasks"
            # Wait until the scripted reviewer has judged and a task is closed; those of the past are closed all along.
            wait_for(
                lambda: any(
                    task["state"] == "closed" and task["dispatched_at"] > begun
                    for task in httpx.get(url, headers=key, timeout=10).json()["data"]
                ),
                timeout_s=START_S,
                log=log,
            )
            yield Demo(url=endpoints.console_url, accounts=seeded.accounts)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def logged_in(browser: Browser, demo: Demo, account: Account, *, width: int) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
    page = context.new_page()
    page.on("pageerror", lambda error: sys.exit(f"script error: {error}"))
    page.goto(demo.url)
    page.fill("#login", account.login)
    page.fill("#password", account.password)
    with page.expect_navigation(wait_until="load"):
        page.click("button.primary")
    return page


def visit(page: Page, demo: Demo, name: str, path: Path) -> None:
    page.goto(f"{demo.url}/console/{name}", wait_until="load")
    page.wait_for_timeout(700)  # pictures and films are loaded by scripts
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if too_wide > 0:
        sys.exit(f"{path.name} scrolls sideways by {too_wide} px")
    page.screenshot(path=str(path), full_page=True)


def first_task(page: Page, demo: Demo) -> str | None:
    """The page of the first task on the board; None if the board has none."""
    page.goto(f"{demo.url}/console/tasks", wait_until="load")
    card = page.locator("a.task").first
    href = card.get_attribute("href") if card.count() else None
    return None if href is None else href.removeprefix("/console/")


def shoot(folder: Path, readme: Path | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    browser_path = next(found for name in ("chromium", "chromium-browser", "chrome") if (found := shutil.which(name)))
    with running_demo() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        for role, names in PAGES.items():
            for width in WIDTHS:
                page = logged_in(browser, demo, demo.account(role), width=width)
                for name in names:
                    visit(page, demo, name, folder / f"{role}-{name}-{width}.png")
                open_task = first_task(page, demo)
                if open_task is not None:
                    visit(page, demo, open_task, folder / f"{role}-task-{width}.png")
                page.context.close()
        browser.close()
    if readme is not None:
        picture = cv2.imread(os.fspath(folder / f"{Role.regulator}-review-{WIDTHS[0]}.png"))
        height = round(picture.shape[0] * README_WIDTH / picture.shape[1])
        small = cv2.resize(picture, (README_WIDTH, height), interpolation=cv2.INTER_AREA)
        cv2.imwrite(os.fspath(readme), small, [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--readme", type=Path, default=None, help="Write the first page of the README anew.")
    arguments = parser.parse_args()
    shoot(arguments.folder, arguments.readme)
