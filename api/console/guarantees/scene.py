"""The scene of an enterprise as its page shows it: the pack's name and each indicator."""

from collections.abc import Iterable
from dataclasses import dataclass

from alerts.duties.scene_state import SceneState, Value
from models.catalogue.codes import SENSOR_CODES, VIOLATION_CODES, code_label
from models.catalogue.terms import Zone, label

_GOOD, _FAIR = 0.9, 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorLine:
    """One indicator; `tone` rates it where it is a share. `asked`: rules that wait for somebody to switch them on."""

    name: str
    value: str
    lacking: str
    elsewhere: str
    asked: str
    tone: str


def indicator_lines(state: SceneState) -> tuple[IndicatorLine, ...]:
    """Return the indicators of a scene, as its pack orders them."""
    return tuple(_line(value) for value in state.values)


def _line(value: Value) -> IndicatorLine:
    share = None if not value.n else value.k / value.n
    tone = "" if share is None else "ok" if share >= _GOOD else "part" if share >= _FAIR else "off"
    shown = str(value.k) if value.n is None else "无数据" if share is None else f"{value.k}/{value.n}"
    return IndicatorLine(
        name=label(value.indicator),
        value=shown,
        lacking=_names(value.lacking),
        elsewhere=_names(value.elsewhere),
        asked=_names(one for one in value.lacking if one in VIOLATION_CODES and VIOLATION_CODES[one].judged == "asked"),
        tone=tone,
    )


def _names(codes: Iterable[str]) -> str:
    return "、".join(_named(one) for one in codes)


def _named(what: str) -> str:
    return code_label(what) if what in VIOLATION_CODES or what in SENSOR_CODES else label(Zone(what))
