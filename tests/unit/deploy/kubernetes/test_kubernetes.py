"""The objects for Kubernetes: they fit its schemas, and what they name exists."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.support.paths import ROOT
from tests.support.shipped import refusal, undocumented

FOLDER = ROOT / "deploy" / "kubernetes"
ROLES = ("ingest", "vision", "alerts", "api")
SCHEMA = "1.32"


def objects() -> list[dict[str, Any]]:
    names = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    return [one for name in names for one in yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8"))]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in objects() if one["kind"] == kind}


def containers() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name, pod and container of every workload."""
    for name, one in {**of_kind("Deployment"), **of_kind("Job")}.items():
        pod = one["spec"]["template"]["spec"]
        for container in pod["containers"]:
            yield name, pod, container


def test_every_file_is_listed() -> None:
    listed = set(yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))["resources"])
    assert {path.name for path in FOLDER.glob("*.yaml")} == listed | {"kustomization.yaml"}


@pytest.mark.parametrize("one", objects(), ids=lambda one: f"{one['kind']}/{one['metadata']['name']}")
def test_it_fits_the_schema_strictly(one: dict[str, Any]) -> None:
    kubernetes_validate.validate(one, SCHEMA, strict=True)


def test_the_schema_refuses_what_is_wrong() -> None:
    one = of_kind("Deployment")["api"]
    one["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(one, SCHEMA, strict=True)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kustomize_builds_the_same_objects() -> None:
    built = subprocess.run(["kubectl", "kustomize", str(FOLDER)], check=True, capture_output=True, text=True).stdout
    found = list(yaml.safe_load_all(built))
    assert len(found) == len(objects())
    assert all(one["metadata"].get("namespace", "mingchu") == "mingchu" for one in found)


def test_commands_and_their_options_exist() -> None:
    refused = {name: refusal(container["args"]) for name, _, container in containers()}
    assert refused == dict.fromkeys((*ROLES, "migrate"))


def test_settings_are_documented() -> None:
    names = set(of_kind("ConfigMap")["settings"]["data"])
    names |= {one["name"] for _, _, container in containers() for one in container["env"]} - {"REPLICA"}
    assert undocumented(sorted(names)) == []


def test_a_pod_mounts_the_files_that_its_settings_name_and_no_others() -> None:
    for name, pod, container in containers():
        (secret,) = (one["secret"] for one in pod["volumes"] if "secret" in one)
        mounted = {f"/run/secrets/mingchu/{item['path']}" for item in secret["items"]}
        named = {one.get("value", "") for one in container["env"]}
        assert mounted == {value for value in named if value.startswith("/run/")}, name
        volumes = {one["name"] for one in pod["volumes"]}
        assert {one["name"] for one in container["volumeMounts"]} == volumes, name


def test_secrets_are_those_that_the_script_makes() -> None:
    script = (ROOT / "deploy" / "compose" / "make-secrets").read_text(encoding="utf-8")
    keys = {
        item["key"]
        for _, pod, _ in containers()
        for v in pod["volumes"]
        for item in v.get("secret", {}).get("items", [])
    }
    assert {key for key in keys if key not in script} == set()


def test_pods_have_little_power() -> None:
    for name, pod, container in containers():
        context = container["securityContext"]
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["automountServiceAccountToken"] is False, name
        assert context["readOnlyRootFilesystem"] is True, name
        assert context["allowPrivilegeEscalation"] is False, name
        assert context["capabilities"] == {"drop": ["ALL"]}, name
        assert set(container["resources"]) == {"requests", "limits"}, name
        assert not re.match(r"[^/]*\.[^/]*/", container["image"]), f"{name}: no registry's host"


def test_every_role_is_probed_budgeted_and_reachable_by_those_alone_who_have_to() -> None:
    deployments, budgets = of_kind("Deployment"), of_kind("PodDisruptionBudget")
    assert set(deployments) == set(budgets) == set(ROLES)
    assert of_kind("StatefulSet") == {}
    for name, _, container in containers():
        if name == "migrate":
            continue
        ports = {one["name"]: one["containerPort"] for one in container["ports"]}
        port = "http" if name == "api" else "metrics"
        assert ports[port] == (8080 if name == "api" else 9400)
        assert container["startupProbe"]["httpGet"] == {"path": "/ready", "port": port}
        assert container["readinessProbe"]["httpGet"] == {"path": "/ready", "port": port}
        assert container["livenessProbe"]["httpGet"] == {"path": "/health", "port": port}
        assert budgets[name]["spec"]["selector"] == deployments[name]["spec"]["selector"]
    policies = of_kind("NetworkPolicy")
    assert policies["nothing"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for name, policy in policies.items():
        for rule in policy["spec"].get("ingress", []):
            assert rule["from"], f"{name} admits everybody"
            assert rule["ports"], f"{name} opens every port"
        for rule in policy["spec"].get("egress", []):
            assert rule["ports"], f"{name} opens every port"


def test_ports_and_settings_agree() -> None:
    data = of_kind("ConfigMap")["settings"]["data"]
    assert data["MINGCHU_METRICS_PORT"] == "9400"
    assert data["MINGCHU_METRICS_HOST"] == "0.0.0.0"  # noqa: S104 - a probe comes from outside of the pod
    brokers = data["MINGCHU_MQTT_URL"].split(",")
    allowed = {one["port"] for one in of_kind("NetworkPolicy")["brokers"]["spec"]["egress"][0]["ports"]}
    assert {int(url.rpartition(":")[2]) for url in brokers} <= allowed
