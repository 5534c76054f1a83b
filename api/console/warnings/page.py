"""The page of warnings (自动预警): open ones by urgency, and those that ended last."""

from dataclasses import dataclass

from alerts.duties.warnings.rules import MEASURE_LABELS, Rule, rule_label
from alerts.duties.warnings.setting import MAY_SET, rules_at
from api.access.principal import Principal
from api.calendars import region_of
from api.console.shell.words import counted, short
from models.catalogue.duty_terms import WarningLevel
from models.catalogue.terms import Role, label
from models.domain.warnings import DutyWarning, RuleSetting
from models.store import Read, registry, warnings

SHOWN, ENDED_SHOWN = 200, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One warning."""

    rule: str
    level: str
    level_label: str
    where: str
    because: str
    told: str
    since: str
    ended: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One step of a rule: what it measures, from which limit on or below which, and the level that follows."""

    measure: str
    which: str
    limit: str
    level: str
    level_label: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """One rule, as it counts for the visitor; `setting` is what the visitor may end."""

    name: str
    number: str
    label: str
    enabled: bool
    steps: tuple[StepLine, ...]
    set_by: str
    setting: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningsPage:
    """The whole page."""

    open: tuple[Line, ...]
    ended: tuple[Line, ...]
    counts: tuple[tuple[str, str, str], ...]
    rules: tuple[RuleLine, ...]
    more: bool
    may_set: bool
    region: str
    levels: tuple[tuple[str, str], ...]


_LINKS = {"day_missing": "/console/records", "period_missing": "/console/reports", "post_empty": "/console/people"}


def load_warnings(r: Read, visitor: Principal) -> WarningsPage:
    """Load the warnings that the visitor may see, and the rules as they count for them."""
    found = warnings.warnings(r, is_open=True, limit=SHOWN)
    ended = warnings.warnings(r, is_open=False, limit=ENDED_SHOWN)
    sites = registry.sites_of(r, {row.site_id for row in [*found, *ended] if row.site_id is not None})
    names = registry.entities_of(r, {row.entity_id for row in [*found, *ended] if row.site_id is None})
    open_ones = warnings.counts(r)

    def line(row: DutyWarning) -> Line:
        site = sites.get(row.site_id or "")
        entity = names.get(row.entity_id)
        return Line(
            rule=rule_label(row.rule),
            level=row.level,
            level_label=label(row.level),
            where=site.name if site else entity.name if entity else row.site_id or "",
            because=row.because,
            told="、".join(label(one) for one in row.told),
            since=short(row.since),
            ended="" if row.ended_at is None else short(row.ended_at),
            link=_LINKS.get(row.rule, f"/console/tasks?site={row.site_id}" if row.site_id else ""),
        )

    ranked = sorted(found, key=lambda row: (row.level.rank, -row.since.timestamp()))
    return WarningsPage(
        open=tuple(line(row) for row in ranked),
        ended=tuple(line(row) for row in ended),
        counts=tuple(
            (level, label(level), counted(open_ones[level])) for level in reversed(WarningLevel) if open_ones.get(level)
        ),
        rules=tuple(
            _rule(rule, setting, visitor)
            for rule, setting in rules_at(r, tenant_id=visitor.tenant, region=region_of(r, visitor))
            if not (rule.internal and visitor.role is Role.enterprise)
        ),
        more=sum(open_ones.values()) > len(found),
        may_set=visitor.role in MAY_SET,
        region=visitor.region or "",
        levels=tuple((level, label(level)) for level in reversed(WarningLevel)),
    )


def _rule(rule: Rule, setting: RuleSetting | None, visitor: Principal) -> RuleLine:
    said, mine = "", False
    if setting is not None:
        where = f"地区 {setting.region_code}" if setting.region_code else "全部地区"
        said = f"{where}第 {setting.version} 次调整 · {setting.set_by} · {short(setting.set_at)} · {setting.reason}"
        mine = visitor.role in MAY_SET and setting.region_code.startswith(visitor.region or "")
    return RuleLine(
        name=rule.name,
        number=rule.number,
        label=rule.label,
        enabled=rule.enabled,
        steps=tuple(
            StepLine(
                measure=MEASURE_LABELS[step.measure],
                which="达到" if step.least is not None else "低于",
                limit=f"{step.limit:g}",
                level=step.level,
                level_label=label(step.level),
                told="、".join(label(one) for one in step.told),
            )
            for step in rule.steps
        ),
        set_by=said,
        setting=str(setting.id) if setting is not None and mine else "",
    )
