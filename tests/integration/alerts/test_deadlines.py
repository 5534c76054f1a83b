"""Deadlines on the calendar of their place, and the effect of an imported notice on open ones."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerts.hazards import review
from alerts.hazards.deadlines import import_notice, look_again
from alerts.hazards.lifecycle import Submission
from alerts.hazards.tasks import act
from models.base.clock import SHANGHAI
from models.base.errors import Invalid, NotAllowed
from models.catalogue.terms import DeadlineClock, Role, TaskCommand
from models.domain.access import Actor
from models.domain.tasks import RectificationTask
from models.events.types import EventType
from models.evidence.files import EvidenceFiles
from models.store import Store, Write, calendars, feed, tasks
from models.store.scope import Scope
from tests.support.people import number_feed, raise_alert
from tests.support.world import DISTRICT_A, DISTRICT_B, TENANT, Kitchen, seed_world

REGULATOR = Actor(name="regulator", role=Role.regulator)
OFFICER = Actor(name="officer", role=Role.enterprise)
NOTICE_2027 = """关于2027年部分节假日安排的通知
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五）至12日（周五）放假调休，共8天。2月13日（周六）上班。
"""


@pytest.fixture
def files(tmp_path: Path) -> EvidenceFiles:
    return EvidenceFiles(tmp_path / "evidence")


@pytest.fixture
def both(store: Store) -> tuple[Kitchen, Kitchen]:
    return seed_world(store)


def dispatched(store: Store, files: EvidenceFiles, kitchen: Kitchen, code: str, *, at: datetime) -> RectificationTask:
    alert = raise_alert(store, files, kitchen, code, at=at)
    with store.write() as w:
        return review.confirm(w, alert.id, revision=alert.revision, by=REGULATOR, at=at)[1]


def again(store: Store, task: RectificationTask) -> RectificationTask:
    with store.read() as r:
        found = tasks.task(r, task.id)
    assert found is not None
    return found


def sweep(store: Store, *, at: datetime, limit: int = 200) -> int:
    rounds = 0
    while True:
        with store.write() as w:
            if not look_again(w, at=at, limit=limit):
                return rounds
        rounds += 1


def imported(store: Store, *, at: datetime, jurisdiction: str = "", text: str = NOTICE_2027) -> None:
    with store.write() as w:
        import_notice(w, text, tenant_id=TENANT, jurisdiction=jurisdiction, source="国办", by=REGULATOR, at=at)


def test_a_minor_hazard_runs_in_office_hours_and_a_critical_one_all_day(
    store: Store, files: EvidenceFiles, both: tuple[Kitchen, Kitchen]
) -> None:
    friday = datetime(2026, 9, 4, 16, tzinfo=SHANGHAI)
    minor = dispatched(store, files, both[0], "no_chef_hat", at=friday)
    critical = dispatched(store, files, both[0], "rodent", at=friday)
    assert (minor.clock, critical.clock) == (DeadlineClock.office, DeadlineClock.always)
    assert critical.due_at == friday + critical.due_span
    # 24 working hours: an hour on Friday, seven on Monday to Wednesday, two on Thursday
    assert minor.due_at == datetime(2026, 9, 10, 11, tzinfo=SHANGHAI)
    assert minor.due_provisional is False


def test_a_deadline_in_a_year_without_its_notice_is_provisional_and_the_notice_moves_it_later(
    store: Store, files: EvidenceFiles, both: tuple[Kitchen, Kitchen]
) -> None:
    eve = datetime(2027, 2, 4, 15, tzinfo=SHANGHAI)
    task = dispatched(store, files, both[0], "no_chef_hat", at=eve)
    assert task.due_provisional
    imported(store, at=eve)
    assert sweep(store, at=eve) == 1
    moved = again(store, task)
    assert not moved.due_provisional
    assert moved.due_at > task.due_at
    assert moved.due_at == moved.next_level_at
    number_feed(store)
    with store.read() as r:
        told = [e for e in feed.newest_events(r, limit=5) if e.type == EventType.task_updated]
        steps = [step.command for step in tasks.transitions(r, object_kind="task", object_id=task.id)]
    assert [e.data["due_provisional"] for e in told] == [False]
    assert steps == ["dispatch", "deadline"]
    imported(store, at=eve)  # the same once more: nothing changes
    assert sweep(store, at=eve) == 1
    assert again(store, task).version == moved.version


def test_a_notice_never_makes_a_deadline_earlier(
    store: Store, files: EvidenceFiles, both: tuple[Kitchen, Kitchen]
) -> None:
    at = datetime(2026, 9, 30, 16, tzinfo=SHANGHAI)
    task = dispatched(store, files, both[0], "no_chef_hat", at=at)
    imported(store, at=at, text="关于2026年部分节假日安排的通知：国庆节：10月1日（周四）放假1天。")
    sweep(store, at=at)
    assert again(store, task).due_at == task.due_at


def test_a_region_has_its_own_calendar(store: Store, files: EvidenceFiles, both: tuple[Kitchen, Kitchen]) -> None:
    at = datetime(2026, 9, 7, 9, tzinfo=SHANGHAI)
    text = "关于2026年部分节假日安排的通知：纪念日：9月9日（周三）放假1天。"
    imported(store, at=at, jurisdiction=DISTRICT_A, text=text)
    here = dispatched(store, files, both[0], "no_chef_hat", at=at)
    there = dispatched(store, files, both[1], "no_chef_hat", at=at)
    assert here.due_at - there.due_at == timedelta(days=1)


def test_open_deadlines_are_recomputed_in_batches_that_a_crash_does_not_repeat(
    store: Store, files: EvidenceFiles, both: tuple[Kitchen, Kitchen]
) -> None:
    eve = datetime(2027, 2, 4, 15, tzinfo=SHANGHAI)
    codes = ["no_chef_hat", "no_gloves", "phone_use", "smoking", "no_uniform"]
    made = [dispatched(store, files, both[0], code, at=eve) for code in codes]
    imported(store, at=eve)
    with store.write() as w:
        assert look_again(w, at=eve, limit=2) == 2
    with suppress(KeyboardInterrupt), store.write() as w:  # killed before the commit
        look_again(w, at=eve, limit=2)
        raise KeyboardInterrupt
    assert sweep(store, at=eve, limit=2) == 2
    assert [again(store, task).version for task in made] == [2] * 5
    with store.read() as r:
        assert [row.checked_at is not None for row in calendars.imports(r, tenant_id=TENANT, limit=9)] == [True]


def test_a_returned_task_gets_the_working_time_of_its_review_back(
    store: Store, files: EvidenceFiles, both: tuple[Kitchen, Kitchen]
) -> None:
    friday = datetime(2026, 9, 4, 9, tzinfo=SHANGHAI)
    task = dispatched(store, files, both[0], "no_chef_hat", at=friday)
    proof = Submission(photos=((task.id, friday),), measure="戴帽")
    with store.write() as w:
        act(w, task.id, TaskCommand.acknowledge, version=1, by=OFFICER, at=friday)
        act(w, task.id, TaskCommand.submit, version=2, by=OFFICER, at=friday.replace(hour=16), submission=proof)
        monday = datetime(2026, 9, 7, 10, tzinfo=SHANGHAI)
        back = act(w, task.id, TaskCommand.return_, version=3, by=REGULATOR, at=monday, reason="看不清")
    # the review took an hour on Friday and an hour on Monday
    assert task.due_at == datetime(2026, 9, 9, 12, tzinfo=SHANGHAI)
    assert back.due_at == datetime(2026, 9, 9, 15, tzinfo=SHANGHAI)  # over lunch


def test_imports_are_limited_by_role_and_region(store: Store, api_store: Store, both: tuple[Kitchen, Kitchen]) -> None:
    at = datetime(2026, 12, 1, 9, tzinfo=SHANGHAI)

    def load(w: Write, *, jurisdiction: str, by: Actor = REGULATOR, within: str = "") -> None:
        import_notice(
            w, NOTICE_2027, tenant_id=TENANT, jurisdiction=jurisdiction, source="x", by=by, at=at, within=within
        )

    with store.write() as w, pytest.raises(NotAllowed):
        load(w, jurisdiction="", by=OFFICER)
    with store.write() as w, pytest.raises(Invalid, match="at most"):
        import_notice(w, "字" * 20_001, tenant_id=TENANT, jurisdiction="", source="x", by=REGULATOR, at=at)
    district = Scope.of_region(TENANT, DISTRICT_A)
    for foreign in ("", DISTRICT_B, "33"):
        with pytest.raises(NotAllowed), api_store.write(district) as w:
            load(w, jurisdiction=foreign)
        with store.write() as w, pytest.raises(NotAllowed, match="within 330602"):
            import_notice(
                w,
                NOTICE_2027,
                tenant_id=TENANT,
                jurisdiction=foreign,
                source="x",
                by=REGULATOR,
                at=at,
                within=DISTRICT_A,
            )
    with api_store.write(district) as w:
        load(w, jurisdiction=DISTRICT_A)
    with (
        pytest.raises(NotAllowed),
        api_store.write(Scope.of_entity(TENANT, both[0].entity)) as w,
    ):
        load(w, jurisdiction=DISTRICT_A)
    with api_store.read(Scope.of_entity(TENANT, both[0].entity)) as r:
        assert len(calendars.imports(r, tenant_id=TENANT, limit=5)) == 1
