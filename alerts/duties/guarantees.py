"""Profile, tier (包保等级) and registered changes of an enterprise: load → decide → store, with a history."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from alerts.duties.supervision import exempt_all
from alerts.duties.supervision_steps import LONGEST_NOTE
from alerts.duties.tiers import TIERS, Facts, after_change, classify
from models.base.errors import Invalid, NotAllowed, NotFound, StaleVersion
from models.base.ids import uuid7
from models.catalogue.supervision_terms import EntityChangeKind, OperatingState
from models.catalogue.terms import Role, label
from models.domain.access import Actor
from models.domain.guarantees import EntityChange, Guarantee, TierChange
from models.domain.place import owner_of
from models.store import guarantees
from models.store.connect import Write

MAY_SUPERVISE = frozenset({Role.regulator, Role.admin})


def describe(
    w: Write, entity_id: UUID, facts: Facts, *, risk_grade: str | None, version: int, by: Actor, at: datetime
) -> Guarantee:
    """Store what an enterprise is; the rules set its tier unless a person has.

    Raises:
        NotAllowed: the role may not.
        NotFound: no such enterprise in what the caller may see.
        StaleVersion: its profile has changed since `version` was read.
        Invalid: there is no such risk grade.
    """
    before = _locked(w, entity_id, version=version, by=by)
    if risk_grade is not None and risk_grade not in TIERS:
        raise Invalid(f"risk_grade {risk_grade!r}: expected one of {', '.join(TIERS)}, A for the lowest risk")
    described = replace(
        before,
        business_kind=facts.kind,
        scale=facts.scale,
        size=facts.size,
        special=facts.special,
        risk_grade=risk_grade,
    )
    decided = described if before.tier_by_hand else _by_rules(described)
    return _stored(w, before, decided, reason=_because(decided), by=by, at=at)


def set_tier(
    w: Write, entity_id: UUID, tier: str | None, *, reason: str, version: int, by: Actor, at: datetime
) -> Guarantee:
    """Set the tier by hand, or with None give it back to the rules.

    Raises:
        NotAllowed, NotFound, StaleVersion: as for `describe`.
        Invalid: there is no such tier, or the reason is missing.
    """
    before = _locked(w, entity_id, version=version, by=by)
    if tier is not None and tier not in TIERS:
        raise Invalid(f"tier {tier!r}: expected one of {', '.join(TIERS)}, or nothing to follow the rules")
    if not reason.strip():
        raise Invalid("reason: expected why the tier is set by hand, or given back to the rules")
    if tier is None:
        decided = _by_rules(replace(before, guarantee_tier=None, tier_rule=None))
    else:
        decided = replace(before, guarantee_tier=tier, tier_rule=None)
    return _stored(w, before, decided, reason=reason.strip(), by=by, at=at)


def register_change(
    w: Write,
    entity_id: UUID,
    kind: EntityChangeKind,
    *,
    effective_on: date,
    reason: str,
    detail: str,
    version: int,
    by: Actor,
    at: datetime,
) -> Guarantee:
    """Register a change of an enterprise (主体变更). One that does not operate is not supervised meanwhile.

    Raises:
        NotAllowed, NotFound, StaleVersion: as for `describe`.
        Invalid: the reason is missing.
        InvalidTransition: the change makes no sense in the enterprise's state.
    """
    before = _locked(w, entity_id, version=version, by=by)
    if not reason.strip():
        raise Invalid("reason: expected the ground of the change")
    decided = replace(before, operating=after_change(before.operating, kind))
    line = EntityChange(
        id=uuid7(),
        **owner_of(before.owner),
        at=at,
        by=by.name,
        kind=kind,
        effective_on=effective_on,
        reason=reason.strip(),
        detail=detail.strip(),
    )
    guarantees.add_entity_change(w, line)
    if decided.operating is not OperatingState.open:
        exempt_all(w, entity_id, reason=f"{label(kind)}：{reason.strip()}"[:LONGEST_NOTE], by=by, at=at)
    return _stored(w, before, decided, reason=reason.strip(), by=by, at=at)


def check_supervisor(by: Actor) -> None:
    """Check that somebody may keep the registers of supervision.

    Raises:
        NotAllowed: the role may not.
    """
    if by.role not in MAY_SUPERVISE:
        raise NotAllowed(f"this needs one of the roles {', '.join(sorted(MAY_SUPERVISE))}; your role is {by.role}")


def _locked(w: Write, entity_id: UUID, *, version: int, by: Actor) -> Guarantee:
    check_supervisor(by)
    found = guarantees.guarantee_for_update(w, entity_id)
    if found is None:
        raise NotFound(f"no enterprise {entity_id}")
    if found.profile_version != version:
        raise StaleVersion(f"profile has version {found.profile_version}, you acted on version {version}")
    return found


def _facts(of: Guarantee) -> Facts:
    return Facts(kind=of.business_kind, scale=of.scale, size=of.size, special=of.special)


def _by_rules(described: Guarantee) -> Guarantee:
    found = classify(_facts(described))
    if found is None:
        return replace(described, guarantee_tier=None, tier_rule=None)
    return replace(described, guarantee_tier=found.tier, tier_rule=found.rule)


def _because(decided: Guarantee) -> str:
    found = None if decided.tier_by_hand else classify(_facts(decided))
    return "业态未填写，暂不评定" if found is None else found.because


def _stored(w: Write, before: Guarantee, decided: Guarantee, *, reason: str, by: Actor, at: datetime) -> Guarantee:
    stored = guarantees.change_guarantee(w, decided)
    if stored is None:
        raise StaleVersion
    if (before.guarantee_tier, before.tier_rule) != (stored.guarantee_tier, stored.tier_rule):
        line = TierChange(
            id=uuid7(),
            **owner_of(stored.owner),
            at=at,
            by=by.name,
            from_tier=before.guarantee_tier,
            to_tier=stored.guarantee_tier,
            rule=stored.tier_rule,
            reason=reason,
        )
        guarantees.add_tier_change(w, line)
    return stored
