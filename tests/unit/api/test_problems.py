import json

import pytest
from fastapi import FastAPI, Request, Response
from structlog.testing import capture_logs

from api.problems import STATUS_OF_CODE, install, problem
from models.base.errors import MingchuError, StoreRefused, StoreUnavailable, error_classes


def test_every_error_of_the_domain_has_a_status() -> None:
    assert {cls.code for cls in error_classes()} <= STATUS_OF_CODE.keys()


@pytest.mark.parametrize(("code", "status"), STATUS_OF_CODE.items())
def test_a_problem_has_the_members_of_rfc_9457(code: str, status: int) -> None:
    answer = problem(status, code, "what happened", earliest_cursor=3)
    assert answer.media_type == "application/problem+json"
    body = json.loads(bytes(answer.body))
    assert body.keys() == {"type", "title", "status", "code", "detail", "earliest_cursor"}
    assert body["status"] == answer.status_code == status >= 400


def answer_to(error: MingchuError) -> Response:
    app = FastAPI()
    install(app)
    request = Request({"type": "http", "method": "GET", "path": "/v1/sites", "headers": [], "app": app})
    answer = app.exception_handlers[MingchuError](request, error)
    assert isinstance(answer, Response)
    return answer


@pytest.mark.parametrize("cls", [StoreUnavailable, StoreRefused])
def test_messages_of_the_database_driver_are_logged_and_not_sent_to_clients(cls: type[MingchuError]) -> None:
    error = cls("deadlock detected: process 4711 waits for (id)=(17)")
    error.__cause__ = RuntimeError("deadlock detected: process 4711 waits for (id)=(17)")
    with capture_logs() as logs:
        answer = answer_to(error)
    assert json.loads(bytes(answer.body))["detail"] == cls.__doc__
    assert "process 4711" in logs[0]["error"]


def test_mingchus_own_messages_are_sent_to_clients() -> None:
    answer = answer_to(StoreUnavailable("database revision 0001, this code expects 0002"))
    assert "expects 0002" in json.loads(bytes(answer.body))["detail"]
