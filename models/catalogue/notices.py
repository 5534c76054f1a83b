"""The occasions of notices (通知): who hears of which change, from `notices.toml`. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from models.base.errors import Invalid
from models.catalogue.terms import AlertState, Severity, TaskState

TEST = "test"
"""The occasion of a test message."""
_STATES: dict[str, frozenset[str]] = {"task": frozenset(TaskState), "alert": frozenset(AlertState)}
_KEYS = frozenset({"label", "events", "subject", "enterprise", "supervisor", "states", "site", "speech"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """An occasion for messages.

    Attributes:
        name, label: its name in the log, and the Chinese one.
        events: the event types that make it.
        subject: `task` or `alert`.
        enterprise, supervisor: the least severity of which each side hears; None: it hears nothing.
        states: the states of the subject in which the message still makes sense.
        site: the least severity of which the kitchen's loudspeaker says `speech`; None: it says nothing.
        speech: the words, with `{zone}` and `{what}`.
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
    found = _BY_EVENT.get(event)
    if found is None or not (found.for_enterprise(severity) or found.for_supervisor(severity)):
        return None
    return found


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
        raise Invalid(f"notices.toml, {name}: expected a subject (task, alert) and states of it")
    enterprise, supervisor, site = (
        Severity(row[side]) if side in row else None for side in ("enterprise", "supervisor", "site")
    )
    if (site is None) != ("speech" not in row):
        raise Invalid(f"notices.toml, {name}: expected `site` and `speech` together")
    if enterprise is None and supervisor is None:
        raise Invalid(f"notices.toml, {name}: expected `enterprise` or `supervisor`, else nobody hears of it")
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
    )


OCCASIONS = read_occasions(files("models.catalogue").joinpath("notices.toml").read_text("utf-8"))
_BY_EVENT = {event: occasion for occasion in OCCASIONS.values() for event in occasion.events}
