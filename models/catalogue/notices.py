"""The occasions of notices (通知): who hears of which change, from `notices.toml`. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from models.base.errors import Invalid
from models.catalogue.duty_terms import Rating, WarningLevel
from models.catalogue.supervision_terms import SupervisionCommand, SupervisionState
from models.catalogue.terms import AlertState, Severity, TaskState

TEST = "test"
"""The occasion of a test message."""
BROADCAST = "broadcast"
"""The occasion of a message to a group, which somebody writes and no event makes."""
_STATES: dict[str, frozenset[str]] = {
    "task": frozenset(TaskState),
    "alert": frozenset(AlertState),
    "supervision": frozenset(SupervisionState),
    "warning": frozenset(WarningLevel),
    "report": frozenset(Rating),
    "letter": frozenset({"issued"}),
    "broadcast": frozenset({"sent"}),
}
DUTIES = frozenset({"supervision", "warning", "report", "letter", "broadcast"})
"""The subjects that are duties: their messages wait for the end of quiet hours, however urgent."""
_KEYS = frozenset(
    {
        "label",
        "events",
        "steps",
        "subject",
        "severity",
        "enterprise",
        "supervisor",
        "cadre",
        "region",
        "states",
        "site",
        "speech",
    }
)
_LEVELS = {WarningLevel.red: Severity.critical, WarningLevel.orange: Severity.major}


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """An occasion for messages.

    Attributes:
        name, label: its name in the log, and the Chinese one.
        events: the event types that make it.
        subject: `task`, `alert`, `supervision`, `warning`, `report`, `letter` or `broadcast`.
        enterprise, supervisor: the least severity of which each side hears; None: it hears nothing.
        states: the states of the subject in which the message still makes sense.
        site: the least severity of which the kitchen's loudspeaker says `speech`; None: it says nothing.
        speech: the words, with `{zone}` and `{what}`.
        steps: the steps of a visit that make it; empty: every step.
        severity: that of the occasion, where the subject has none; None where it has.
        cadre: the channels of the cadre who visits hear of it.
        this_region_alone: of the authorities only that of the very region hears of it.
    """

    name: str
    label: str
    events: frozenset[str]
    subject: str
    enterprise: Severity | None
    supervisor: Severity | None
    states: frozenset[str]
    site: Severity | None = None
    speech: str = ""
    steps: frozenset[str] = frozenset()
    severity: Severity | None = None
    cadre: bool = False
    this_region_alone: bool = False

    def for_enterprise(self, severity: Severity) -> bool:
        """Return whether the enterprise hears of a subject of this severity."""
        return _reaches(severity, self.enterprise)

    def for_supervisor(self, severity: Severity) -> bool:
        """Return whether the authorities hear of a subject of this severity."""
        return _reaches(severity, self.supervisor)

    def said(self, severity: Severity, *, zone: str, what: str) -> str | None:
        """Return the words for the kitchen's loudspeaker; None if it says nothing of a subject of this severity."""
        return self.speech.format(zone=zone, what=what) if _reaches(severity, self.site) else None


def read_occasions(text: str) -> dict[str, Occasion]:
    """Read the occasions of a file.

    Raises:
        Invalid: an entry has an unknown key, state or severity, or nobody hears of it.
    """
    return {name: _occasion(name, row) for name, row in tomllib.loads(text).items()}


def occasion_of(event: str, *, severity: Severity) -> Occasion | None:
    """Return the occasion that an event makes; None if nobody hears of it at this severity."""
    found = _BY_EVENT.get((event, ""))
    if found is None or not (found.for_enterprise(severity) or found.for_supervisor(severity)):
        return None
    return found


def duty_occasion(event: str, *, step: str = "") -> Occasion | None:
    """Return the occasion that a step of a duty makes; None if it makes none."""
    return _BY_EVENT.get((event, step))


def severity_of_level(level: WarningLevel) -> Severity:
    """Return how severe a warning of a level counts for messages."""
    return _LEVELS.get(level, Severity.minor)


def occasion_label(name: str) -> str:
    """Return the Chinese name of an occasion."""
    return "测试消息" if name == TEST else OCCASIONS[name].label if name in OCCASIONS else name


def _reaches(severity: Severity, least: Severity | None) -> bool:
    return least is not None and severity.rank <= least.rank


def _occasion(name: str, row: Mapping[str, Any]) -> Occasion:
    if wrong := set(row) - _KEYS:
        raise Invalid(f"notices.toml, {name}: unknown {', '.join(sorted(wrong))}; expected {', '.join(sorted(_KEYS))}")
    subject = row["subject"]
    if subject not in _STATES or not set(row["states"]) <= _STATES[subject]:
        raise Invalid(f"notices.toml, {name}: expected a subject ({', '.join(_STATES)}) and states of it")
    steps, own = frozenset(row.get("steps", ())), row.get("severity")
    if not steps <= set(SupervisionCommand) | {"overdue"} or (steps and subject != "supervision"):
        raise Invalid(f"notices.toml, {name}: expected `steps` of a visit alone, or none")
    if (own is None) != (subject in {"task", "alert", "warning"}):
        raise Invalid(
            f"notices.toml, {name}: expected `severity` where the subject has none of its own, and nowhere else"
        )
    enterprise, supervisor, site = (
        Severity(row[side]) if side in row else None for side in ("enterprise", "supervisor", "site")
    )
    if (site is None) != ("speech" not in row):
        raise Invalid(f"notices.toml, {name}: expected `site` and `speech` together")
    cadre = row.get("cadre", False)
    if cadre is not False and subject != "supervision":
        raise Invalid(f"notices.toml, {name}: expected `cadre` for a visit alone")
    if enterprise is None and supervisor is None and not cadre:
        raise Invalid(f"notices.toml, {name}: expected `enterprise`, `supervisor` or `cadre`, else nobody hears of it")
    if row.get("region", "alone") != "alone":
        raise Invalid(f'notices.toml, {name}: expected region = "alone", or none')
    return Occasion(
        name=name,
        label=row["label"],
        events=frozenset(row["events"]),
        subject=subject,
        enterprise=enterprise,
        supervisor=supervisor,
        states=frozenset(row["states"]),
        site=site,
        speech=row.get("speech", ""),
        steps=steps,
        severity=None if own is None else Severity(own),
        cadre=bool(cadre),
        this_region_alone="region" in row,
    )


OCCASIONS = read_occasions(files("models.catalogue").joinpath("notices.toml").read_text("utf-8"))
_BY_EVENT = {
    (event, step): occasion
    for occasion in OCCASIONS.values()
    for event in occasion.events
    for step in occasion.steps or {""}
}
