import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.ports import free_port

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def timescale_url() -> Iterator[str]:
    """A server with TimescaleDB: MINGCHU_TEST_TIMESCALE_URL, else PGlite built with it (npm, WASM)."""
    given = os.environ.get("MINGCHU_TEST_TIMESCALE_URL")
    if given:
        yield given
        return
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules").is_dir():
        reason = "needs MINGCHU_TEST_TIMESCALE_URL, or node and `npm install` in tests/integration/models/timescale"
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)
    port = free_port()
    argv = [node, str(HERE / "serve.mjs"), str(port)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline().strip() == "ready"
        yield f"host=127.0.0.1 port={port} user=postgres dbname=postgres password=x sslmode=disable"
        server.kill()
