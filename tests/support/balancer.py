"""Debian's HAProxy with the configuration of `deploy/brokers`, in front of a test's brokers."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.waiting import wait_for

SHIPPED = ROOT / "deploy" / "brokers" / "haproxy.cfg"


def find_haproxy() -> str:
    """The program; skips the test where it is missing, never in CI."""
    found = shutil.which("haproxy", path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin")))
    if found is None:
        assert not os.environ.get("CI"), "CI installs haproxy"
        pytest.skip("haproxy is not installed")
    return found


def configuration(*, port: int, brokers: Sequence[int]) -> str:
    """The shipped configuration with a test's ports, and servers for its brokers."""
    text = SHIPPED.read_text()
    changes = {"bind :1883": f"bind 127.0.0.1:{port}", "maxconn 130000": "maxconn 1000"}
    changes |= {f"broker-{n}:1883": f"127.0.0.1:{at}" for n, at in enumerate(brokers, 1)}
    for old, new in changes.items():
        assert old in text, f"{SHIPPED.name} no longer has {old!r}"
        text = text.replace(old, new)
    return "\n".join(line for line in text.splitlines() if ":1883" not in line or line.startswith("#")) + "\n"


@contextmanager
def balancer(folder: Path, *, port: int, brokers: Sequence[int]) -> Iterator[subprocess.Popen[bytes]]:
    """Run HAProxy until the block ends; ready when a broker answers through it."""
    program, config, log = find_haproxy(), folder / "haproxy.cfg", folder / "haproxy.log"
    config.write_text(configuration(port=port, brokers=brokers))
    with log.open("wb") as out:
        child = subprocess.Popen([program, "-db", "-f", str(config)], stdout=out, stderr=out)
    try:
        wait_for(lambda: child.poll() is None and _accepts(port), log=log)
        yield child
    finally:
        child.terminate()
        child.wait(30)


def _accepts(port: int) -> bool:
    from deploy.embedded.ports import port_is_free  # noqa: PLC0415 - only tests of brokers need the room

    return not port_is_free(port, "127.0.0.1")
