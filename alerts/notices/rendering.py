"""Write the text of messages from the state of their subjects at sending time. Pure."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from alerts.deadlines.levels import level_label
from models.base.clock import SHANGHAI
from models.catalogue.codes import code_label
from models.catalogue.notices import occasion_label
from models.catalogue.terms import ChannelKind, Severity, label
from models.domain.alerts import Alert
from models.domain.notices import Channel, Notice
from models.domain.tasks import RectificationTask

_TEMPLATES: dict[str, dict[str, Any]] = tomllib.loads(
    files("alerts.notices").joinpath("templates.toml").read_text("utf-8")
)
LIMITS = {ChannelKind(name): int(most) for name, most in _TEMPLATES.pop("bytes").items()}
"""Most bytes of a text, in UTF-8, by the kind of channel; title and body count together."""
_TITLE_BYTES, _FIELD_CHARS = 150, 300
_CUT = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A message in words."""

    title: str
    body: str

    @property
    def whole(self) -> str:
        """Title and body as one text, as bots show it."""
        return f"{self.title}\n{self.body}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A duty that a message is about: a visit, a warning, a report or a letter, as it is now.

    Attributes:
        state, state_label: how far it is, as `notices.toml` names it, and in Chinese.
        what: what it is, in words.
        page: the path of the console's page that shows it.
        fields: the other fields of its template.
    """

    state: str
    state_label: str
    severity: Severity
    what: str
    page: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a message is about: the subject as it is now, and the names of its enterprise and kitchen."""

    subject: RectificationTask | Alert | Duty
    entity: str
    site: str
    reason: str = ""


def cut(text: str, most: int) -> str:
    """Cut a text to at most so many bytes of UTF-8, never inside a character, and mark the cut.

    >>> cut("厨房有鼠", 9)
    '厨房…'
    """
    content = text.encode()
    if len(content) <= most:
        return text
    mark = _CUT if most >= len(_CUT.encode()) else ""
    return content[: most - len(mark.encode())].decode(errors="ignore") + mark


def render(notice: Notice, told: Told | None, channel: Channel, *, public_url: str) -> Text:
    """Return the text of one message; a test message is about nothing (`told` is None)."""
    template = _TEMPLATES[notice.occasion]
    fields = {"channel": _plain(channel.name)} if told is None else fields_of(notice, told, public_url=public_url)
    return _fitted(template["title"].format_map(fields), template["body"].strip().format_map(fields), channel.kind)


def render_digest(parts: Sequence[tuple[Notice, Told]], channel: Channel, *, public_url: str) -> Text:
    """Return the text of several messages in one; lines that do not fit are counted in the last line."""
    template = _TEMPLATES["digest"]
    count = {"count": str(len(parts))}
    title, body = (template[key].format_map(count) for key in ("title", "body"))
    room = LIMITS[channel.kind] - len(f"{title}\n{body}\n".encode()) - len(template["rest"].encode()) - 8
    lines: list[str] = []
    for number, (notice, told) in enumerate(parts, 1):
        fields = fields_of(notice, told, public_url=public_url)
        extra = {"number": str(number), "label": occasion_label(notice.occasion)}
        line = template["line"].format_map({**fields, **extra})
        room -= len(line.encode()) + 1
        if room < 0:
            lines.append(template["rest"].format_map({"count": str(len(parts) - number + 1)}))
            break
        lines.append(line)
    return _fitted(title, "\n".join([body, *lines]), channel.kind)


def fields_of(notice: Notice, told: Told, *, public_url: str) -> Mapping[str, str]:
    """Return the fields of templates, each as one plain line."""
    subject = told.subject
    fields = {
        "entity": told.entity,
        "site": told.site,
        "severity": label(subject.severity),
        "state": subject.state_label if isinstance(subject, Duty) else label(subject.state),
        "reason": told.reason,
    }
    fields |= _of_duty(subject) if isinstance(subject, Duty) else _of_hazard(subject)
    plain = {name: _plain(value) or "—" for name, value in fields.items()}
    return plain | {"link": f"{public_url.rstrip('/')}{_page(notice, subject)}"}


def _of_duty(duty: Duty) -> dict[str, str]:
    return {"what": duty.what, **duty.fields}


def _of_hazard(subject: RectificationTask | Alert) -> dict[str, str]:
    own = _of_task(subject) if isinstance(subject, RectificationTask) else _of_alert(subject)
    return {"what": code_label(subject.code), "zone": label(subject.zone), **own}


def _of_task(task: RectificationTask) -> dict[str, str]:
    return {
        "requirement": task.requirement,
        "due": _local(task.due_at),
        "level": level_label(task.overdue_level),
        "whom": "、".join(label(holder) for holder in task.escalated_to),
        "measure": task.measure or "",
        "appeal": task.appeal_text or "",
    }


def _of_alert(alert: Alert) -> dict[str, str]:
    return {"last": _local(alert.last_at), "occurrences": str(alert.occurrences)}


def _page(notice: Notice, subject: RectificationTask | Alert | Duty) -> str:
    if isinstance(subject, Duty):
        return subject.page
    if isinstance(subject, RectificationTask):
        return f"/console/tasks/{subject.id}"
    return "/console/sites" if notice.entity_id is not None else f"/console/review?alert={subject.id}"


def _fitted(title: str, body: str, kind: ChannelKind) -> Text:
    title = cut(title, _TITLE_BYTES)
    return Text(title=title, body=cut(body, LIMITS[kind] - len(title.encode()) - 1))


def _plain(text: str) -> str:
    """Return a text of others as one line of bounded length, so that a name can't add lines to a message."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _FIELD_CHARS else line[: _FIELD_CHARS - 1] + _CUT


def _local(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
