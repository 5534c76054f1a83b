"""The compose file: what it names exists, secrets are files, every long-lived service has a probe."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet

from models.evidence.signing import Signer
from tests.support.paths import ROOT
from tests.support.shipped import refusal, undocumented

FOLDER = ROOT / "deploy" / "compose"
OURS = ("migrate", "accounts", "ingest", "vision", "alerts", "api")
ONCE = {"migrate", "log-ins"}


@pytest.fixture
def file() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    return found


def test_every_key_is_one_of_the_compose_specification(file: dict[str, Any]) -> None:
    assert {key for key in file if not key.startswith("x-")} == {"name", "services", "configs", "secrets", "volumes"}
    known = {
        "image",
        "restart",
        "read_only",
        "cap_drop",
        "security_opt",
        "tmpfs",
        "command",
        "entrypoint",
        "environment",
    }
    known |= {"secrets", "volumes", "depends_on", "healthcheck", "ports", "configs", "shm_size"}
    assert {key for service in file["services"].values() for key in service} <= known


def test_commands_and_their_options_exist(file: dict[str, Any]) -> None:
    assert {name: refusal(file["services"][name]["command"]) for name in OURS} == dict.fromkeys(OURS)


def test_settings_are_documented(file: dict[str, Any]) -> None:
    names = {name for service in OURS for name in file["services"][service]["environment"]}
    assert undocumented(sorted(names)) == []


def test_no_service_has_a_secret_in_its_environment(file: dict[str, Any]) -> None:
    for name, service in file["services"].items():
        for setting, value in service.get("environment", {}).items():
            assert not re.search(r"(PASSWORD|SECRET|KEY)S?$", setting), f"{name}: {setting}"
            assert not re.search(r"://[^/@]*:[^/@]+@", str(value)), f"{name}: {setting}"
            if str(value).startswith("/run/secrets/"):
                assert str(value).removeprefix("/run/secrets/") in service["secrets"], f"{name}: {setting}"


def test_what_a_service_mounts_and_waits_for_is_defined(file: dict[str, Any]) -> None:
    services = file["services"]
    for name, service in services.items():
        mounted = {one if isinstance(one, str) else one["source"] for one in service.get("secrets", [])}
        assert mounted <= set(file["secrets"]), name
        assert {one["source"] for one in service.get("configs", [])} <= set(file["configs"]), name
        assert {one.partition(":")[0] for one in service.get("volumes", [])} <= set(file["volumes"]), name
        for other, how in service.get("depends_on", {}).items():
            wanted = how["condition"]
            assert wanted == ("service_completed_successfully" if other in ONCE else "service_healthy"), (name, other)
            assert other in ONCE or "healthcheck" in services[other], (name, other)
    for one in file["configs"].values():
        assert (FOLDER / one["file"]).is_file()


def test_roles_have_probes_and_little_power(file: dict[str, Any]) -> None:
    for name in OURS:
        service = file["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        if name not in {"migrate", "accounts"}:
            port = "8080" if name == "api" else service["environment"]["MINGCHU_METRICS_PORT"]
            assert f"http://127.0.0.1:{port}/ready" in service["healthcheck"]["test"][-1]
    assert all(not image.split("/")[0].count(".") for image in images(file)), "no registry's host"


def images(file: dict[str, Any]) -> list[str]:
    return [re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", service["image"]) for service in file["services"].values()]


def test_the_brokers_configuration_is_that_of_several_brokers() -> None:
    def settings(text: str) -> list[str]:
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        return [line for line in lines if not line.startswith("persistence_location")]

    several = (ROOT / "deploy" / "brokers" / "mosquitto.conf").read_text(encoding="utf-8")
    assert settings((FOLDER / "mosquitto.conf").read_text(encoding="utf-8")) == settings(several)


def test_made_secrets_are_those_of_the_file_and_stay(file: dict[str, Any], tmp_path: Path) -> None:
    script = tmp_path / "make-secrets"
    script.write_bytes((FOLDER / "make-secrets").read_bytes())
    subprocess.run(["sh", str(script)], check=True, capture_output=True)
    made = {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}
    assert {f"./secrets/{name}" for name in made} == {one["file"] for one in file["secrets"].values()}
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    Fernet(made["database-keys"].strip())
    Signer.read(tmp_path / "secrets" / "feed-signing-key.pem")
    assert len(set(made.values())) == len(made)
    again = subprocess.run(["sh", str(script)], check=True, capture_output=True)
    assert again.stdout == b""
    assert {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()} == made
