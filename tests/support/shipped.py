"""What files that are shipped for deployments may name: commands, settings, metrics."""

import re
from collections.abc import Sequence

from click.testing import CliRunner

from deploy.cli import main
from tests.support.paths import ROOT

METRIC = re.compile(r"\bmingchu_[a-z_]+\b")
DECLARED = re.compile(r'(?:Counter|Gauge|Histogram)\(\s*"(mingchu_[a-z_]+)"')
OF_PYTHON = {"process_resident_memory_bytes", "process_cpu_seconds_total", "process_start_time_seconds"}
"""Metrics that prometheus_client exposes by itself."""
OF_HISTOGRAMS = ("_bucket", "_count", "_sum")
OTHERS = ("AWS_",)


def declared() -> set[str]:
    """Every metric that the code declares."""
    rooms = ("models", "ingest", "vision", "alerts", "api", "deploy")
    files = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    return {name for path in files for name in DECLARED.findall(path.read_text(encoding="utf-8"))}


def unknown_metrics(expression: str) -> set[str]:
    """The metrics of a PromQL expression that nothing exposes."""
    known = declared() | OF_PYTHON
    known |= {f"{name}{end}" for name in known for end in OF_HISTOGRAMS if name.endswith("_seconds")}
    names = {name for name in METRIC.findall(expression) if not expression.count(f'"{name}"')}
    names |= set(re.findall(r"\bprocess_[a-z_]+\b", expression))
    return names - known


def refusal(arguments: Sequence[str]) -> str | None:
    """Why `mingchu` would refuse these arguments; None if the command and its options exist."""
    ran = CliRunner().invoke(main, [*arguments, "--help"])
    return None if ran.exit_code == 0 else ran.output


def undocumented(names: Sequence[str]) -> list[str]:
    """The environment variables that docs/SETTINGS.md does not describe."""
    page = (ROOT / "docs" / "SETTINGS.md").read_text(encoding="utf-8")
    return [name for name in names if f"`{name}`" not in page and not name.startswith(OTHERS)]
