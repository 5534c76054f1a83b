"""Apply a file to the registry as it was reported: new and changed lines, one transaction, nothing deleted."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from uuid import UUID

from alerts.duties.cadres import assign, name_cadre
from alerts.duties.guarantees import check_supervisor, describe, register_change, set_tier
from alerts.duties.tiers import Facts
from alerts.exchange.comparing import compare, kind_of_change
from alerts.exchange.sets import YES, of_visit
from alerts.registry.tables import Line
from models.base.clock import SHANGHAI
from models.base.errors import Conflict, Invalid, NotAllowed, StaleVersion
from models.base.ids import uuid7
from models.catalogue.exchange_terms import DataSet, LineResult
from models.catalogue.supervision_terms import (
    BusinessKind,
    CadreLevel,
    EntityScale,
    GuaranteePart,
    OperatingState,
    VisitMode,
)
from models.domain.access import Actor
from models.domain.exchange import ExchangeReport, ExchangeRun, LineFinding, OutsideVisit
from models.domain.guarantees import Guarantee
from models.domain.registry import Entity
from models.store import Write, cadres, exchange, guarantees, registry
from models.store.exchange import Within

LONGEST_REASON = 200
_PROFILE = frozenset({"business_kind", "scale", "size", "special", "risk_grade"})
_MOST_NAME = 200


def apply(
    w: Write,
    data_set: DataSet,
    lines: Sequence[Line],
    *,
    of: Within,
    file_name: str,
    file_sha256: str,
    digest: str | None,
    reason: str,
    by: Actor,
    at: datetime,
) -> tuple[ExchangeReport, ExchangeRun]:
    """Store the new and the changed lines of a file; those that are unknown or invalid are left out.

    `digest` is that of the report somebody looked at; None for whoever does not look first. Applied again, a file
    changes nothing.

    Raises:
        NotAllowed: the role may not.
        Invalid: the reason is missing or too long.
        StaleVersion: the file or the registry has changed since the report; nothing was stored.
        Conflict: a new row is registered where the caller does not see it; nothing was stored.
    """
    check_supervisor(by)
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(f"reason: expected 1 to {LONGEST_REASON} characters, for example where the file is from")
    report = compare(w, data_set, lines, of=of, file_sha256=file_sha256, today=at.astimezone(SHANGHAI).date())
    if digest is not None and report.digest != digest:
        raise StaleVersion("the file or the registry has changed since the report; look at the new one first")
    todo = [one for one in report.findings if one.result in {LineResult.new, LineResult.changed}]
    store = {DataSet.entities: _entity, DataSet.cadres: _cadre, DataSet.supervision: _visit}[data_set]
    for finding in todo:
        store(w, finding, of=of, reason=f"数据交换：{reason.strip()}", by=by, at=at)
    run = ExchangeRun(
        id=uuid7(),
        tenant_id=of.tenant_id,
        jurisdiction=of.within,
        data_set=data_set,
        file_name=file_name[:_MOST_NAME],
        file_sha256=file_sha256,
        reason=reason.strip(),
        by=by.name,
        at=at,
        counts={result.value: report.count(result) for result in LineResult},
        changes=[
            {"line": one.number, "key": one.key, "result": one.result.value, "fields": [asdict(f) for f in one.changes]}
            for one in todo
        ],
    )
    exchange.add_run(w, run)
    return report, run


def _entity(w: Write, finding: LineFinding, *, of: Within, reason: str, by: Actor, at: datetime) -> None:
    values, fields = finding.values, {one.name for one in finding.changes}
    entity_id = finding.id or _registered(w, values, of=of)
    known = _guarantee(w, entity_id)
    if finding.id is not None and fields & {"name", "licence_no"}:
        licence = values.get("licence_no") or _licence(w, entity_id)
        registry.change_entity(w, entity_id=entity_id, name=values.get("name", known.name), licence_no=licence)
    if fields & _PROFILE:
        known = _described(w, known, finding, by=by, at=at)
    tier = values.get("guarantee_tier")
    if "guarantee_tier" in fields and tier != known.guarantee_tier:
        known = set_tier(w, entity_id, tier, reason=reason, version=known.profile_version, by=by, at=at)
    if "operating" in fields and values["operating"] != known.operating:
        register_change(
            w,
            entity_id,
            kind_of_change(OperatingState(values["operating"])),
            effective_on=at.astimezone(SHANGHAI).date(),
            reason=reason,
            detail="",
            version=known.profile_version,
            by=by,
            at=at,
        )
    if "cadre_id" in fields:
        _assigned(w, entity_id, UUID(values["cadre_id"]), reason=reason, by=by, at=at)


def _registered(w: Write, values: dict[str, str], *, of: Within) -> UUID:
    new = Entity(
        id=uuid7(),
        tenant_id=of.tenant_id,
        name=values["name"],
        credit_code=values["credit_code"],
        licence_no=values.get("licence_no"),
        region_code=values["region_code"],
        guarantee_tier=None,
        risk_grade=None,
    )
    if not exchange.add_entity(w, new):
        raise Conflict(f"credit code {new.credit_code}: registered already, outside your region")
    return new.id


def _guarantee(w: Write, entity_id: UUID) -> Guarantee:
    found = guarantees.guarantee_for_update(w, entity_id)
    if found is None:
        raise StaleVersion
    return found


def _licence(w: Write, entity_id: UUID) -> str | None:
    found = registry.entity(w, entity_id)
    return None if found is None else found.licence_no


def _described(w: Write, known: Guarantee, finding: LineFinding, *, by: Actor, at: datetime) -> Guarantee:
    values = finding.values
    kind, scale, size = values.get("business_kind"), values.get("scale"), values.get("size")
    facts = Facts(
        kind=known.business_kind if kind is None else BusinessKind(kind),
        scale=known.scale if scale is None else EntityScale(scale),
        size=known.size if size is None else int(size),
        special=values["special"] == YES if "special" in values else known.special,
    )
    grade = values.get("risk_grade", known.risk_grade)
    return describe(w, known.id, facts, risk_grade=grade, version=known.profile_version, by=by, at=at)


def _assigned(w: Write, entity_id: UUID, cadre_id: UUID, *, reason: str, by: Actor, at: datetime) -> None:
    assign(w, entity_id, cadre_id=cadre_id, part=GuaranteePart.primary, reason=reason, by=by, at=at)


def _cadre(w: Write, finding: LineFinding, *, of: Within, reason: str, by: Actor, at: datetime) -> None:
    _ = reason  # a cadre has no history of their own; the log of applied files has the fields
    values = finding.values
    if finding.id is None:
        name_cadre(
            w,
            tenant_id=of.tenant_id,
            region_code=values["region_code"],
            name=values["name"],
            post=values["post"],
            level=CadreLevel(values["level"]),
            phone=values.get("phone"),
            login=None,
            within=of.within,
            by=by,
            at=at,
        )
        return
    known = cadres.cadre_for_update(w, finding.id)
    if known is None:
        raise StaleVersion
    changed = replace(
        known,
        name=values.get("name", known.name),
        post=values.get("post", known.post),
        level=CadreLevel(values.get("level", known.level)),
        phone=values.get("phone", known.phone),
    )
    if not exchange.change_cadre(w, changed):
        raise NotAllowed(f"{known.name} belongs to a level above yours")


def _visit(w: Write, finding: LineFinding, *, of: Within, reason: str, by: Actor, at: datetime) -> None:
    _ = reason
    values = finding.values
    known = exchange.outside_visits_of(w, of, [values["record_no"]]).get((values["source"], values["record_no"]))
    codes = [values["credit_code"]] if known is None else [known.credit_code]
    place = exchange.entities_of_codes(w, of, codes).get(codes[0])
    if place is None:
        raise StaleVersion
    # What a line does not state stays as it was; the key and the enterprise never change.
    stated = values if known is None else {**of_visit(known), **values}
    visit = OutsideVisit(
        id=uuid7() if known is None else known.id,
        tenant_id=of.tenant_id,
        entity_id=place.id,
        region_code=place.region_code,
        source=stated["source"],
        record_no=stated["record_no"],
        cadre_name=stated["cadre_name"],
        mode=VisitMode(stated["mode"]),
        visited_on=date.fromisoformat(stated["visited_on"]),
        minutes=int(stated["minutes"]) if stated.get("minutes") else None,
        problems=int(stated["problems"]),
        note=stated.get("note", ""),
        imported_at=at,
        imported_by=by.name,
    )
    if known is not None:
        exchange.change_outside_visit(w, visit)
    elif not exchange.add_outside_visit(w, visit):
        raise Conflict(f"record {visit.record_no} of {visit.source}: imported already, outside your region")
