"""The console below a path of its host, behind a real nginx that passes the path on or takes it off."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from api import role
from deploy.embedded.ports import free_port
from models.evidence.files import EvidenceFiles
from models.store import Store
from tests.e2e.console.conftest import ARGS, Console
from tests.support.people import add_users, raise_alert
from tests.support.waiting import GENEROUS_S, wait_for
from tests.support.world import seed_world

CONF = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port};
    location / {{ return 404; }}
    location /mingchu/ {{
      proxy_pass http://127.0.0.1:{behind}{taken_off};
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_buffering off;
    }}
  }}
}}
"""


@pytest.fixture(params=["", "/"], ids=["passed on", "taken off"])
def proxied(
    request: pytest.FixtureRequest, store: Store, database_url: str, tmp_path: Path, chromium: str
) -> Iterator[Console]:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        if os.environ.get("CI"):
            pytest.fail("CI is expected to have nginx")
        pytest.skip("needs nginx (Debian: apt-get install nginx-light)")
    a, b = seed_world(store)
    add_users(store, a, b)
    port, behind, stop = free_port(), free_port(), threading.Event()
    files, url = EvidenceFiles(tmp_path / "evidence"), f"http://127.0.0.1:{port}/mingchu"
    arguments = {"database_url": database_url, "files": files, "host": "127.0.0.1", "port": behind, "public_url": url}
    server = threading.Thread(target=role.run, kwargs={**arguments, "stop": stop})
    server.start()
    (tmp_path / "nginx.conf").write_text(
        CONF.format(folder=tmp_path, port=port, behind=behind, taken_off=request.param)
    )
    process = subprocess.Popen([nginx, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)])
    try:
        wait_for(lambda: _is_ready(url), timeout_s=GENEROUS_S, log=tmp_path / "error.log")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
            yield Console(url=url, store=store, files=files, a=a, b=b, browser=browser)
            browser.close()
    finally:
        process.terminate()
        process.wait(10)
        stop.set()
        server.join(GENEROUS_S)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready").is_success
    except httpx.TransportError:
        return False


def test_a_reviewer_works_and_follows_below_a_path(proxied: Console) -> None:
    raise_alert(proxied.store, proxied.files, proxied.a, "smoking")
    page = proxied.page_of("regulator-a")
    failed: list[str] = []
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    expect(page).to_have_url(f"{proxied.url}/console/review")
    expect(page.locator("main")).to_contain_text("吸烟")
    assert page.locator("main img").first.evaluate("img => img.decode().then(() => img.naturalWidth)") > 0
    page.keyboard.press("y")
    expect(page.locator("#toasts")).to_contain_text("整改")
    page.click('nav.nav a[href$="/console/tasks"]')
    expect(page).to_have_url(f"{proxied.url}/console/tasks")
    expect(page.locator("main")).to_contain_text("吸烟")
    page.goto(f"{proxied.url}/console/account")
    with page.expect_navigation(wait_until="load"):
        page.click("header form button")
    expect(page).to_have_url(f"{proxied.url}/console/login")
    assert failed == []


def test_a_page_that_needs_a_log_in_comes_back_to_itself(proxied: Console) -> None:
    page = proxied.browser.new_page()
    page.goto(f"{proxied.url}/console/sites")
    expect(page).to_have_url(f"{proxied.url}/console/login?next=/console/sites")
    cookies = proxied.page_of("regulator-a").context.cookies()
    assert {cookie["path"] for cookie in cookies} == {"/mingchu/"}
