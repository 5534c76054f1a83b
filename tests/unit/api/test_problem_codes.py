import json

import pytest

from api.problems import STATUS_OF_CODE, problem
from models.errors import error_classes


def test_every_error_of_the_domain_has_a_status() -> None:
    assert {cls.code for cls in error_classes()} <= STATUS_OF_CODE.keys()


@pytest.mark.parametrize(("code", "status"), STATUS_OF_CODE.items())
def test_a_problem_has_the_members_of_rfc_9457(code: str, status: int) -> None:
    answer = problem(status, code, "what happened", earliest_cursor=3)
    assert answer.media_type == "application/problem+json"
    body = json.loads(bytes(answer.body))
    assert body.keys() == {"type", "title", "status", "code", "detail", "earliest_cursor"}
    assert body["status"] == answer.status_code == status >= 400
