"""A real OpenID provider: npm's `oidc-provider` on a port of this machine."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.embedded.ports import free_port
from tests.support.waiting import START_S, wait_for

HERE = Path(__file__).parent
SECRET = "only-for-tests-" + "x" * 32
_FORM = re.compile(r'<form[^>]*action="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Identity:
    """A running provider."""

    issuer: str

    def log_in(self, address: str, login: str) -> str:
        """Log in at the provider as a browser does; return the address at which it sends the browser back."""
        with httpx.Client(follow_redirects=False) as browser:
            answer = browser.get(address)
            for _ in range(12):
                if answer.is_redirect:
                    target = str(answer.next_request.url) if answer.next_request else ""
                    if not target.startswith(self.issuer):
                        return target
                    answer = browser.get(target)
                    continue
                form = _FORM.search(answer.text)
                assert form is not None, answer.text
                prompt = "login" if 'name="login"' in answer.text else "consent"
                answer = browser.post(form[1], data={"prompt": prompt, "login": login, "password": "x"})
        raise AssertionError("the provider sends the browser around")


@contextmanager
def running_identity(folder: Path, back: str) -> Iterator[Identity]:
    """Run the provider for a client that comes back at `back`."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        if os.environ.get("CI"):
            pytest.fail("CI is expected to have node and npm")
        pytest.skip("needs node and npm for a real OpenID provider")
    for name in ("package.json", "provider.mjs"):
        shutil.copy(HERE / name, folder / name)
    install = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"]
    subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=300)
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    log = folder / "provider.log"
    with log.open("wb") as out:
        process = subprocess.Popen([node, "provider.mjs", str(port), back, SECRET], cwd=folder, stdout=out, stderr=out)
    try:
        wait_for(lambda: b"ready" in log.read_bytes() or process.poll() is not None, timeout_s=START_S, log=log)
        assert process.poll() is None, log.read_text()
        yield Identity(issuer)
    finally:
        process.terminate()
        process.wait(10)
