"""The platform announces every event type with its payload, and reads nothing twice for it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import TypeAdapter

from alerts.duties import records as duties
from alerts.duties.daily import Answer
from alerts.duties.guarantees import set_tier
from alerts.duties.meals import record_meal
from alerts.duties.rechecks import draw, finish
from alerts.duties.supervision import exempt_all, plan
from alerts.duties.warnings.evaluating import evaluate
from alerts.duties.warnings.rules import shipped
from alerts.hazards import review
from alerts.hazards.accountability import hand_over, preview
from alerts.hazards.escalation import escalate
from alerts.hazards.leads import act_on_lead, transfer
from alerts.hazards.lifecycle import Appeal, Submission
from alerts.hazards.tasks import act, raise_overdue
from alerts.indices import letters as reminders
from alerts.indices.scheduled import run_due
from alerts.registry.outlets import place_outlet, remove_outlet
from alerts.registry.people import name_person
from alerts.registry.supervision import decommission
from models.base.clock import SHANGHAI
from models.base.ids import uuid7
from models.catalogue.duty_terms import Meal, RowResult
from models.catalogue.supervision_terms import RecheckMethod
from models.catalogue.terms import (
    AppealReason,
    EvidenceKind,
    LeadCommand,
    LeadGround,
    Post,
    RejectReason,
    Review,
    Role,
    Severity,
    TaskCommand,
)
from models.changes import violations as changes
from models.changes.alerts import attach_evidence
from models.changes.devices import change_device, clear_fault, note_fault
from models.changes.nodes import note_status, revoke_node
from models.changes.tasks import raise_severity
from models.domain.access import SYSTEM, Actor
from models.domain.alerts import Alert
from models.domain.evidence import Evidence
from models.domain.meals import MealRecord
from models.domain.place import owner_of
from models.events.catalogue import CATALOGUE
from models.events.envelope import FeedEvent
from models.events.types import EventType
from models.evidence.files import EvidenceFiles
from models.store import Read, Store, Write, devices, evidence, feed, letters, registry, violations
from tests.support.duties import signed_week
from tests.support.guarantees import cadre_of, own_pledge_of, pledge_of, supervised, version_of
from tests.support.indices import add_supervision, further_counties, ranked_counties
from tests.support.people import number_feed, raise_alert
from tests.support.world import Kitchen, seed_world

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)
REGULATOR = Actor(name="regulator", role=Role.regulator)
OFFICER = Actor(name="officer", role=Role.enterprise)
OTHER = Actor(name="another regulator", role=Role.regulator)


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    return seed_world(store)[0]


@pytest.fixture
def files(tmp_path: Path) -> EvidenceFiles:
    return EvidenceFiles(tmp_path / "evidence")


def told(store: Store) -> Iterator[FeedEvent]:
    number_feed(store)
    cursor = 0
    while True:
        with store.read() as r:
            page = feed.events_after(r, cursor=cursor, limit=100)
        yield from page
        if not page:
            return
        cursor = page[-1].seq


def photo(w: Write, alert: Alert) -> Evidence:
    piece = Evidence(
        **owner_of(alert),
        id=uuid7(),
        kind=EvidenceKind.photo_after,
        sha256=uuid7().hex * 2,
        bytes=9,
        mime="image/jpeg",
        captured_at=AT + timedelta(minutes=5),
    )
    evidence.add_evidence(w, piece)
    return piece


def live_a_task(store: Store, alert: Alert) -> None:
    """Confirm, submit, return, submit again, accept."""
    with store.write() as w:
        _, task = review.confirm(w, alert.id, revision=alert.revision, by=REGULATOR, at=AT)
        raise_severity(w, alert_id=alert.id, severity=Severity.critical, by=SYSTEM.name, at=AT)
        proof = Submission(photos=((photo(w, alert).id, AT + timedelta(minutes=5)),), measure="戴口罩")
    steps = [
        (TaskCommand.acknowledge, OFFICER),
        (TaskCommand.start, OFFICER),
        (TaskCommand.submit, OFFICER),
        (TaskCommand.take_review, REGULATOR),
        (TaskCommand.return_, REGULATOR),
        (TaskCommand.submit, OFFICER),
        (TaskCommand.accept, REGULATOR),
    ]
    for number, (command, by) in enumerate(steps):
        with store.write() as w:
            moment = AT + timedelta(minutes=10 + number)
            act(w, task.id, command, version=task.version + 1 + number, by=by, at=moment, reason="…", submission=proof)


def live_all(store: Store, files: EvidenceFiles, kitchen: Kitchen) -> None:
    """Make every kind of change once."""
    with store.write() as w:
        note_status(w, node_id=kitchen.node, online=True, session=1, at=AT, firmware="1.0")
    live_a_task(store, raise_alert(store, files, kitchen, "no_mask", at=AT))
    rejected = raise_alert(store, files, kitchen, "smoking", at=AT)
    unclear = raise_alert(store, files, kitchen, "phone_use", at=AT)
    late = raise_alert(store, files, kitchen, "no_gloves", at=AT)
    with store.write() as w:
        attach_evidence(w, rejected.id, photo(w, rejected).id, at=AT)
        review.reject(w, rejected.id, revision=1, by=REGULATOR, at=AT, reason=RejectReason.false_alarm)
        review.leave_open(w, unclear.id, revision=1, by=REGULATOR, at=AT, remark="模糊")
        _, task = review.confirm(w, late.id, revision=1, by=REGULATOR, at=AT)
        for violation in violations.violations(w, limit=10):
            changes.end_violation(w, violation.id, ended_at=AT, at=AT)
    with store.write() as w:
        assert raise_overdue(w, at=task.due_at + timedelta(seconds=1)) == 1
        act(w, task.id, TaskCommand.void, version=2, by=REGULATOR, at=AT, reason="派发有误")
    live_wishes(store, files, kitchen)
    live_lookbacks(store, files, kitchen)
    live_leads(store, files, kitchen)
    live_escalation(store, files, kitchen)
    live_hand_over(store, files, kitchen)
    live_record(store, kitchen)
    with store.write() as w:
        signed_week(w, kitchen.site, AT)
    live_supervision(store, kitchen)
    live_a_meal_and_a_recheck(store, kitchen)
    live_warnings(store)
    live_devices(store, kitchen)
    live_index(store, files)


def live_index(store: Store, files: EvidenceFiles) -> None:
    """Freeze the index of a week, write to the last three counties, and answer for one of them."""
    ranked_counties(store, files, further_counties(store, "cdef"), at=AT)
    run_due(store, at=AT + timedelta(days=7))
    with store.write() as w:
        letter = letters.letters(w, before=None, limit=1)[0]
        region, at = letter.region_code, AT + timedelta(days=8)
        reminders.answer(w, letter.id, reply="本周完成", region=region, by=REGULATOR, at=at)


def live_warnings(store: Store) -> None:
    """Open, raise and end a warning: day records that are not written."""
    off = {name: replace(rule, enabled=False) for name, rule in shipped().items()}
    for days, rules in ((2, None), (4, None), (4, off)):
        with store.write() as w:
            evaluate(w, at=AT + timedelta(days=days), rules=rules)


def live_record(store: Store, kitchen: Kitchen) -> None:
    """Write and sign the record of a day."""
    day = AT.date()
    with store.write() as w:
        record = duties.open_record(w, site_id=kitchen.site, day=day, pack_id="day.school.v1", by=OFFICER, at=AT)
        answers = [Answer(code=row.code, result=RowResult.ok) for row in record.items]
        full = duties.answer(w, record.id, answers, version=1, by=OFFICER, at=AT)
        duties.sign(w, full.id, version=full.version, name="王安全", zero_risk=False, by=OFFICER, at=AT)


def live_supervision(store: Store, kitchen: Kitchen) -> None:
    """Plan a visit, exempt the enterprise from it, and let a signed pledge lapse."""
    supervised(store, kitchen, cadre_of(store, kitchen, login="cadre"), at=AT)
    pledge_of(store, kitchen, at=AT)
    with store.write() as w:
        own_pledge_of(w, kitchen.entity, at=AT)
        plan(w, at=AT)
        exempt_all(w, kitchen.entity, reason="停业", by=REGULATOR, at=AT)
        version = version_of(store, kitchen.entity)
        set_tier(w, kitchen.entity, "B", reason="规模扩大", version=version, by=REGULATOR, at=AT)


def live_a_meal_and_a_recheck(store: Store, kitchen: Kitchen) -> None:
    """Record a lunch; draw a visit and let a second person check it; enter a chain and leave it."""
    cadre, today = cadre_of(store, kitchen, "王二"), AT.astimezone(SHANGHAI).date()
    with store.write() as w:
        w.raw.execute("UPDATE entity SET business_kind = 'school_canteen' WHERE id = %s", [kitchen.entity])
        site = registry.site(w, kitchen.site)
        assert site is not None
        lunch = MealRecord(
            id=uuid7(),
            **owner_of(site),
            site_id=site.id,
            day=today,
            meal=Meal.lunch,
            diners=1,
            dishes=("米饭",),
            supplies=(),
            sampled=True,
            companion="",
            companion_words="",
            recorded_by="officer",
            recorded_at=AT,
        )
        record_meal(w, lunch, seen=None, by=OFFICER, at=AT)
        add_supervision(w, kitchen, cadre.id, AT, visits=((AT, True),))
        days = {"first": today, "last": today, "count": 1}
        _, (one,) = draw(w, tenant_id=site.tenant_id, within=kitchen.region, **days, by=REGULATOR, at=AT)
        second = {"took_place": True, "answers": [], "note": ""}
        finish(w, one.id, method=RecheckMethod.phone, **second, by=OTHER, at=AT)
        head = next(found.id for found in registry.entities(w, after=None, limit=5) if found.id != kitchen.entity)
        place_outlet(w, kitchen.entity, parent_id=head, by=REGULATOR, at=AT)
        remove_outlet(w, kitchen.entity, by=REGULATOR, at=AT)


def live_hand_over(store: Store, files: EvidenceFiles, kitchen: Kitchen) -> None:
    """Hand the task of a hazard over to somebody else."""
    alert = raise_alert(store, files, kitchen, "floor_dirty", at=AT)
    with store.write() as w:
        _, task = review.confirm(w, alert.id, revision=1, by=REGULATOR, at=AT)
        taker = name_person(w, entity_id=kitchen.entity, name="接任", post=Post.officer, by=OFFICER, at=AT)
        assert task.person_id is not None
        planned = preview(w, giver_id=task.person_id, taker_id=taker.id, site_id=None, at=AT)
        people = {"giver_id": task.person_id, "taker_id": taker.id}
        assert hand_over(w, **people, site_id=None, count=planned.count, reason="离职", by=OFFICER, at=AT) > 0


def live_escalation(store: Store, files: EvidenceFiles, kitchen: Kitchen) -> None:
    """Let a critical hazard wait without an acknowledgement."""
    alert = raise_alert(store, files, kitchen, "unauthorized_person", at=AT)
    with store.write() as w:
        review.confirm(w, alert.id, revision=1, by=REGULATOR, at=AT)
    with store.write() as w:
        assert escalate(w, at=AT + timedelta(days=30)) > 0


def live_leads(store: Store, files: EvidenceFiles, kitchen: Kitchen) -> None:
    """Transfer two hazards; one lead is refused, one is decided and fed back."""
    for code, commands in (
        ("insect_pest", (LeadCommand.send, LeadCommand.refuse)),
        ("bare_torso", (LeadCommand.send, LeadCommand.accept, LeadCommand.not_file, LeadCommand.feed_back)),
    ):
        alert = raise_alert(store, files, kitchen, code, at=AT)
        with store.write() as w:
            _, task = review.confirm(w, alert.id, revision=1, by=REGULATOR, at=AT)
            ground = {"ground": LeadGround.other, "reason": "…", "addressee": "执法队"}
            lead = transfer(w, task.id, version=1, **ground, by=REGULATOR, at=AT)
            for number, command in enumerate(commands):
                act_on_lead(w, lead.id, command, version=1 + number, by=REGULATOR, at=AT, text="…")


def live_wishes(store: Store, files: EvidenceFiles, kitchen: Kitchen) -> None:
    """An extension granted and one refused, an appeal upheld and one dismissed."""
    for code, answer, verdict in (
        ("no_uniform", TaskCommand.extend, TaskCommand.uphold_appeal),
        ("clutter", TaskCommand.refuse_extension, TaskCommand.dismiss_appeal),
    ):
        alert = raise_alert(store, files, kitchen, code, at=AT)
        claim = Appeal(reason=AppealReason.other, text="经批准")
        hour = timedelta(hours=1)
        with store.write() as w:
            _, task = review.confirm(w, alert.id, revision=1, by=REGULATOR, at=AT)
            act(w, task.id, TaskCommand.ask_extension, version=1, by=OFFICER, at=AT, reason="配件未到", span=hour)
            act(w, task.id, answer, version=2, by=REGULATOR, at=AT, reason="…")
            act(w, task.id, TaskCommand.appeal, version=3, by=OFFICER, at=AT, appeal=claim)
            act(w, task.id, verdict, version=4, by=OTHER, at=AT, reason="…")


def live_lookbacks(store: Store, files: EvidenceFiles, kitchen: Kitchen) -> None:
    """Close two hazards; the look-back finds one again and one gone."""
    for code, found in (("rodent", TaskCommand.relapse), ("fire_smoke", TaskCommand.pass_lookback)):
        alert = raise_alert(store, files, kitchen, code, at=AT)
        with store.write() as w:
            _, task = review.confirm(w, alert.id, revision=1, by=REGULATOR, at=AT)
            proof = Submission(photos=((photo(w, alert).id, AT + timedelta(minutes=5)),), measure="已处理")
            act(w, task.id, TaskCommand.acknowledge, version=1, by=OFFICER, at=AT)
            act(w, task.id, TaskCommand.submit, version=2, by=OFFICER, at=AT + timedelta(minutes=6), submission=proof)
            act(w, task.id, TaskCommand.accept, version=3, by=OTHER, at=AT + timedelta(hours=1))
            act(w, task.id, found, version=4, by=REGULATOR, at=AT + timedelta(days=7), reason="…")


def live_devices(store: Store, kitchen: Kitchen) -> None:
    with store.write() as w:
        fridge = devices.device_locked(w, kitchen.fridge)
        assert change_device(w, fridge, replace(fridge, name="新名"), by=OFFICER, at=AT)
        assert not change_device(w, fridge, fridge, by=OFFICER, at=AT)
        detail = {"reason": "no_probe", "value": -127.0, "unit": "Cel"}
        cause = {"cause": f"sensor:{fridge.id}"}
        note_fault(w, fridge, "sensor_fault", since=AT, notify_at=AT, detail=detail, cause=cause, at=AT)
        assert clear_fault(w, fridge, "sensor_fault", at=AT)
        decommission(w, kitchen.gas, reason="已拆除", by=REGULATOR, at=AT)
        note_status(w, node_id=kitchen.node, online=False, session=1, at=AT, firmware=None)
        revoke_node(w, kitchen.node, by=REGULATOR, at=AT)


def test_every_type_is_announced_with_the_payload_it_promises(
    store: Store, files: EvidenceFiles, kitchen: Kitchen
) -> None:
    live_all(store, files, kitchen)
    seen = set()
    for event in told(store):
        kind = CATALOGUE[EventType(event.type)]
        payload = TypeAdapter(kind.payload)
        payload.validate_python(event.data)
        known = set(payload.json_schema()["properties"])
        assert set(event.data) <= known, (event.type, set(event.data) - known)
        seen.add(event.type)
    assert seen == {str(event) for event in EventType}


def test_a_verdict_on_many_violations_reads_their_enterprise_and_evidence_once(
    store: Store, files: EvidenceFiles, kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = raise_alert(store, files, kitchen, at=AT)
    for minute in range(1, 20):
        raise_alert(store, files, kitchen, at=AT + timedelta(minutes=minute))
    read: list[str] = []
    entity, pieces = registry.entity, evidence.evidence_of

    def counted_entity(r: Read, entity_id: UUID) -> object:
        read.append("entity")
        return entity(r, entity_id)

    def counted_pieces(r: Read, ids: list[UUID]) -> object:
        read.append("evidence")
        return pieces(r, ids)

    monkeypatch.setattr(registry, "entity", counted_entity)
    monkeypatch.setattr(evidence, "evidence_of", counted_pieces)
    with store.write() as w:
        assert len(changes.review_violations(w, alert_id=alert.id, review=Review.confirmed, at=AT)) == 20
    assert read == ["evidence", "entity"]
    updated = [event for event in told(store) if event.type == EventType.violation_updated]
    assert len({event.data["violation_id"] for event in updated}) == 20
    assert all(len(event.data["evidence"]) == 2 for event in updated)
