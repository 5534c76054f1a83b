"""Render templates with the frame that every page has around its content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.access.principal import Principal
from api.access.sign_on.settings import Provider
from api.console.shell.words import counted
from models.catalogue.duty_terms import DutyPeriod
from models.catalogue.terms import Post, Role, label

CONSOLE = Path(str(files("api.console")))
STATIC_SUFFIXES = frozenset({".css", ".js", ".svg"})
"""The only files of the console's folders that a browser may fetch."""

REVIEW, TASKS, SITES, EVENTS = "/console/review", "/console/tasks", "/console/sites", "/console/events"
CONNECT, CODES, CALENDAR = "/console/connect", "/console/codes", "/console/calendar"
LEADS, CHAINS, PEOPLE, RECORDS = "/console/leads", "/console/chains", "/console/people", "/console/records"
NOTICES, REPORTS, WARNINGS = "/console/notices", "/console/reports", "/console/warnings"
GUARANTEES, SUPERVISION, PLEDGES = "/console/guarantees", "/console/supervision", "/console/pledges"
RECHECKS, OUTLETS = "/console/rechecks", "/console/outlets"
HEARD, HOME = "/console/heard", "/console/home"
WALL, PATROL, MEALS = "/console/wall", "/console/patrol", "/console/meals"
CAMERA = "/console/cameras"
"""The page of one camera, below the live wall; whoever may open that may open it."""
USERS, AUDIT, SYSTEM, ACCOUNT = "/console/users", "/console/audit", "/console/system", "/console/account"
PRECISION, INDICES, DISPATCH = "/console/precision", "/console/indices", "/console/dispatch"
_NAMES = {
    HOME: "今日",
    REVIEW: "预警复核",
    TASKS: "整改任务",
    LEADS: "线索移送",
    PEOPLE: "责任人",
    OUTLETS: "连锁门店",
    RECORDS: "日管控",
    MEALS: "餐次",
    REPORTS: "周排查·月调度",
    WARNINGS: "履责预警",
    INDICES: "履责指数",
    DISPATCH: "日调度",
    HEARD: "群众反映",
    SUPERVISION: "督导",
    RECHECKS: "督导抽查",
    GUARANTEES: "包保主体",
    PLEDGES: "承诺书",
    SITES: "场所设备",
    WALL: "实时画面",
    PATROL: "线上巡查",
    CONNECT: "接入",
    CODES: "规则与限值",
    CALENDAR: "工作日历",
    CHAINS: "升级规则",
    NOTICES: "消息通知",
    PRECISION: "准确率",
    EVENTS: "数据对接",
    USERS: "账号",
    AUDIT: "操作审计",
    SYSTEM: "运行状态",
    ACCOUNT: "我的账号",
}
_DUTIES = (WARNINGS, RECORDS, MEALS, REPORTS, INDICES)
_VISITS = (DISPATCH, SUPERVISION, RECHECKS, GUARANTEES, PLEDGES)
_PLACES = (SITES, WALL, PATROL)
_RULES = (CODES, PRECISION, CALENDAR, CHAINS, NOTICES)
_NAV: dict[Role, tuple[str, ...]] = {
    Role.enterprise: (HOME, TASKS, PEOPLE, OUTLETS, *_DUTIES, PLEDGES, SITES, WALL, *_RULES, CONNECT),
    Role.regulator: (
        REVIEW,
        TASKS,
        LEADS,
        HEARD,
        *_DUTIES,
        *_VISITS,
        *_PLACES,
        *_RULES,
        EVENTS,
        USERS,
        AUDIT,
    ),
    Role.platform: (EVENTS, TASKS, SITES),
    Role.admin: (
        REVIEW,
        TASKS,
        LEADS,
        HEARD,
        *_DUTIES,
        *_VISITS,
        *_PLACES,
        CONNECT,
        *_RULES,
        EVENTS,
        USERS,
        AUDIT,
        SYSTEM,
    ),
}


_UNDER = (
    dict.fromkeys(_RULES[1:], CODES)
    | dict.fromkeys(_PLACES[1:], SITES)
    | dict.fromkeys((LEADS, HEARD, PEOPLE, OUTLETS), TASKS)
    | dict.fromkeys((*_DUTIES[1:], *_VISITS), WARNINGS)
    | dict.fromkeys((AUDIT, SYSTEM), USERS)
)
"""Pages that stand under another one: they are tabs of it, and not in the navigation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An entry of the navigation."""

    href: str
    name: str
    icon: str
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The frame of a page: the user, the navigation, the tabs of the page's group, and the CSRF token."""

    title: str
    path: str
    who: str
    role: str
    csrf_token: str
    links: tuple[Link, ...]
    tabs: tuple[Link, ...]


def opened_by(principal: Principal) -> tuple[str, ...]:
    """Return the pages of a principal, the start page first.

    An account of a person of an enterprise (三人三责) has the pages of what their post keeps, and no other.
    """
    if principal.periods is None:
        return _NAV[principal.role]
    kept = set(principal.periods)
    return (
        HOME,
        TASKS,
        *([RECORDS, MEALS] if DutyPeriod.day in kept else []),
        *([REPORTS] if kept & {DutyPeriod.week, DutyPeriod.month} else []),
        *([PEOPLE] if principal.post is Post.principal else []),
        *([PLEDGES] if principal.post is not None else []),
    )


def home_of(principal: Principal) -> str:
    """Return the start page of a principal."""
    return opened_by(principal)[0]


def may_open(principal: Principal, path: str) -> bool:
    """Return whether a principal may open a page."""
    return path in opened_by(principal)


def shell_of(principal: Principal, path: str, *, title: str | None = None) -> Shell:
    """Return the frame of a page for a principal."""
    opened = opened_by(principal)
    above = _UNDER if principal.periods is None else {}  # the few pages of a post need no tabs
    under = above.get(path, path)
    group = tuple(_link(href, here=href == path) for href in opened if above.get(href, href) == under)
    links = tuple(_link(href, here=under.startswith(href)) for href in opened if href not in above)
    return Shell(
        title=title or _NAMES.get(path, "明厨"),
        path=path,
        who=principal.shown_name,
        role=label(principal.post or principal.role),
        csrf_token=principal.csrf_token or "",
        links=links,
        tabs=group if len(group) > 1 else (),
    )


def _link(href: str, *, here: bool) -> Link:
    return Link(href=href, name=_NAMES[href], icon=href.rsplit("/", 1)[1], here=here)


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(CONSOLE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["static"] = static_url
    found.filters["counted"] = counted
    return found


@cache
def static_url(name: str) -> str:
    """Return the address of a static file with its content's digest, so that browsers may cache it without limit."""
    digest = hashlib.sha256((CONSOLE / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def page(template: str, *, status: int = 200, **values: object) -> Response:
    """Render a page; browsers must not store it."""
    text = _environment().get_template(template).render(**values)
    return HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})


def login_page(
    providers: Mapping[str, Provider], *, said: str, wanted: str, login: str = "", status: int = 200
) -> Response:
    """Render the log-in form, with the account that was entered before and a button for each sign-on provider."""
    buttons = [(name, one.about.label) for name, one in providers.items()]
    return page("login/page.html", status=status, next=wanted, said=said, login=login, providers=buttons)


def wants_page(request: Request) -> bool:
    """Return whether a browser requests a page of the console, and no program JSON."""
    of_console = request.url.path.startswith(("/login", "/console"))
    return of_console and "text/html" in request.headers.get("accept", "")


_SAID = {
    401: "请先登录",
    403: "您的角色无权查看或执行此操作",
    404: "页面不存在，或不在您的权限范围内",
    405: "不支持此操作",
    413: "提交的内容过大",
    422: "提交的内容有误",
    429: "尝试次数过多，请稍后再试",
    503: "数据库暂时没有响应，请稍后再试",
}


def error_page(status: int, code: str) -> Response:
    """Render the page of an error."""
    return page(
        "shell/error.html", status=status, code=code, number=status, said=_SAID.get(status, "系统出错，已记入日志")
    )
