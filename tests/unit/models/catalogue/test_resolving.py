"""The override that applies: the most specific one in force, and never one that loosens what a law demands."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base.errors import Invalid, LawDemands
from models.catalogue.checking import loosened, require_lawful, require_ordered, require_sensible
from models.catalogue.codes import SENSOR_CODES, VIOLATION_CODES, entry_of
from models.catalogue.overrides import Changes, Override, Spot, names_of
from models.catalogue.precision_terms import OverrideLevel
from models.catalogue.resolving import Overrides, resolve, value_of
from models.catalogue.terms import Role, Severity, Zone

NOON = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
HOUR = timedelta(hours=1)
ENTITY = UUID(int=7)
HERE = Spot(tenant_id="t", region_code="330602", entity_id=ENTITY, device_id="cam-1")
NO_MASK, FRIDGE, RODENT = VIOLATION_CODES["no_mask"], SENSOR_CODES["fridge_temp"], VIOLATION_CODES["rodent"]
LEVELS = [
    ("tenant", None),
    ("region", "33"),
    ("region", "3306"),
    ("region", "330602"),
    ("entity", None),
    ("device", None),
]
"""From the least to the most specific place of HERE."""


def override(
    level: str = "device",
    region: str | None = None,
    *,
    code: str = "no_mask",
    number: int = 1,
    since: datetime = NOON - HOUR,
    until: datetime | None = None,
    ended: datetime | None = None,
    **changes: Any,  # noqa: ANN401 - fields of Changes
) -> Override:
    kind = OverrideLevel(level)
    return Override(
        id=UUID(int=number),
        tenant_id="t",
        level=kind,
        region_code=None if kind is OverrideLevel.tenant else region or "330602",
        entity_id=ENTITY if kind in {OverrideLevel.entity, OverrideLevel.device} else None,
        device_id="cam-1" if kind is OverrideLevel.device else None,
        code=code,
        changes=Changes(**changes).as_json(),
        reason="因为",
        actor="city",
        actor_role=Role.regulator,
        valid_from=since,
        valid_until=until,
        created_at=NOON - HOUR + timedelta(seconds=number),
        ended_at=ended,
        ended_by=None if ended is None else "city",
        end_reason=None if ended is None else "够了",
    )


def test_without_overrides_the_catalogue_applies_and_is_the_origin() -> None:
    found = resolve(NO_MASK, spot=HERE, overrides=Overrides(), at=NOON)
    assert found.entry == NO_MASK
    assert found.watched
    assert {origin.override for origin in found.origins.values()} == {None}
    assert found.remembered() == {"version": found.origins["severity"].version}


@pytest.mark.parametrize("most", range(1, len(LEVELS) + 1))
def test_the_most_specific_override_applies(most: int) -> None:
    given_at = LEVELS[:most]
    overrides = [
        override(level, region, number=number, deadline=timedelta(hours=number))
        # The less specific ones are newer, which must not matter.
        for number, (level, region) in zip(range(most, 0, -1), given_at, strict=True)
    ]
    found = resolve(NO_MASK, spot=HERE, overrides=Overrides(overrides), at=NOON)
    winner = overrides[-1]
    assert found.origins["deadline"].override == winner
    assert found.entry.deadline == timedelta(hours=1)
    assert found.entry.severity is NO_MASK.severity, "what nobody overrides stays"


def test_of_two_overrides_at_one_place_the_newer_applies_and_the_origin_counts_the_older() -> None:
    both = [override(number=1, severity=Severity.critical), override(number=2, severity=Severity.minor)]
    found = resolve(NO_MASK, spot=HERE, overrides=Overrides(both), at=NOON)
    assert found.entry.severity_in(Zone.special_room) is Severity.minor
    assert (found.origins["severity"].override, found.origins["severity"].older) == (both[1], 1)


def test_each_value_is_resolved_by_itself() -> None:
    both = [
        override("tenant", number=1, deadline=HOUR, severity=Severity.critical),
        override("device", number=2, severity=Severity.minor),
    ]
    found = resolve(NO_MASK, spot=HERE, overrides=Overrides(both), at=NOON)
    assert (found.entry.deadline, found.entry.severity) == (HOUR, Severity.minor)
    assert found.remembered()["overrides"] == [
        {"id": str(both[1].id), "level": "device", "values": ["severity"]},
        {"id": str(both[0].id), "level": "tenant", "values": ["deadline"]},
    ]


@pytest.mark.parametrize(
    ("level", "region"), [("region", "330603"), ("region", "3307"), ("region", "3306020")], ids=str
)
def test_an_override_does_not_apply_in_another_region(level: str, region: str) -> None:
    found = resolve(NO_MASK, spot=HERE, overrides=Overrides([override(level, region, watched=False)]), at=NOON)
    assert found.watched


def test_an_override_does_not_apply_to_another_tenant_device_or_code() -> None:
    elsewhere = [Spot(tenant_id="u", region_code="330602"), Spot(tenant_id="t", device_id="cam-2")]
    overrides = Overrides([override("region", "3306", watched=False), override(watched=False, number=2)])
    assert all(resolve(NO_MASK, spot=spot, overrides=overrides, at=NOON).watched for spot in elsewhere)
    assert resolve(RODENT, spot=HERE, overrides=overrides, at=NOON).watched


@given(st.integers(-10, 10), st.integers(-10, 10), st.none() | st.integers(-10, 10), st.integers(-10, 10))
def test_it_applies_from_its_beginning_to_its_end_and_no_longer(
    since: int, length: int, ended: int | None, at: int
) -> None:
    begins, until = NOON + since * HOUR, NOON + (since + abs(length) + 1) * HOUR
    end = None if ended is None else NOON + ended * HOUR
    one = override(since=begins, until=until, ended=end, watched=False)
    moment = NOON + at * HOUR
    applies = begins <= moment < min(filter(None, (until, end)))
    assert resolve(NO_MASK, spot=HERE, overrides=Overrides([one]), at=moment).watched is not applies


def test_hours_are_local_and_may_span_midnight() -> None:
    night = Overrides([override(hours=(time(22), time(5)))])
    found = resolve(NO_MASK, spot=HERE, overrides=night, at=NOON)
    assert not found.is_watched(NOON)
    assert found.is_watched(NOON + 11 * HOUR)
    assert not found.is_watched(NOON + 17 * HOUR)


def test_a_narrower_override_switches_a_check_on_again() -> None:
    both = [override("region", "3306", watched=False), override("entity", number=2, watched=True)]
    assert resolve(NO_MASK, spot=HERE, overrides=Overrides(both), at=NOON).watched


SEVERITY = st.none() | st.sampled_from(Severity)
SPANS = st.none() | st.integers(60, 10**6).map(lambda seconds: timedelta(seconds=seconds))


def changes_of(code: str) -> st.SearchStrategy[Changes]:
    entry = entry_of(code)
    assert entry is not None
    limits = [name.removeprefix("limits.") for name in names_of(entry) if name.startswith("limits.")]
    sensor = bool(limits)
    return st.builds(
        Changes,
        watched=st.none() | st.booleans(),
        severity=SEVERITY,
        deadline=SPANS,
        hours=st.none() if sensor else st.none() | st.just((time(6), time(20))),
        limits=st.dictionaries(st.sampled_from(limits), st.integers(-50, 130).map(float)) if sensor else st.just({}),
        plausible=st.none() | st.tuples(st.integers(-50, 10).map(float), st.integers(11, 130).map(float))
        if sensor
        else st.none(),
        report_every=SPANS if sensor else st.none(),
    )


CASES = st.sampled_from(["no_mask", "rodent", "camera_offline", "fridge_temp", "hot_holding_temp", "co_ppm"]).flatmap(
    lambda code: st.tuples(
        st.just(code), st.lists(st.tuples(st.sampled_from(LEVELS), changes_of(code)), min_size=1, max_size=6)
    )
)


@given(CASES)
def test_combined_overrides_of_regulators_loosen_no_law(
    case: tuple[str, list[tuple[tuple[str, str | None], Changes]]],
) -> None:
    code, wished = case
    entry = entry_of(code)
    assert entry is not None
    taken: list[Override] = []
    for number, ((level, region), changes) in enumerate(wished, 1):
        try:
            require_lawful(entry, changes, role=Role.regulator)
        except LawDemands:
            continue
        fields = {name: getattr(changes, name) for name in Changes.__dataclass_fields__}
        taken.append(override(level, region, code=code, number=number, **fields))
    found: Any = resolve(entry, spot=HERE, overrides=Overrides(taken), at=NOON)
    if "watched" in entry.law:
        assert found.is_watched(NOON)
        assert found.is_watched(NOON + 12 * HOUR)
    for shipped, now in zip(getattr(entry, "thresholds", ()), getattr(found.entry, "thresholds", ()), strict=True):
        if shipped.law:
            assert now.limit <= shipped.limit if shipped.above else now.limit >= shipped.limit
    if hasattr(entry, "plausible") and entry.law:
        (low, high), (now_low, now_high) = entry.plausible, found.entry.plausible
        assert now_low <= low
        assert now_high >= high


@given(st.sampled_from(["no_mask", "fridge_temp"]).flatmap(lambda code: st.tuples(st.just(code), changes_of(code))))
def test_changes_survive_storage(case: tuple[str, Changes]) -> None:
    _, changes = case
    assert Changes.of_json(changes.as_json()) == changes


@given(CASES)
def test_every_value_matches_its_origin(
    case: tuple[str, list[tuple[tuple[str, str | None], Changes]]],
) -> None:
    code, wished = case
    entry = entry_of(code)
    assert entry is not None
    overrides = [
        override(level, region, code=code, number=number, **{n: getattr(c, n) for n in Changes.__dataclass_fields__})
        for number, ((level, region), c) in enumerate(wished, 1)
        if c.values()
    ]
    found: Any = resolve(entry, spot=HERE, overrides=Overrides(overrides), at=NOON)
    order = list(HERE.places())
    for name, origin in found.origins.items():
        setters = [one for one in overrides if name in Changes.of_json(one.changes).values()]
        if not setters:
            assert origin.override is None
            continue
        best = min(setters, key=lambda one: (order.index(one.place), -one.created_at.timestamp()))
        assert origin.override == best
        assert value_of(found, name) == Changes.of_json(best.changes).values()[name]
        assert origin.older == sum(one.place == best.place for one in setters) - 1


LOOSE = [
    ("rodent", Changes(watched=False), "can't be switched off"),
    ("rodent", Changes(hours=(time(22), time(5))), "at all hours"),
    ("no_mask", Changes(watched=False), "OP 14.3.2"),
    ("fridge_temp", Changes(limits={"warn": 9}), "limits.warn = 9, and the law demands at most 8"),
    ("fridge_temp", Changes(plausible=(-40, 9)), "can't be narrower"),
    ("hot_holding_temp", Changes(limits={"alarm": 55}), "at least 60"),
]


@pytest.mark.parametrize(("code", "changes", "said"), LOOSE, ids=[f"{code} {said}" for code, _, said in LOOSE])
def test_only_an_administrator_loosens_the_law(code: str, changes: Changes, said: str) -> None:
    entry = entry_of(code)
    assert entry is not None
    with pytest.raises(LawDemands, match="only an administrator") as refused:
        require_lawful(entry, changes, role=Role.regulator)
    assert said in str(refused.value)
    assert entry.basis in str(refused.value)
    require_lawful(entry, changes, role=Role.admin)


FREE = [
    ("rodent", Changes(severity=Severity.minor, deadline=timedelta(days=3))),
    ("phone_use", Changes(watched=False)),
    ("fridge_temp", Changes(limits={"warn": 6, "alarm": 7, "alarm_far": 30})),
    ("freezer_temp", Changes(limits={"warn": -10, "alarm": -9})),
    ("gas_ch4", Changes(limits={"alarm": 50})),
]


@pytest.mark.parametrize(("code", "changes"), FREE, ids=[code for code, _ in FREE])
def test_values_without_a_law_are_free(code: str, changes: Changes) -> None:
    entry = entry_of(code)
    assert entry is not None
    assert list(loosened(entry, changes)) == []


NONSENSE = [
    ("rodent", Changes(), "nothing is changed; expected at least one of watched, severity, deadline, hours"),
    ("rodent", Changes(limits={"warn": 1}), "rodent has no limits.warn"),
    ("fridge_temp", Changes(limits={"loud": 1}), "fridge_temp has no limits.loud; it has watched"),
    ("fridge_temp", Changes(hours=(time(1), time(2))), "fridge_temp has no hours"),
    ("rodent", Changes(deadline=timedelta(0)), "expected one minute to 365 days"),
    ("rodent", Changes(deadline=timedelta(days=366)), "expected one minute to 365 days"),
    ("rodent", Changes(hours=(time(1), time(1))), "begin and end at the same time"),
    ("fridge_temp", Changes(report_every=timedelta(days=2)), "expected one second to one day"),
    ("fridge_temp", Changes(limits={"warn": float("nan")}), "expected finite numbers"),
    ("fridge_temp", Changes(plausible=(5, 5)), "expected the lower value first"),
    ("fridge_temp", Changes(limits={"alarm": 6}), "limits alarm = 6 and warn = 8 (above) are in the wrong order"),
    ("fridge_temp", Changes(limits={"warn": 60}), "expected a value inside the plausible range"),
    ("fridge_temp", Changes(plausible=(-40, 8)), "expected a value inside the plausible range"),
]


@pytest.mark.parametrize(("code", "changes", "said"), NONSENSE, ids=[said for _, _, said in NONSENSE])
def test_impossible_values_are_refused(code: str, changes: Changes, said: str) -> None:
    entry = entry_of(code)
    assert entry is not None
    fields = {name: getattr(changes, name) for name in Changes.__dataclass_fields__}
    with pytest.raises(Invalid) as refused:  # noqa: PT012 - one of the two refuses
        require_sensible(entry, changes)
        after: Any = resolve(entry, spot=HERE, overrides=Overrides([override(code=code, **fields)]), at=NOON)
        require_ordered(changes, after=after.entry)
    assert said in str(refused.value)
