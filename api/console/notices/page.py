"""The page of notices by message: the channels, the messages that were given up, and the newest ones."""

from dataclasses import dataclass
from uuid import UUID

from api.access.principal import Principal
from api.console.notices.group import GroupPart, load_group
from api.console.shell.words import short
from models.catalogue.notices import TEST, occasion_label
from models.catalogue.terms import ChannelKind, NoticeState, Role, Severity, label
from models.domain.guarantees import Cadre
from models.domain.notices import DEAD, Channel, Notice
from models.domain.speeches import Speech
from models.store import Read, cadres, notices, speeches

SHOWN = 50
SHOWN_CHANNELS = 200
SHOWN_SAID = 20
_PAGES = {
    "task": "/console/tasks/{}",
    "supervision": "/console/supervision",
    "warning": "/console/warnings",
    "report": "/console/reports?report={}",
    "letter": "/console/indices",
    "broadcast": "/console/notices",
}
"""The page that shows the subject of a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRow:
    """One channel; `mine` says whether the visitor may change it."""

    id: str
    name: str
    kind: str
    hint: str
    owner: str
    severity: str
    quiet: str
    cap: int
    enabled: bool
    trouble: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; a test message has no severity and no `link` to its subject."""

    id: str
    what: str
    severity: str
    severity_label: str
    channel: str
    state: str
    state_label: str
    when: str
    note: str
    text: str
    link: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message on a kitchen's loudspeaker."""

    text: str
    state: str
    state_label: str
    where: str
    when: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An option of the form."""

    value: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesPage:
    """The whole page."""

    channels: tuple[ChannelRow, ...]
    dead: tuple[Message, ...]
    newest: tuple[Message, ...]
    said: tuple[Said, ...]
    kinds: tuple[Choice, ...]
    severities: tuple[Choice, ...]
    names_region: bool
    region: str
    cadres: tuple[Choice, ...]
    group: GroupPart | None


def load_notices(r: Read, visitor: Principal) -> NoticesPage:
    """Load the channels and messages that the visitor may see."""
    channels = notices.channels(r, limit=SHOWN_CHANNELS)
    dead = notices.notices(r, limit=SHOWN, states=sorted(DEAD))
    newest = notices.notices(r, limit=SHOWN)
    names = notices.channel_names(r, (row.channel_id for row in [*dead, *newest]))
    office = visitor.role is not Role.enterprise
    known = cadres.cadres_of(r, {row.cadre_id for row in channels if row.cadre_id is not None})
    return NoticesPage(
        channels=tuple(_channel(row, known, visitor) for row in channels),
        dead=tuple(_message(row, names, visitor) for row in dead),
        newest=tuple(_message(row, names, visitor) for row in newest),
        said=tuple(_said(row) for row in speeches.speeches(r, limit=SHOWN_SAID)),
        kinds=tuple(Choice(value=kind, name=label(kind)) for kind in ChannelKind),
        severities=tuple(Choice(value=severity, name=label(severity)) for severity in reversed(Severity)),
        names_region=office,
        region=visitor.region or "",
        cadres=tuple(
            Choice(value=str(one.id), name=f"{one.name}（{one.post}）")
            for one in (cadres.cadres(r, after=None, limit=SHOWN_CHANNELS) if office else ())
        ),
        group=load_group(r, visitor),
    )


def _channel(row: Channel, known: dict[UUID, Cadre], visitor: Principal) -> ChannelRow:
    trouble = f"连续失败 {row.failures} 次" if row.failures else ""
    return ChannelRow(
        id=str(row.id),
        name=row.name,
        kind=label(row.kind),
        hint=row.hint,
        owner=_owner(row, known),
        severity=f"{label(row.min_severity)}及以上" if row.min_severity is not Severity.critical else "仅严重",
        quiet=_quiet(row),
        cap=row.cap_per_hour,
        enabled=row.enabled,
        trouble=trouble,
        mine=_may_change(visitor, row.entity_id),
    )


def _owner(row: Channel, known: dict[UUID, Cadre]) -> str:
    if row.cadre_id is not None:
        return f"包保干部 {known[row.cadre_id].name}" if row.cadre_id in known else "包保干部"
    return "企业" if row.entity_id is not None else f"监管 {row.region_code or '全部地区'}"


def _quiet(row: Channel) -> str:
    if row.quiet_from is None or row.quiet_to is None:
        return "无"
    return f"{row.quiet_from:%H:%M}–{row.quiet_to:%H:%M}"


def _message(row: Notice, names: dict[UUID, str], visitor: Principal) -> Message:
    return Message(
        id=str(row.id),
        what=occasion_label(row.occasion),
        severity="" if row.occasion == TEST else row.severity,
        severity_label=label(row.severity),
        channel=names.get(row.channel_id, ""),
        state=row.state,
        state_label=label(row.state),
        when=short(row.done_at or row.created_at),
        note=_note(row),
        text=row.sent_text or "",
        link=_PAGES.get(row.subject_kind, "").format(row.subject_id),
        mine=_may_change(visitor, row.entity_id),
    )


def _said(row: Speech) -> Said:
    return Said(
        text=row.text,
        state=row.state,
        state_label=label(row.state),
        where=row.site_id,
        when=short(row.done_at or row.created_at),
        note=row.error or "",
    )


def _note(row: Notice) -> str:
    if row.state is NoticeState.queued and row.not_before is not None:
        return f"免打扰或超出上限，{short(row.not_before)} 后汇总发送"
    if row.state is NoticeState.retrying:
        return f"{row.last_error or ''}，{short(row.next_attempt_at)} 再试（已试 {row.attempts} 次）"
    return row.last_error or ""


def _may_change(visitor: Principal, entity_id: UUID | None) -> bool:
    return entity_id is None or visitor.role is not Role.regulator
