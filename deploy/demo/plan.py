"""The demo's enterprises, kitchens, cameras and sensors, and the situations that happen there."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from ingest.simulator.script import CameraScript, SensorScript, SensorSituation, SituationScript
from ingest.simulator.sources import find_footage
from models.catalogue.supervision_terms import BusinessKind

TENANT = "shaoxing"
SITUATION_S = 40.0
AGAIN_EVERY_S, AGAIN_TIMES = 300.0, 24
"""Without an end, every situation of the timed demo repeats every five minutes for two hours."""
REGIONS = {"330600": "绍兴市", "330602": "越城区", "330603": "柯桥区"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPlan:
    """A camera and its zone."""

    script: CameraScript
    name: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorPlan:
    """A sensor and its zone."""

    script: SensorScript
    name: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """A kitchen with its node; `always_closed` applies closing hours at any time of day."""

    id: str
    name: str
    address: str
    cameras: tuple[CameraPlan, ...] = ()
    sensors: tuple[SensorPlan, ...] = ()
    always_closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityPlan:
    """An enterprise with its kitchens.

    Attributes:
        director, principal: the other two posts (三人三责); with a principal the week before the demo is played for it.
        kind: its line of business, which chooses its scene pack.
    """

    key: str
    name: str
    credit_code: str
    licence: str
    region: str
    officer: str
    sites: tuple[SitePlan, ...]
    director: str = ""
    principal: str = ""
    kind: BusinessKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A scripted situation that must become an alert; times are seconds after the fleet's start."""

    code: str
    device: str
    site: str
    start_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole plan of a demo."""

    entities: tuple[EntityPlan, ...]

    @property
    def sites(self) -> list[SitePlan]:
        """Return the kitchens of all enterprises."""
        return [site for entity in self.entities for site in entity.sites]

    @property
    def expected(self) -> list[Expected]:
        """Return the scripted situations of all kitchens."""
        cameras = [
            Expected(code=s.code, device=camera.script.device, site=site.id, start_s=s.start_s)
            for site in self.sites
            for camera in site.cameras
            for s in camera.script.situations
        ]
        sensors = [
            Expected(code=sensor.script.code, device=sensor.script.device, site=site.id, start_s=s.start_s)
            for site in self.sites
            for sensor in site.sensors
            for s in sensor.script.situations
        ]
        return cameras + sensors


P = TypeVar("P", CameraPlan, SensorPlan)
T = TypeVar("T", SituationScript, SensorSituation)


def camera(
    device: str, name: str, zone: str, *, seed: int, situation: str | None = None, start_s: float = 0, **more: object
) -> CameraPlan:
    """Return a drawn camera with at most one situation."""
    happens = [SituationScript(code=situation, start_s=start_s, end_s=start_s + SITUATION_S)] if situation else []
    script = CameraScript.model_validate(
        {"device": device, "name": device.upper(), "seed": seed, "situations": happens, **more}
    )
    return CameraPlan(script=script, name=name, zone=zone)


def sensor(
    device: str, name: str, zone: str, *, code: str, normal: float, noise: float = 0, **more: object
) -> SensorPlan:
    """Return a sensor with normal values, except where `situations` say otherwise."""
    script = SensorScript.model_validate({"device": device, "code": code, "normal": normal, "noise": noise, **more})
    return SensorPlan(script=script, name=name, zone=zone)


def _sensors(prefix: str, *, happens: dict[str, tuple[float, float]] | None = None) -> tuple[SensorPlan, ...]:
    """Return the eight sensors of a kitchen; `happens` maps a code to (start in seconds, value)."""
    usual = (
        ("fridge_temp", "冷藏柜", "storage", 4.0, 0.6),
        ("freezer_temp", "冷冻柜", "storage", -18.0, 0.8),
        ("sample_fridge_temp", "留样柜", "sample_room", 4.5, 0.5),
        ("special_room_temp", "专间室温", "special_room", 22.0, 0.4),
        ("store_humidity", "库房湿度", "storage", 55.0, 3.0),
        ("gas_ch4", "可燃气体", "cooking", 1.0, 0.5),
        ("smoke", "烟感", "cooking", 0.0, 0.0),
        ("water_leak", "水浸", "dish_washing", 0.0, 0.0),
    )
    plans = []
    for code, name, zone, normal, noise in usual:
        start_value = (happens or {}).get(code)
        situations = []
        if start_value is not None:
            start, value = start_value
            situations = [SensorSituation(value=value, start_s=start, end_s=start + SITUATION_S)]
        device = f"{prefix}-{code.replace('_', '-')}"
        plans.append(sensor(device, name, zone, code=code, normal=normal, noise=noise, situations=situations))
    return tuple(plans)


def repeated(plan: Plan) -> Plan:
    """Return the plan with every situation repeated `AGAIN_TIMES` times."""

    def times(situations: list[T]) -> list[T]:
        return [
            s.model_copy(update={"start_s": s.start_s + k * AGAIN_EVERY_S, "end_s": s.end_s + k * AGAIN_EVERY_S})
            for k in range(AGAIN_TIMES)
            for s in situations
        ]

    def again(part: P) -> P:
        script = part.script.model_copy(update={"situations": times(list(part.script.situations))})
        return replace(part, script=script)

    return Plan(
        entities=tuple(
            replace(
                entity,
                sites=tuple(
                    replace(site, cameras=tuple(map(again, site.cameras)), sensors=tuple(map(again, site.sensors)))
                    for site in entity.sites
                ),
            )
            for entity in plan.entities
        )
    )


def default_plan() -> Plan:
    """Return the default plan: three enterprises in two districts, eight cameras, 24 sensors, nine situations."""
    school = SitePlan(
        id="yc-school",
        name="越城区实验小学食堂",
        address="绍兴市越城区",
        cameras=(
            camera("yc-school-cooking", "烹饪区1号", "cooking", seed=11, situation="no_chef_hat", start_s=12),
            camera("yc-school-special", "专间", "special_room", seed=12, situation="no_mask", start_s=20),
            camera("yc-school-prep", "备餐间", "meal_prep", seed=13),
        ),
        sensors=_sensors("yc-school"),
    )
    restaurant = SitePlan(
        id="yc-restaurant",
        name="鉴湖酒家后厨",
        address="绍兴市越城区",
        cameras=(
            camera("yc-restaurant-cooking", "烹饪区", "cooking", seed=21, situation="smoking", start_s=16),
            camera(
                "yc-restaurant-waste", "废弃物暂存", "waste", seed=22, situation="trash_lid_open", start_s=14, cooks=1
            ),
        ),
        sensors=_sensors("yc-restaurant", happens={"gas_ch4": (25, 38.0)}),
    )
    central = SitePlan(
        id="kq-central",
        name="柯桥中央厨房",
        address="绍兴市柯桥区",
        cameras=(
            camera("kq-central-cutting", "切配区", "cutting", seed=31, situation="phone_use", start_s=18),
            camera("kq-central-cooking", "烹饪区", "cooking", seed=32, situation="no_chef_hat", start_s=24),
        ),
        sensors=_sensors("kq-central", happens={"smoke": (30, 1.0)}),
    )
    store = SitePlan(
        id="kq-store",
        name="柯桥中央厨房夜间库房",
        address="绍兴市柯桥区",
        cameras=(
            camera(
                "kq-store-night",
                "夜间库房",
                "storage",
                seed=33,
                situation="rodent",
                start_s=20,
                night=True,
                fps=2,
                cooks=0,
            ),
        ),
        always_closed=True,
    )
    return Plan(
        entities=(
            EntityPlan(
                key="school",
                name="越城区实验小学",
                credit_code="123306024710000A9D",
                licence="JY33306020000077",
                region="330602",
                officer="陈晓燕",
                sites=(school,),
                director="周敏",
                principal="张志远",
                kind=BusinessKind.school_canteen,
            ),
            EntityPlan(
                key="restaurant",
                name="鉴湖酒家",
                credit_code="92330602MA00TEX117",
                licence="JY23306020000016",
                region="330602",
                officer="王建国",
                sites=(restaurant,),
                principal="王海",
                kind=BusinessKind.restaurant,
            ),
            EntityPlan(
                key="central",
                name="柯桥食安配送有限公司",
                credit_code="92330603MA2XK7QP97",
                licence="JY23306030001287",
                region="330603",
                officer="沈丽",
                sites=(central, store),
                director="何俊",
                principal="沈国强",
                kind=BusinessKind.central_kitchen,
            ),
        )
    )


FOOTAGE_CAMERAS = 8
FOOTAGE_HOLD_S = 16.0
"""Rules look back 10 s and end 8 s after the last bad sample, so each still is shown for that long."""


def footage_plan(path: Path) -> Plan:
    """Return one enterprise whose cameras play real stills or a video; the cameras share the stills."""
    found = find_footage(path)
    parts = [part for i in range(FOOTAGE_CAMERAS) if (part := found[i::FOOTAGE_CAMERAS])]
    cameras = tuple(
        camera(
            f"footage-{i}", f"实景{i}", "cooking", seed=i, footage=[p.resolve() for p in part], hold_s=FOOTAGE_HOLD_S
        )
        for i, part in enumerate(parts)
    )
    site = SitePlan(id="footage", name="实景厨房", address="", cameras=cameras)
    entity = EntityPlan(
        key="footage",
        name="实景演示企业",
        credit_code="91330602MA00TEX11A",
        licence="JY23306020000016",
        region="330602",
        officer="陈晓燕",
        sites=(site,),
    )
    return Plan(entities=(entity,))
