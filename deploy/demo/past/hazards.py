"""Hazards that the regulators found on the spot each week, and their whole lives: all of them are closed by now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from alerts.hazards.found import found_on_the_spot
from alerts.hazards.lifecycle import Submission
from alerts.hazards.tasks import act
from deploy.demo.past.agenda import MARK, Agenda, Span, at_time
from deploy.demo.past.duties import enterprise
from deploy.demo.past.photos import keep_photo
from deploy.demo.past.visits import cadre_of
from deploy.demo.plan import EntityPlan
from models.catalogue.terms import EvidenceKind, LookbackState, Role, TaskCommand
from models.domain.access import Actor
from models.domain.registry import Entity
from models.domain.tasks import RectificationTask
from models.evidence.files import EvidenceFiles
from models.store import Write, tasks

_CODES = ("floor_dirty", "no_uniform")
_HOURS = (10, 14, 33)
"""Mondays at ten, at two in the afternoon, and Tuesdays at nine: due in the same week."""
_LATE_EVERY, _RETURNED_EVERY = 3, 4
_LATE, _RETURNED = 1, 0
"""The enterprises that are late in every third week, and whose proof is returned in every fourth, by their number."""
_LONGEST = timedelta(days=12)
"""Whatever is found is closed after so long, also what is late over a holiday."""
CITY = Actor(name="jianguan", role=Role.regulator)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Life:
    """How one hazard goes."""

    plan: EntityPlan
    entity: Entity
    device: str
    code: str
    late: bool
    returned: bool


def plan_hazards(
    w: Write, agenda: Agenda, files: EvidenceFiles, known: list[tuple[EntityPlan, Entity]], span: Span
) -> None:
    """Plan a hazard of each enterprise in each whole week."""
    for number, (plan, entity) in enumerate(known):
        cameras = [camera.script.device for camera in plan.sites[0].cameras]
        for week, monday in enumerate(span.weeks):
            moment = at_time(monday, 0) + timedelta(hours=_HOURS[number % len(_HOURS)])
            life = _Life(
                plan=plan,
                entity=entity,
                device=cameras[week % len(cameras)],
                code=_CODES[(week + number) % len(_CODES)],
                late=number == _LATE and week % _LATE_EVERY == 0 and moment + _LONGEST < span.now,
                returned=number == _RETURNED and week % _RETURNED_EVERY == 0,
            )
            agenda.at(moment, partial(_Play(w, agenda, files, life).found))


class _Play:
    """The steps of one hazard; each plans the next."""

    def __init__(self, w: Write, agenda: Agenda, files: EvidenceFiles, life: _Life) -> None:
        self._w, self._agenda, self._files, self._life = w, agenda, files, life
        self._task: UUID = UUID(int=0)

    def found(self, at: datetime) -> None:
        life = self._life
        remark = f"{MARK}现场检查发现"
        by = cadre_of(life.entity)
        _, task = found_on_the_spot(
            self._w, device_id=life.device, code=life.code, zone=None, by=by, at=at, remark=remark
        )
        self._task = task.id
        if life.late:
            self._agenda.at(task.due_at + timedelta(hours=1), self.acknowledge)
            self._agenda.at(task.due_at + timedelta(hours=5), self.prove)
        else:
            self._agenda.at(at + timedelta(hours=1), self.acknowledge)
            self._agenda.at(at + timedelta(hours=26), self.prove)

    def acknowledge(self, at: datetime) -> None:
        self._step(TaskCommand.acknowledge, enterprise(self._life.plan), at)

    def prove(self, at: datetime) -> None:
        task = self._now()
        photo = self._photo(task, at)
        proof = Submission(photos=((photo, at),), measure=f"{MARK}已当场整改并培训当班人员", cause="疏忽")
        self._step(TaskCommand.submit, enterprise(self._life.plan), at, proof=proof)
        again = self._life.returned and task.attempt == 1
        self._agenda.at(at + timedelta(hours=4), self.return_it if again else self.accept)

    def return_it(self, at: datetime) -> None:
        self._step(TaskCommand.return_, CITY, at, reason=f"{MARK}照片看不清整改部位，请重拍")
        self._agenda.at(at + timedelta(hours=18), self.prove)

    def accept(self, at: datetime) -> None:
        task = self._step(TaskCommand.accept, CITY, at)
        if task.lookback is LookbackState.due and task.lookback_due_at is not None:
            self._agenda.at(task.lookback_due_at + timedelta(hours=2), self.look_back)

    def look_back(self, at: datetime) -> None:
        self._step(TaskCommand.pass_lookback, CITY, at)

    def _now(self) -> RectificationTask:
        task = tasks.task(self._w, self._task)
        assert task is not None  # noqa: S101 - found before
        return task

    def _step(
        self, command: TaskCommand, by: Actor, at: datetime, *, reason: str = "", proof: Submission | None = None
    ) -> RectificationTask:
        version = self._now().version
        return act(self._w, self._task, command, version=version, by=by, at=at, reason=reason, submission=proof)

    def _photo(self, task: RectificationTask, at: datetime) -> UUID:
        lines = ("SIMULATED AFTER-PHOTO", task.code, str(task.id)[-20:], f"{at:%Y-%m-%d %H:%M %z}")
        about = {"task_id": str(task.id), "zone": task.zone}
        piece = keep_photo(self._w, self._files, task, EvidenceKind.photo_after, *lines, at=at, **about)
        tasks.claim_photo(self._w, task_id=task.id, evidence_id=piece.id, sha256=piece.sha256, fingerprint=None)
        return piece.id
