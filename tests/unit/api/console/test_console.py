import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.principal import Principal
from api.console.events.page import state_label, type_label
from api.console.pages import safe_next
from api.console.shell import render, words
from api.console.shell.chart import HEIGHT, WIDTH, draw
from api.console.shell.render import home_of, may_open, opened_by
from api.console.sites.page import tone_of
from models.catalogue.codes import SENSOR_CODES, VIOLATION_CODES, code_basis_text
from models.catalogue.duty_terms import DutyPeriod
from models.catalogue.overrides import Spot
from models.catalogue.resolving import NONE, resolve
from models.catalogue.terms import Post, Role
from models.events.types import EventType

NOW = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("one", EventType)
def test_every_event_type_has_a_chinese_name_of_its_own(one: EventType) -> None:
    assert not re.search("[a-z_]", type_label(one))
    assert [other for other in EventType if type_label(other) == type_label(one)] == [one]


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=-4), "0 秒"),
        (timedelta(seconds=59), "59 秒"),
        (timedelta(seconds=61), "1 分钟"),
        (timedelta(hours=3), "3 小时"),
        (timedelta(hours=3, minutes=20), "3 小时 20 分"),
        (timedelta(days=2, hours=5, minutes=9), "2 天 5 小时"),
        (timedelta(days=2, minutes=9), "2 天"),
    ],
)
def test_a_span_names_its_two_biggest_units(length: timedelta, text: str) -> None:
    assert words.span(length) == text


def test_times_are_shown_in_shanghai() -> None:
    assert words.moment(NOW) == "2026-11-22 08:30:00"
    assert (words.short(NOW), words.clock(NOW), words.moment(None)) == ("11-22 08:30", "08:30", "—")


def test_a_deadline_shows_the_time_left_or_overdue() -> None:
    assert words.left(NOW + timedelta(hours=2), now=NOW) == "剩 2 小时"
    assert words.left(NOW - timedelta(minutes=5), now=NOW) == "逾期 5 分钟"
    assert words.ago(NOW - timedelta(seconds=2), now=NOW) == "刚刚"
    assert words.ago(None, now=NOW) == "从未"


@pytest.mark.parametrize(
    ("value", "text"), [(12.0, "12"), (12.5, "12.5"), (12.956, "12.96"), (-0.5, "−0.5"), (-0.001, "0"), (100, "100")]
)
def test_numbers_have_no_trailing_zeros(value: float, text: str) -> None:
    assert words.number(value) == text


def test_a_line_needs_two_points() -> None:
    assert draw([], limits=[8]) is None
    assert draw([(NOW, 4.0)], limits=[8]) is None


def test_a_chart_shows_limits_and_where_the_breach_began() -> None:
    points = [(NOW + timedelta(minutes=m), float(m)) for m in range(20)]
    chart = draw(points, limits=[8, 10, 8], began=NOW + timedelta(minutes=8))
    assert chart is not None
    assert [mark.text for mark in chart.limits] == ["8", "10"]
    assert chart.limits[0].at > chart.limits[1].at
    (breach,) = chart.breaches
    assert chart.left < breach.start < breach.end == chart.right
    assert [mark.text for mark in chart.hours] == ["08:30", "08:39", "08:49"]


@pytest.mark.parametrize(
    ("values", "limits", "spans"),
    [
        ([4, 12, 13, 4, 4], [8, 10], [(1, 3)]),  # back within the limits
        ([4, 12, 4, 11, 12], [8, 10], [(1, 2), (3, 4)]),  # and beyond them again, to the end
        ([70, 50, 50, 65, 70], [60], [(1, 3)]),  # a limit below
        ([50, 75, 50, 30, 50], [40, 70], [(1, 2)]),  # of two sides the crossed one
        ([4, 5, 5, 5, 4], [8], [(1, 4)]),  # no limit crossed in view: the shade can't end
    ],
)
def test_the_shade_of_a_breach_ends_where_the_value_is_within_its_limit_again(
    values: list[float], limits: list[float], spans: list[tuple[int, int]]
) -> None:
    points = [(NOW + timedelta(minutes=m), float(value)) for m, value in enumerate(values)]
    chart = draw(points, limits=limits, began=points[1][0])
    assert chart is not None
    step = (chart.right - chart.left) / (len(points) - 1)
    assert [
        (round((one.start - chart.left) / step), round((one.end - chart.left) / step)) for one in chart.breaches
    ] == spans


def test_a_breach_that_began_before_the_chart_is_not_shaded() -> None:
    points = [(NOW + timedelta(minutes=m), 12.0) for m in range(3)]
    chart = draw(points, limits=[8], began=NOW - timedelta(minutes=1))
    assert chart is not None
    assert chart.breaches == ()


@pytest.mark.parametrize(("values", "lowest"), [([2.0, 38.0], "0"), ([0.0, 0.0], "0"), ([-18.0, -12.0], "-21.1")])
def test_the_axis_goes_below_zero_only_with_its_values(values: list[float], lowest: str) -> None:
    chart = draw([(NOW + timedelta(seconds=i), value) for i, value in enumerate(values)], limits=[8])
    assert chart is not None
    assert chart.steps[0].text.replace("−", "-") == lowest


@given(
    st.lists(st.floats(-60, 120), min_size=2, max_size=900),
    st.lists(st.floats(-60, 120), min_size=1, max_size=4),
)
def test_everything_lies_inside_the_view_box(values: list[float], limits: list[float]) -> None:
    chart = draw([(NOW + timedelta(seconds=i), value) for i, value in enumerate(values)], limits=limits)
    assert chart is not None
    places = [tuple(map(float, place.split(","))) for place in chart.line.split()]
    assert len(places) <= 362
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places)
    assert all(0 <= mark.at <= HEIGHT for mark in chart.limits)
    assert places[-1] == (chart.last_x, chart.last_y)


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/console/review", "/console/review"),
        ("/", "/"),
        ("//evil.example/", "/"),
        ("https://evil.example/console/", "/"),
        ("/console/\\evil", "/"),
        ('/console/"><script>', "/"),
        ("/console/\r\nSet-Cookie: a=b", "/"),
        ("/console/" + "x" * 300, "/"),
        ("", "/"),
    ],
)
def test_a_log_in_leads_only_to_the_console(wanted: str, goes: str) -> None:
    assert safe_next(wanted) == goes


@pytest.mark.parametrize(
    ("code", "value", "tone"),
    [
        ("fridge_temp", 4, "good"),
        ("fridge_temp", 11, "bad"),
        ("fridge_temp", -1, "warn"),
        ("gas_ch4", 12, "warn"),
        ("gas_ch4", 26, "bad"),
        ("hot_holding_temp", 50, "bad"),
        (None, 1, ""),
    ],
)
def test_the_colour_of_a_value_follows_its_limits(code: str | None, value: float, tone: str) -> None:
    shipped = SENSOR_CODES.get(code or "")
    kind = None if shipped is None else resolve(shipped, spot=Spot(tenant_id="t"), overrides=NONE, at=NOW)
    assert tone_of(kind, value) == tone


def test_every_role_has_a_home_it_may_open() -> None:
    assert all(may_open(visitor, home_of(visitor)) for visitor in map(visitor_of, Role))


@pytest.mark.parametrize(
    ("post", "periods", "pages"),
    [
        (Post.officer, ("day",), {render.HOME, render.TASKS, render.RECORDS, render.MEALS, render.PLEDGES}),
        (
            Post.officer,
            ("day", "week"),
            {render.HOME, render.TASKS, render.RECORDS, render.MEALS, render.REPORTS, render.PLEDGES},
        ),
        (Post.director, ("week",), {render.HOME, render.TASKS, render.REPORTS, render.PLEDGES}),
        (Post.principal, ("month",), {render.HOME, render.TASKS, render.REPORTS, render.PEOPLE, render.PLEDGES}),
        (None, (), {render.HOME, render.TASKS}),  # no longer in office
    ],
)
def test_a_post_opens_the_pages_of_what_it_keeps_and_no_other(
    post: Post | None, periods: tuple[str, ...], pages: set[str]
) -> None:
    kept = tuple(DutyPeriod(period) for period in periods)
    visitor = replace(visitor_of(Role.enterprise), person=UUID(int=1), post=post, periods=kept)
    assert set(opened_by(visitor)) == pages
    shown = render.shell_of(visitor, render.HOME)
    assert ({link.href for link in shown.links}, shown.tabs) == (pages, ())


def visitor_of(role: Role) -> Principal:
    return Principal(name="x", shown_name="x", role=role, tenant="t", region=None, entity=None, csrf_token=None)


def test_states_are_named_in_chinese_and_unknown_ones_as_they_are() -> None:
    assert [state_label(s) for s in ("pending_review", "closed", "active", "odd")] == [
        "待复核",
        "已销号",
        "进行中",
        "odd",
    ]


def test_provisions_are_cited_by_their_names() -> None:
    assert code_basis_text("no_chef_hat") == "《食品安全法》33(1)(8)；《餐饮服务食品安全操作规范》14.3.1"
    assert code_basis_text("fridge_temp") == "《餐饮服务食品安全操作规范》冷藏 0–8 ℃；条例 24"
    assert all("FSL" not in code_basis_text(code) for code in (*VIOLATION_CODES, *SENSOR_CODES))
    assert code_basis_text("unknown") == ""
