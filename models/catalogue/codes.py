"""The catalogue of what can be wrong: violations a camera sees, breaches a sensor measures.

Codes are canonical and public. Severity, deadline and duration are design defaults unless the basis
cites a law; every one of them can be overridden per installation. Bases: FSL = 食品安全法 2021,
OP = 餐饮服务食品安全操作规范 2018, GB = GB 31654-2021 (chapter level only).
"""

from dataclasses import dataclass
from datetime import timedelta

from models.base.errors import Invalid
from models.catalogue.terms import Severity, Zone

_SPECIAL = frozenset({Zone.special_room, Zone.meal_prep})


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One kind of finding.

    Attributes:
        severity: the default; `severe_zones` raise it to `severity_in_zones`.
        deadline: the rectification deadline (整改期限), counted from dispatch.
        basis: the provision a regulator can cite.
        advice_elsewhere: outside `severe_zones` the duty is only recommended (宜), so the finding
            is advice and never becomes an alert.
    """

    code: str
    label: str
    basis: str
    severity: Severity
    deadline: timedelta
    severe_zones: frozenset[Zone] = frozenset()
    severity_in_zones: Severity | None = None
    advice_elsewhere: bool = False

    def severity_in(self, zone: Zone) -> Severity:
        """How bad this is in `zone`."""
        if self.severity_in_zones is not None and zone in self.severe_zones:
            return self.severity_in_zones
        return self.severity

    def is_advice_in(self, zone: Zone) -> bool:
        """Tell whether this is only a recommendation in `zone`."""
        return self.advice_elsewhere and zone not in self.severe_zones


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One limit of a sensor: beyond `limit` for `hold` it is a breach of that level.

    `above` says on which side of the limit the breach lies; `hold` of zero means at once.
    """

    limit: float
    above: bool
    hold: timedelta
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorCode:
    """One kind of reading: unit (SenML, RFC 8428), plausible range, limits.

    A value outside `plausible` is a sensor fault, not a reading of the kitchen.

    Attributes:
        report_every: how often it is heard when all is well (domain default); None = only when something happens.
        cold_chain: its silence is worse the longer it lasts.
        fault_values: values inside `plausible` that converters and drivers report when the probe does not answer.
        jump: a larger step between two reports is suspect until three reports confirm it; None = any step is possible.
        stuck_after: unchanged for longer than this is suspect; None = it may well stay the same.
    """

    code: str
    label: str
    unit: str
    plausible: tuple[float, float]
    thresholds: tuple[Threshold, ...]
    basis: str
    hysteresis: float
    deadline: timedelta
    alarm_severity: Severity
    report_every: timedelta | None = None
    cold_chain: bool = False
    fault_values: tuple[float, ...] = ()
    jump: float | None = None
    stuck_after: timedelta | None = None


def _h(hours: float) -> timedelta:
    return timedelta(hours=hours)


def _m(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


_VIOLATIONS = (
    Code(
        code="no_chef_hat",
        label="未戴工作帽",
        basis="FSL 33(1)(8); OP 14.3.1",
        severity=Severity.minor,
        deadline=_h(24),
        severe_zones=_SPECIAL,
        severity_in_zones=Severity.major,
    ),
    Code(
        code="no_mask",
        label="未戴口罩",
        basis="OP 14.3.2",
        severity=Severity.minor,
        deadline=_h(24),
        severe_zones=_SPECIAL,
        severity_in_zones=Severity.major,
        advice_elsewhere=True,
    ),
    Code(
        code="smoking",
        label="吸烟",
        basis="FSL 126(1)(13)",
        severity=Severity.major,
        deadline=_h(4),
    ),
    Code(code="phone_use", label="玩手机", basis="内部管理规定", severity=Severity.minor, deadline=_h(72)),
    Code(
        code="rodent",
        label="老鼠",
        basis="FSL 33(1)(2), 126; OP 12",
        severity=Severity.critical,
        deadline=_h(24),
    ),
    Code(
        code="animal_intrusion",
        label="猫狗等动物",
        basis="FSL 33(1)(1)(2)",
        severity=Severity.major,
        deadline=_h(24),
    ),
    Code(code="insect_pest", label="蟑螂/苍蝇", basis="OP 12", severity=Severity.major, deadline=_h(72)),
    Code(code="trash_lid_open", label="垃圾桶未盖", basis="OP 11", severity=Severity.minor, deadline=_h(24)),
    Code(code="trash_overflow", label="垃圾溢出", basis="OP 11", severity=Severity.major, deadline=_h(4)),
    Code(code="fire_smoke", label="明火/烟雾", basis="消防安全", severity=Severity.critical, deadline=_h(2)),
    Code(
        code="no_gloves",
        label="未戴手套(直接入口)",
        basis="OP 14.3.2/14.4",
        severity=Severity.minor,
        deadline=_h(72),
        severe_zones=_SPECIAL,
        severity_in_zones=Severity.minor,
        advice_elsewhere=True,
    ),
    Code(
        code="no_uniform", label="未穿工作服", basis="FSL 33(1)(8); OP 14.5", severity=Severity.minor, deadline=_h(24)
    ),
    Code(code="bare_torso", label="赤膊", basis="FSL 33(1)(8)", severity=Severity.major, deadline=_h(4)),
    Code(
        code="unauthorized_person", label="非工作人员进入", basis="OP 14.3.1", severity=Severity.major, deadline=_h(4)
    ),
    Code(code="fire_unattended", label="动火离人", basis="消防安全", severity=Severity.critical, deadline=_h(2)),
    Code(
        code="floor_dirty", label="地面积水/油污/垃圾", basis="FSL 33(1)(1)", severity=Severity.minor, deadline=_h(24)
    ),
    Code(code="clutter", label="杂物堆放/通道堵塞", basis="FSL 33(1)(1)", severity=Severity.minor, deadline=_h(72)),
    Code(code="camera_offline", label="视频离线", basis="DB53/T 1173", severity=Severity.minor, deadline=_h(24)),
    Code(code="camera_black", label="画面黑屏", basis="DB53/T 1173", severity=Severity.minor, deadline=_h(4)),
    Code(code="camera_frozen", label="画面冻结", basis="DB53/T 1173", severity=Severity.minor, deadline=_h(4)),
    Code(
        code="camera_occluded",
        label="摄像头被遮挡",
        basis="《公共安全视频图像信息系统管理条例》23",
        severity=Severity.minor,
        deadline=_h(4),
    ),
    Code(code="camera_blurred", label="画面模糊", basis="DB53/T 1173", severity=Severity.minor, deadline=_h(4)),
    Code(code="camera_moved", label="摄像头移位", basis="DB53/T 1173", severity=Severity.minor, deadline=_h(4)),
    Code(
        code="camera_masked",
        label="画面大面积遮挡待批准",
        basis="《公共安全视频图像信息系统管理条例》23",
        severity=Severity.minor,
        deadline=_h(24),
    ),
    Code(code="camera_rezoned", label="摄像头改区待确认", basis="设计默认值", severity=Severity.minor, deadline=_h(24)),
    Code(code="sensor_offline", label="传感器离线", basis="设计默认值", severity=Severity.minor, deadline=_h(24)),
    Code(code="sensor_fault", label="传感器故障", basis="设计默认值", severity=Severity.minor, deadline=_h(24)),
)

_SENSORS = (
    SensorCode(
        code="fridge_temp",
        label="冷藏温度",
        unit="Cel",
        plausible=(-40, 60),
        thresholds=(
            Threshold(limit=10, above=True, hold=_m(15), level="alarm"),
            Threshold(limit=8, above=True, hold=_m(30), level="alarm"),
            Threshold(limit=8, above=True, hold=_m(15), level="warn"),
            Threshold(limit=0, above=False, hold=_m(30), level="warn"),
        ),
        basis="OP 冷藏 0–8 ℃; 条例 24",
        hysteresis=0.5,
        deadline=_h(4),
        alarm_severity=Severity.major,
        report_every=_m(5),
        cold_chain=True,
        fault_values=(-40, 0),
        jump=10,
        stuck_after=_h(6),
    ),
    SensorCode(
        code="freezer_temp",
        label="冷冻温度",
        unit="Cel",
        plausible=(-60, 60),
        thresholds=(
            Threshold(limit=-5, above=True, hold=_m(30), level="alarm"),
            Threshold(limit=-12, above=True, hold=_m(120), level="alarm"),
            Threshold(limit=-12, above=True, hold=_m(60), level="warn"),
        ),
        basis="OP 冷冻宜低于 −12 ℃",
        hysteresis=0.5,
        deadline=_h(4),
        alarm_severity=Severity.major,
        report_every=_m(5),
        cold_chain=True,
        fault_values=(-60, -55, -50, -46.85, -45, -40, 0),
        jump=10,
        stuck_after=_h(6),
    ),
    SensorCode(
        code="special_room_temp",
        label="专间室温",
        unit="Cel",
        plausible=(-10, 60),
        thresholds=(
            Threshold(limit=25, above=True, hold=_m(30), level="alarm"),
            Threshold(limit=25, above=True, hold=_m(10), level="warn"),
        ),
        basis="OP 专间 ≤25 ℃",
        hysteresis=0.5,
        deadline=_h(24),
        alarm_severity=Severity.minor,
        report_every=_m(5),
        fault_values=(-10, 0),
        jump=10,
        stuck_after=_h(6),
    ),
    SensorCode(
        code="gas_ch4",
        label="可燃气体",
        unit="%LEL",
        plausible=(0, 100),
        thresholds=(
            Threshold(limit=25, above=True, hold=timedelta(0), level="alarm"),
            Threshold(limit=10, above=True, hold=timedelta(seconds=10), level="warn"),
        ),
        basis="安全生产法 36",
        hysteresis=1.0,
        deadline=_h(2),
        alarm_severity=Severity.critical,
        report_every=_m(1),
    ),
    SensorCode(
        code="smoke",
        label="烟感",
        unit="/",
        plausible=(0, 1),
        thresholds=(Threshold(limit=0.5, above=True, hold=timedelta(0), level="alarm"),),
        basis="消防安全",
        hysteresis=0,
        deadline=_h(2),
        alarm_severity=Severity.critical,
        report_every=_m(1),
    ),
    SensorCode(
        code="water_leak",
        label="水浸",
        unit="/",
        plausible=(0, 1),
        thresholds=(Threshold(limit=0.5, above=True, hold=timedelta(seconds=60), level="alarm"),),
        basis="设计默认值",
        hysteresis=0,
        deadline=_h(24),
        alarm_severity=Severity.minor,
    ),
    SensorCode(
        code="store_humidity",
        label="库房湿度",
        unit="%RH",
        plausible=(0, 100),
        thresholds=(Threshold(limit=75, above=True, hold=_m(60), level="warn"),),
        basis="行业惯例",
        hysteresis=1.0,
        deadline=_h(72),
        alarm_severity=Severity.minor,
        report_every=_m(10),
        fault_values=(0,),
        jump=40,
        stuck_after=_h(24),
    ),
    SensorCode(
        code="sample_fridge_temp",
        label="留样柜温度",
        unit="Cel",
        plausible=(-40, 60),
        thresholds=(
            Threshold(limit=8, above=True, hold=_m(30), level="alarm"),
            Threshold(limit=8, above=True, hold=_m(15), level="warn"),
        ),
        basis="学校食品安全规定 40",
        hysteresis=0.5,
        deadline=_h(4),
        alarm_severity=Severity.major,
        report_every=_m(5),
        cold_chain=True,
        fault_values=(-40, 0),
        jump=10,
        stuck_after=_h(6),
    ),
    SensorCode(
        code="hot_holding_temp",
        label="热藏温度",
        unit="Cel",
        plausible=(0, 120),
        thresholds=(
            Threshold(limit=60, above=False, hold=_m(90), level="alarm"),
            Threshold(limit=60, above=False, hold=_m(10), level="warn"),
        ),
        basis="OP 8.1",
        hysteresis=0.5,
        deadline=_h(4),
        alarm_severity=Severity.major,
        report_every=_m(2),
        fault_values=(0, 85),
        jump=10,
        stuck_after=_h(6),
    ),
    SensorCode(
        code="co_ppm",
        label="一氧化碳",
        unit="ppm",
        plausible=(0, 1000),
        thresholds=(
            Threshold(limit=50, above=True, hold=_m(1), level="alarm"),
            Threshold(limit=30, above=True, hold=_m(5), level="warn"),
        ),
        basis="设计默认值",
        hysteresis=1.0,
        deadline=_h(2),
        alarm_severity=Severity.critical,
        report_every=_m(1),
    ),
    SensorCode(
        code="door",
        label="门磁",
        unit="/",
        plausible=(0, 1),
        thresholds=(
            Threshold(limit=0.5, above=True, hold=timedelta(seconds=300), level="alarm"),
            Threshold(limit=0.5, above=True, hold=timedelta(seconds=120), level="warn"),
        ),
        basis="设计默认值",
        hysteresis=0,
        deadline=_h(24),
        alarm_severity=Severity.minor,
    ),
)

VIOLATION_CODES: dict[str, Code] = {code.code: code for code in _VIOLATIONS}
SENSOR_CODES: dict[str, SensorCode] = {code.code: code for code in _SENSORS}


CAMERA_CODES = frozenset(code for code in VIOLATION_CODES if code.startswith("camera_"))
"""What is wrong with a camera itself: no hygiene violation, a condition of the device."""


def violation_code(code: str) -> Code:
    """Look a violation code up.

    Raises:
        Invalid: the catalogue has no such code.
    """
    try:
        return VIOLATION_CODES[code]
    except KeyError:
        expected = ", ".join(VIOLATION_CODES)
        raise Invalid(f"unknown violation code {code!r}, expected one of: {expected}") from None


def code_label(code: str) -> str:
    """The Chinese label of a violation or sensor code; the code itself if it is in neither catalogue."""
    if code in VIOLATION_CODES:
        return VIOLATION_CODES[code].label
    if code in SENSOR_CODES:
        return SENSOR_CODES[code].label
    return code


def code_basis(code: str) -> str:
    """The provision behind a code, empty if there is none."""
    if code in VIOLATION_CODES:
        return VIOLATION_CODES[code].basis
    return SENSOR_CODES[code].basis if code in SENSOR_CODES else ""


_LAWS = {"FSL": "《食品安全法》", "OP": "《餐饮服务食品安全操作规范》", "GB": "GB 31654-2021 "}


def code_basis_text(code: str) -> str:
    """The provision behind a code as people cite it: `《食品安全法》33(1)(8)；…`, empty if there is none."""
    parts = (part.strip().partition(" ") for part in code_basis(code).split(";"))
    return "；".join(_LAWS[law] + rest if law in _LAWS else f"{law} {rest}".strip() for law, _, rest in parts)


def deadline_of(code: str) -> timedelta:
    """How long a rectification of this code may take, from dispatch."""
    if code in VIOLATION_CODES:
        return VIOLATION_CODES[code].deadline
    return SENSOR_CODES[code].deadline if code in SENSOR_CODES else _h(24)
