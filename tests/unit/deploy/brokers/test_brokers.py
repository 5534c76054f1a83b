"""The files of several brokers: HAProxy accepts its own, the unit starts a command that exists."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.balancer import configuration, find_haproxy
from tests.support.paths import ROOT
from tests.support.shipped import refusal

FOLDER = ROOT / "deploy" / "brokers"


def test_haproxy_accepts_the_configuration_without_a_warning(tmp_path: Path) -> None:
    program = find_haproxy()
    file = tmp_path / "haproxy.cfg"
    file.write_text(configuration(port=1883, brokers=[11883, 21883]))
    checked = subprocess.run([program, "-c", "-f", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "WARNING" not in checked.stderr


def test_the_health_check_is_a_connect_packet() -> None:
    """MQTT 3.1.1 §3.1: type 1, remaining length, `MQTT`, level 4, clean session, keep-alive, client id."""
    text = (FOLDER / "haproxy.cfg").read_text(encoding="utf-8")
    packet = bytes.fromhex("".join(re.findall(r"send-binary ([0-9a-f]+)", text)))
    assert (packet[0], packet[1]) == (0x10, len(packet) - 2)
    assert packet[2:8] == b"\x00\x04MQTT"
    assert (packet[8], packet[9]) == (4, 2)
    name = packet[14:]
    assert int.from_bytes(packet[12:14], "big") == len(name)
    assert name == b"haproxy"


def test_the_unit_starts_a_command_with_options_that_it_has() -> None:
    text = (FOLDER / "mingchu-accounts.service").read_text(encoding="utf-8")
    (line,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    program, *arguments = shlex.split(line)
    assert program.endswith("/mingchu")
    assert refusal(arguments) is None
    assert "User=root" not in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_accepts_the_unit() -> None:
    unit = FOLDER / "mingchu-accounts.service"
    ran = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    said = [line for line in ran.stderr.splitlines() if "is not executable" not in line and "not found" not in line]
    assert [line for line in said if unit.name in line] == []
