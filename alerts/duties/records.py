"""Day records: open one with what the platform knows, answer its rows, sign it: load → decide → store → announce."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from alerts.duties.daily import MAY_RECORD, Answer, Facts, answered, check_day, filled_in, renewed, signed
from alerts.duties.packs import pack, packs
from alerts.duties.posts import check_keeper, check_signer
from alerts.duties.scene_state import scene_of_entity
from models.base.errors import NotAllowed, NotFound, StaleVersion
from models.base.ids import uuid7
from models.catalogue.duty_terms import DutyPeriod, Meal, RecordState
from models.catalogue.terms import DeviceKind
from models.changes.records import sign_record, store_answers
from models.domain.access import Actor
from models.domain.ledger import day_and_minute, start_of
from models.domain.place import owner_of
from models.domain.records import DayRecord
from models.store import devices, ledger, meals, records, registry
from models.store.connect import Read, Write


def facts_of(r: Read, *, site_id: str, day: date, at: datetime) -> Facts:
    """Return what the platform knows about a kitchen's day up to now."""
    begin = start_of(day)
    found = devices.devices_at(r, [site_id])
    cameras = [device.id for device in found if device.kind is DeviceKind.camera]
    return Facts(
        alerts=tuple(records.alerts_of_day(r, site_id=site_id, since=begin, until=begin + timedelta(days=1))),
        sensor_codes=frozenset(device.sensor_code for device in found if device.sensor_code is not None),
        has_cameras=bool(cameras),
        watched=_watched(r, cameras, day=day, at=at),
        open_hazards=records.open_hazards(r, site_id=site_id),
        meals=tuple(meals.meals(r, site_id=site_id, day=day, limit=len(Meal))),
    )


def open_record(w: Write, *, site_id: str, day: date, pack_id: str | None, by: Actor, at: datetime) -> DayRecord:
    """Return the record of a kitchen's day; a new one is filled in with what the platform knows.

    None chooses the form of the enterprise's scene.

    Raises:
        NotAllowed: the role may not write records, or another post keeps the day.
        NotFound: no such kitchen in what the caller may see.
        Invalid: the day lies ahead or too far back, or there is no such form.
    """
    if by.role not in MAY_RECORD:
        raise NotAllowed(f"a day record needs one of the roles {', '.join(sorted(MAY_RECORD))}; your role is {by.role}")
    site = registry.site(w, site_id)
    if site is None:
        raise NotFound(f"no site {site_id!r}")
    check_keeper(w, by, DutyPeriod.day, entity_id=site.entity_id, at=at)
    check_day(day, at=at)
    form = pack(pack_id) if pack_id is not None else pack(scene_of_entity(w, site.entity_id).day)
    known = records.record_of(w, site_id=site_id, day=day)
    if known is not None:
        return as_known(w, known, at=at)
    new = DayRecord(
        id=uuid7(),
        **owner_of(site),
        site_id=site_id,
        day=day,
        pack=form.id,
        state=RecordState.draft,
        items=filled_in(form, facts_of(w, site_id=site_id, day=day, at=at)),
        opened_by=by.name,
        opened_at=at,
    )
    added = records.add_record(w, new) or records.record_of(w, site_id=site_id, day=day)
    if added is None:
        raise NotFound(f"no record of {day}")
    return added


def as_known(r: Read, record: DayRecord, *, at: datetime) -> DayRecord:
    """Return a record as it is read: a draft's rows without an answer say what the platform knows now.

    Nothing is stored, so the version stays. A draft of a form that is no longer shipped is returned as it is.
    """
    if record.state is RecordState.signed or record.pack not in packs():
        return record
    return renewed(record, pack(record.pack), facts_of(r, site_id=record.site_id, day=record.day, at=at))


def answer(w: Write, record_id: UUID, answers: Iterable[Answer], *, version: int, by: Actor, at: datetime) -> DayRecord:
    """Store answers to rows of a draft; each keeps with it what the platform knew at that moment.

    Raises:
        NotFound, StaleVersion: as for every change.
        NotAllowed, InvalidTransition, Invalid: see `daily.answered`.
    """
    record = _locked(w, record_id, version=version)
    return store_answers(w, answered(as_known(w, record, at=at), answers, by=by))


def sign(w: Write, record_id: UUID, *, version: int, name: str, zero_risk: bool, by: Actor, at: datetime) -> DayRecord:
    """Sign a record.

    Raises:
        NotFound, StaleVersion: as for every change.
        NotAllowed, InvalidTransition, Invalid: see `daily.signed` and `posts.check_signer`.
    """
    record = _locked(w, record_id, version=version)
    check_signer(w, by, DutyPeriod.day, name=name, entity_id=record.entity_id, at=at)
    facts = facts_of(w, site_id=record.site_id, day=record.day, at=at)
    decided = signed(record, facts, name=name, zero_risk=zero_risk, by=by, at=at)
    return sign_record(w, decided, by=by.name, at=at)


def _locked(w: Write, record_id: UUID, *, version: int) -> DayRecord:
    record = records.record_for_update(w, record_id)
    if record is None:
        raise NotFound(f"no record {record_id}")
    if record.version != version:
        raise StaleVersion(f"record has version {record.version}, you acted on version {version}")
    return record


def _watched(r: Read, cameras: list[str], *, day: date, at: datetime) -> float | None:
    today, minute = day_and_minute(at)
    minutes = minute if day == today else 1440
    if not cameras or minutes <= 0:
        return None
    days = ledger.days_of(r, cameras, day=day)
    seen = sum(found.analysed[:minutes].count("1") for found in days.values())
    return seen / (minutes * len(cameras))
