"""Changes of warnings about duties: each is stored and announced by one call."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from models.base.clock import rfc3339
from models.base.errors import StaleVersion
from models.changes.announcing import NODE_ITSELF, NOWHERE, announce
from models.changes.duty_notices import tell_of_warning
from models.changes.states import time_or_none
from models.domain.warnings import DutyWarning
from models.events.payloads import WarningData
from models.events.types import EventType
from models.store import warnings
from models.store.connect import Write


def open_warning(w: Write, new: DutyWarning, *, at: datetime) -> DutyWarning | None:
    """Store and announce a warning; None if one is open for its subject."""
    stored = warnings.add_warning(w, new)
    if stored is not None:
        _announce(w, EventType.warning_opened, stored, at=at)
        tell_of_warning(w, EventType.warning_opened, stored, at=at)
    return stored


def change_warning(w: Write, changed: DutyWarning, *, rises: bool, at: datetime) -> DutyWarning:
    """Store what changed of a warning; a rise of its level is announced, new words alone are not.

    Raises:
        StaleVersion: somebody else was faster.
    """
    stored = warnings.change_warning(w, changed)
    if stored is None:
        raise StaleVersion
    if rises:
        _announce(w, EventType.warning_raised, stored, at=at)
        tell_of_warning(w, EventType.warning_raised, stored, at=at)
    return stored


def end_warning(w: Write, ended: DutyWarning, *, at: datetime) -> DutyWarning:
    """End and announce a warning whose reason is gone.

    Raises:
        StaleVersion: somebody else was faster.
    """
    stored = warnings.change_warning(w, replace(ended, ended_at=at))
    if stored is None:
        raise StaleVersion
    _announce(w, EventType.warning_ended, stored, at=at)
    return stored


def warning_state(row: DutyWarning) -> WarningData:
    """Return the state of a warning as its events announce it."""
    return WarningData(
        version=row.version,
        warning_id=str(row.id),
        rule=row.rule,
        site_id=row.site_id,
        level=row.level,
        because=row.because,
        told=[one.value for one in row.told],
        since=rfc3339(row.since),
        ended_at=time_or_none(row.ended_at),
    )


def _announce(w: Write, event: EventType, row: DutyWarning, *, at: datetime) -> None:
    data = cast("Mapping[str, Any]", warning_state(row))
    if row.internal:
        event = EventType.supervision_warned
    announce(w, event, row, data, site_id=row.site_id or NOWHERE, device_id=NODE_ITSELF, at=at)
