"""Rules of warnings (自动预警): what counts in a region, switching and tuning them with a reason, and their history."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from alerts.duties.warnings.rules import MEASURE_LABELS, Rule
from alerts.duties.warnings.setting import end_setting, rule_named, rules_at, set_rule
from api.access.principal import Reviewer, Stepper
from api.calendars import region_of
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, creating, page_of
from api.requests import uuid_cursor as id_in
from api.schemas.common import Page
from api.schemas.people import EndIn
from api.schemas.warning_rules import RuleIn, RuleOut, RuleStepOut, SettingOut, StepSettingOut
from models.catalogue.terms import Role, label
from models.domain.warnings import RuleSetting, StepSetting
from models.store import Write, warning_settings

router = APIRouter(prefix="/v1/warning-rules", tags=["duties"])
RuleName = Annotated[str, Path(max_length=40)]
Region = Annotated[str | None, Query(pattern=r"^([0-9]{2,12})?$", description="default: the caller's region")]


@router.get("", name="warning_rules")
def list_rules(r: Reading, principal: Stepper, region: Region = None) -> list[RuleOut]:
    """List the rules as they count in a region, by default your own."""
    where = region_of(r, principal) if region is None else region
    found = rules_at(r, tenant_id=principal.tenant, region=where)
    hidden = principal.role is Role.enterprise
    return [rule_out(rule, one) for rule, one in found if not (hidden and rule.internal)]


@router.get("/{rule}/settings", name="warning_rule_settings")
def list_settings(
    r: Reading, _: Reviewer, rule: RuleName, cursor: Cursor = None, limit: Limit = 50
) -> Page[SettingOut]:
    """List the settings of a rule that you may see, newest first, with those that ended."""
    rows = warning_settings.history(r, rule=rule_named(rule).name, before=id_in(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, out=setting_out, cursor=lambda row: row.id)


@router.post("/{rule}/settings", response_model=SettingOut, name="set_warning_rule", summary="Switch or tune a rule")
def switch_rule(
    request: Request, app: AppState, principal: Reviewer, rule: RuleName, body: RuleIn, key: IdempotencyKey = None
) -> Response:
    """Switch or tune a rule for a region. It counts from the next evaluation on, within the hour."""

    def act(w: Write) -> SettingOut:
        new = set_rule(
            w,
            rule,
            tenant_id=principal.tenant,
            region=body.region,
            enabled=body.enabled,
            steps=tuple(StepSetting(limit=one.limit, level=one.level) for one in body.steps),
            reason=body.reason,
            within=principal.region or "",
            by=principal.actor,
            at=app.clock.now(),
        )
        return setting_out(new)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/settings/{setting_id}/end", response_model=SettingOut, name="end_warning_setting")
def stop_setting(
    request: Request, app: AppState, principal: Reviewer, setting_id: UUID, body: EndIn, key: IdempotencyKey = None
) -> Response:
    """End a setting: the rule counts again as the region above has it, or as shipped."""

    def act(w: Write) -> SettingOut:
        ended = end_setting(w, setting_id, reason=body.reason, by=principal.actor, at=app.clock.now())
        return setting_out(ended)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


def rule_out(rule: Rule, setting: RuleSetting | None) -> RuleOut:
    """Return a rule in the form the API shows, with the setting that it follows."""
    return RuleOut(
        rule=rule.name,
        number=rule.number,
        label=rule.label,
        internal=rule.internal,
        enabled=rule.enabled,
        steps=[
            RuleStepOut(
                measure=step.measure,
                measure_label=MEASURE_LABELS[step.measure],
                least=step.least is not None,
                limit=step.limit,
                level=step.level,
                level_label=label(step.level),
                told=list(step.told),
            )
            for step in rule.steps
        ],
        setting_id=None if setting is None else setting.id,
        set_for=None if setting is None else setting.region_code,
        version=None if setting is None else setting.version,
    )


def setting_out(row: RuleSetting) -> SettingOut:
    """Return a setting in the form the API shows."""
    return SettingOut(
        id=row.id,
        rule=row.rule,
        region_code=row.region_code,
        enabled=row.enabled,
        steps=[StepSettingOut(limit=one.limit, level=one.level) for one in row.steps],
        reason=row.reason,
        set_by=row.set_by,
        set_at=row.set_at,
        version=row.version,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        end_reason=row.end_reason,
    )
