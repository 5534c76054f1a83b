"""The page of warnings (自动预警): open ones by urgency, and those that ended last."""

from dataclasses import dataclass

from alerts.duties.warnings.rules import rule_label, shipped
from api.console.shell.words import short
from models.catalogue.duty_terms import WarningLevel
from models.catalogue.terms import label
from models.domain.warnings import DutyWarning
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
class RuleLine:
    """One rule, as the page explains it."""

    number: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningsPage:
    """The whole page."""

    open: tuple[Line, ...]
    ended: tuple[Line, ...]
    counts: tuple[tuple[str, str, int], ...]
    rules: tuple[RuleLine, ...]
    more: bool


_LINKS = {"day_missing": "/console/records", "period_missing": "/console/reports", "post_empty": "/console/people"}


def load_warnings(r: Read) -> WarningsPage:
    """Load the warnings that the visitor may see."""
    found = warnings.warnings(r, is_open=True, limit=SHOWN)
    ended = warnings.warnings(r, is_open=False, limit=ENDED_SHOWN)
    sites = registry.sites_of(r, {row.site_id for row in [*found, *ended] if row.site_id is not None})
    names = {row.entity_id: registry.entity(r, row.entity_id) for row in [*found, *ended] if row.site_id is None}
    counted = warnings.counts(r)

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
        counts=tuple((level, label(level), counted[level]) for level in reversed(WarningLevel) if counted.get(level)),
        rules=tuple(RuleLine(number=rule.number, label=rule.label) for rule in shipped().values() if rule.enabled),
        more=sum(counted.values()) > len(found),
    )
