"""The tables of docs/CATALOGUE.md, made from the catalogue. Pure."""

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
from models.catalogue.words import span_text, unit_text

MARKER = "<!-- made by: mingchu code list --markdown -->"
"""Stands before and behind the tables in the document."""


def tables() -> str:
    """Both tables, in Markdown."""
    violations = [_violation(code) for code in VIOLATION_CODES.values()]
    sensors = [_sensor(code) for code in SENSOR_CODES.values()]
    return "\n".join(
        (
            f"### Violations, version {VIOLATIONS_VERSION}",
            "",
            "| code | 中文 | severity | deadline | basis | law |",
            "|---|---|---|---|---|---|",
            *violations,
            "",
            f"### Sensors, version {SENSORS_VERSION}",
            "",
            "| code | 中文 | limits (§ = law) | plausible | reports | alarm | deadline | basis | law |",
            "|---|---|---|---|---|---|---|---|---|",
            *sensors,
        )
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _violation(code: Code) -> str:
    severity = str(code.severity)
    if code.severity_in_zones is not None:
        zones = "、".join(label(zone) for zone in sorted(code.severe_zones))
        elsewhere = "advice" if code.advice_elsewhere else severity
        severity = f"{code.severity_in_zones} in {zones}, else {elsewhere}"
    law = ", ".join(sorted(code.law)) or "–"
    return _row(f"`{code.code}`", code.label, severity, span_text(code.deadline), code_basis_text(code.code), law)


def _sensor(code: SensorCode) -> str:
    low, high = code.plausible
    reports = "–" if code.report_every is None else span_text(code.report_every)
    return _row(
        f"`{code.code}`",
        code.label,
        "<br>".join(_limit(one, unit_text(code.unit)) for one in code.thresholds),
        f"{low:g} … {high:g}",
        reports,
        str(code.alarm_severity),
        span_text(code.deadline),
        code_basis_text(code.code),
        ", ".join(sorted(code.law)) or "–",
    )


def _limit(limit: Threshold, unit: str) -> str:
    held = f" {span_text(limit.hold)}" if limit.hold else ""
    side, mark = ">" if limit.above else "<", " §" if limit.law else ""
    return f"`{limit.name}` {side} {limit.limit:g} {unit}".rstrip() + held + mark
