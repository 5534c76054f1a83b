"""Make the tables of docs/CATALOGUE.md from the catalogue. Pure."""

from datetime import timedelta

from models.catalogue.codes import (
    SENSOR_CODES,
    SENSORS_VERSION,
    VIOLATION_CODES,
    VIOLATIONS_VERSION,
    Code,
    SensorCode,
    Threshold,
    code_basis_text,
)
from models.catalogue.terms import label
from models.catalogue.words import unit_text

MARKER = "<!-- made by: mingchu code list --markdown -->"
"""The line before and after the tables in the document."""


_JUDGED = {"always": "always", "asked": "where asked", "elsewhere": "not by us"}


def tables() -> str:
    """Return the tables in Markdown."""
    violations = [_violation(code) for code in VIOLATION_CODES.values()]
    sensors = [_sensor(code) for code in SENSOR_CODES.values()]
    limits = [_limits(code) for code in SENSOR_CODES.values()]
    return "\n".join(
        (
            f"### Violations, version {VIOLATIONS_VERSION}",
            "",
            "| code | 中文 | severity | deadline | looked for | basis | law |",
            "|---|---|---|---|---|---|---|",
            *violations,
            "",
            f"### Sensors, version {SENSORS_VERSION}",
            "",
            "| code | 中文 | plausible | reports | alarm | deadline | basis | law |",
            "|---|---|---|---|---|---|---|---|",
            *sensors,
            "",
            "### Limits of sensors (§ = law)",
            "",
            "| code | limits: name, value, hold time |",
            "|---|---|",
            *limits,
        )
    )


def _span(length: timedelta) -> str:
    seconds = length.total_seconds()
    for size, name in ((3600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds / size:g} {name}"
    return f"{seconds:g} s"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _violation(code: Code) -> str:
    severity = str(code.severity)
    if code.severity_in_zones is not None:
        zones = "、".join(label(zone) for zone in sorted(code.severe_zones))
        elsewhere = "advice" if code.advice_elsewhere else severity
        severity = f"{code.severity_in_zones} in {zones}, else {elsewhere}"
    law = ", ".join(sorted(code.law)) or "–"
    basis = code_basis_text(code.code)
    return _row(f"`{code.code}`", code.label, severity, _span(code.deadline), _JUDGED[code.judged], basis, law)


def _sensor(code: SensorCode) -> str:
    low, high = code.plausible
    reports = "–" if code.report_every is None else _span(code.report_every)
    return _row(
        f"`{code.code}`",
        code.label,
        f"{low:g} … {high:g}",
        reports,
        str(code.alarm_severity),
        _span(code.deadline),
        code_basis_text(code.code),
        ", ".join(sorted(code.law)) or "–",
    )


def _limits(code: SensorCode) -> str:
    return _row(f"`{code.code}`", "; ".join(_limit(one, unit_text(code.unit)) for one in code.thresholds))


def _limit(limit: Threshold, unit: str) -> str:
    held = f" {_span(limit.hold)}" if limit.hold else ""
    side, mark = ">" if limit.above else "<", " §" if limit.law else ""
    return f"`{limit.name}` {side} {limit.limit:g} {unit}".rstrip() + held + mark
