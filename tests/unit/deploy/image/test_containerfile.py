"""The Containerfile: what it copies and starts exists; built for real where a base image is given."""

import os
import re
import shutil
import subprocess

import pytest

from tests.support.paths import ROOT
from tests.support.shipped import refusal

TEXT = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
BASE = os.environ.get("MINGCHU_TEST_BASE_IMAGE")


def test_what_it_copies_is_there_and_all_that_is_packaged_is_copied() -> None:
    copied = [name for line in re.findall(r"^COPY (?!--)(.*) \S+$", TEXT, re.MULTILINE) for name in line.split()]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    packaged = re.search(r"wheel\]\npackages = \[(.*)\]", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert packaged is not None
    assert set(re.findall(r'"(\w+)"', packaged[1])) <= set(copied)
    assert not [name for name in copied if name.startswith("tests")]


def test_it_starts_our_command_as_nobody_in_particular() -> None:
    assert 'ENTRYPOINT ["mingchu"]' in TEXT
    assert refusal([]) is None
    users = re.findall(r"^USER (.*)$", TEXT, re.MULTILINE)
    assert users == ["10001:10001"]
    assert re.search(r"^ARG BASE=debian:", TEXT, re.MULTILINE)


@pytest.mark.skipif(
    BASE is None or shutil.which("buildah") is None,
    reason="needs buildah and MINGCHU_TEST_BASE_IMAGE, a local image of Debian: none can be pulled everywhere",
)
def test_buildah_builds_it_and_it_runs() -> None:
    tag = "mingchu:test"
    argv = ["buildah", "build", "--isolation", "chroot", "--network", "host", "--build-arg", f"BASE={BASE}"]
    subprocess.run([*argv, "--file", "deploy/Containerfile", "--tag", tag, "."], check=True, cwd=ROOT)
    container = subprocess.run(["buildah", "from", tag], check=True, capture_output=True, text=True).stdout.strip()
    try:
        run = ["buildah", "run", "--isolation", "chroot", container, "--", "mingchu", "--version"]
        said = subprocess.run(run, check=True, capture_output=True, text=True).stdout
        assert "mingchu, version" in said
    finally:
        subprocess.run(["buildah", "rm", container], check=True, capture_output=True)
