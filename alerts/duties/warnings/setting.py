"""Switch and tune the rules of warnings for a tenant or a region: check → store. The history is never changed."""

from datetime import datetime
from uuid import UUID

from alerts.duties.warnings.rules import Rule, check_steps, here, shipped
from models.base.errors import Invalid, InvalidTransition, NotAllowed, NotFound, RateLimited
from models.base.ids import uuid7
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.warnings import RuleSetting, StepSetting
from models.store import warning_settings
from models.store.connect import Read, Write

MAY_SET = frozenset({Role.regulator, Role.admin})
MOST = 500
"""Settings of one tenant that count at a time: every evaluation reads them all."""
_REASON = 200


def set_rule(
    w: Write,
    rule: str,
    *,
    tenant_id: str,
    region: str,
    enabled: bool,
    steps: tuple[StepSetting, ...],
    reason: str,
    within: str,
    by: Actor,
    at: datetime,
) -> RuleSetting:
    """Set a rule for a region, or with an empty one for the whole tenant; it takes the place of the setting before.

    `steps` are the limits and levels of all steps, or none for the shipped ones; `within` is the caller's region.

    Raises:
        NotFound: there is no such rule.
        NotAllowed: the role may not, or the region lies outside the caller's.
        Invalid: see `rules.check_steps`; or the reason is missing.
        RateLimited: the tenant has the most settings that it may have.
    """
    known = rule_named(rule)
    if by.role not in MAY_SET or not region.startswith(within):
        raise NotAllowed(f"region {region!r}: expected a region within {within or 'the tenant'}")
    check_steps(known, steps)
    words = _words(reason)
    version = warning_settings.next_version(w, tenant_id=tenant_id, region_code=region, rule=rule)
    if warning_settings.living(w, tenant_id=tenant_id) >= MOST:
        raise RateLimited(f"{MOST} settings of rules count already; end some first")
    new = RuleSetting(
        id=uuid7(),
        tenant_id=tenant_id,
        region_code=region,
        rule=rule,
        internal=known.internal,
        enabled=enabled,
        steps=steps,
        reason=words,
        set_by=by.name,
        set_at=at,
        version=version,
    )
    warning_settings.add(w, new)
    return new


def end_setting(w: Write, setting_id: UUID, *, reason: str, by: Actor, at: datetime) -> RuleSetting:
    """End a setting: the rule counts again as the region above has it, or as shipped.

    Raises:
        NotFound: no such setting in what the caller may see.
        NotAllowed: the role may not.
        Invalid: the reason is missing.
        InvalidTransition: it has ended, or belongs to a level above the caller's.
    """
    if by.role not in MAY_SET:
        raise NotAllowed(f"this needs one of the roles {', '.join(sorted(MAY_SET))}; your role is {by.role}")
    words = _words(reason)
    if warning_settings.setting(w, setting_id) is None:
        raise NotFound(f"no setting {setting_id}")
    ended = warning_settings.end(w, setting_id, by=by.name, reason=words, at=at)
    if ended is None:
        raise InvalidTransition("this setting has ended, or belongs to a level above yours")
    return ended


def rules_at(r: Read, *, tenant_id: str, region: str) -> list[tuple[Rule, RuleSetting | None]]:
    """Return each rule as it counts in a region, with the setting that it follows; None where it is the shipped one."""
    settings = warning_settings.in_force(r)
    found = []
    for rule in shipped().values():
        counting = here(rule, settings).at(tenant_id, region)
        found.append((counting, _of(settings, counting, tenant_id=tenant_id)))
    return found


def rule_named(name: str) -> Rule:
    """Return the shipped rule of a name.

    Raises:
        NotFound: there is none.
    """
    found = shipped().get(name)
    if found is None:
        raise NotFound(f"no rule {name!r}")
    return found


def _of(settings: list[RuleSetting], rule: Rule, *, tenant_id: str) -> RuleSetting | None:
    place = (tenant_id, rule.place, rule.name)
    return next((one for one in settings if (one.tenant_id, one.region_code, one.rule) == place), None)


def _words(reason: str) -> str:
    words = reason.strip()
    if not 1 <= len(words) <= _REASON:
        raise Invalid(f"reason: expected 1 to {_REASON} characters")
    return words
