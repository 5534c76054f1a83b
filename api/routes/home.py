"""The home of people of enterprises (三人三责): what each has to do."""

from typing import Annotated

from fastapi import APIRouter, Depends

from alerts.duties.home import Due, load_home
from api.access.principal import Principal, require
from api.requests import AppState, Reading
from api.routes.warnings import warning_out
from api.schemas.home import DueOut, HomeOut, WaitingTaskOut
from api.schemas.reports import WorkItemOut
from models.base.errors import NotAllowed
from models.catalogue.codes import code_label
from models.catalogue.terms import Role, label
from models.domain.tasks import RectificationTask

router = APIRouter(prefix="/v1", tags=["duties"])

OfEnterprise = Annotated[Principal, Depends(require(Role.enterprise))]


@router.get("/home", name="home")
def show_home(r: Reading, app: AppState, principal: OfEnterprise) -> HomeOut:
    """Return what you have to do: the periods of your post, hazards, assigned work, and warnings that name the post.

    An account that belongs to a person sees that person's share; an account of the whole enterprise sees all of it.
    """
    if principal.entity is None:
        raise NotAllowed("this needs an account of an enterprise")
    found = load_home(r, entity_id=principal.entity, person_id=principal.person, at=app.clock.now())
    return HomeOut(
        name=None if found.person is None else found.person.name,
        post=None if found.person is None else found.person.post,
        periods=list(found.periods),
        dues=[_due(one) for one in found.dues],
        tasks=[_task(one) for one in found.tasks],
        work=[WorkItemOut.model_validate(one) for one in found.work],
        warnings=[warning_out(one) for one in found.warnings],
    )


def _due(due: Due) -> DueOut:
    return DueOut(
        period=due.period,
        period_label=label(due.period),
        site_id=due.record.site_id,
        begin=due.record.begin,
        until=due.until,
        record_id=due.record.record_id,
        state=due.record.state,
    )


def _task(task: RectificationTask) -> WaitingTaskOut:
    return WaitingTaskOut(
        id=task.id,
        site_id=task.site_id,
        code=task.code,
        code_label=code_label(task.code),
        severity=task.severity,
        state=task.state,
        state_label=label(task.state),
        due_at=task.due_at,
    )
