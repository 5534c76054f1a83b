"""The HTTP contract: its snapshot shows every change, and generated requests cause no server error."""

import json
import os
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.hazards.review import confirm
from api.app import create_app
from models.base.clock import SystemClock
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.evidence.files import EvidenceFiles
from models.store import Store
from tests.support.http import Rig, bearer, running_app
from tests.support.people import raise_alert

SNAPSHOT = Path(__file__).parent / "openapi.json"
_UNUSED = "host=127.0.0.1 port=1 dbname=nothing"


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return create_app(store=Store(_UNUSED), files=EvidenceFiles(tmp_path), database_url=_UNUSED)


def test_the_document_matches_its_snapshot(app: FastAPI) -> None:
    text = json.dumps(app.openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if os.environ.get("MINGCHU_UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(text, encoding="utf-8")
    assert text == SNAPSHOT.read_text(encoding="utf-8"), "run with MINGCHU_UPDATE_SNAPSHOTS=1 and look at the diff"


def test_it_is_openapi_3_1_and_every_error_is_a_problem(app: FastAPI) -> None:
    document = app.openapi()
    assert document["openapi"].startswith("3.1")
    assert "HTTPValidationError" not in json.dumps(document)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["responses"]["default"]["content"].keys() == {"application/problem+json"}, (method, path)
            assert operation.get("summary"), (method, path)


def references(part: object) -> Iterator[str]:
    """Yield every `$ref` in a part of the document."""
    if isinstance(part, dict):
        yield from (value for name, value in part.items() if name == "$ref")
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_every_reference_resolves(app: FastAPI) -> None:
    document = app.openapi()
    found = set(references(document))
    assert len(found) > 20
    for reference in found:
        place: Any = document
        assert reference.startswith("#/")
        for step in reference[2:].split("/"):
            assert step in place, reference
            place = place[step]


def test_every_json_body_has_an_example(app: FastAPI) -> None:
    document = app.openapi()
    schemas = document["components"]["schemas"]
    without = [name for name in schemas if name.endswith(("In", "ProblemOut")) and "example" not in schemas[name]]
    assert without == []


@pytest.fixture
def filled(store: Store, api_store: Store, database_url: str, tmp_path: Path) -> Iterator[tuple[Rig, dict[str, Any]]]:
    with running_app(store, api_store, database_url, tmp_path / "evidence") as rig:
        alert = raise_alert(store, rig.files, rig.a)
        with store.write() as w:
            by = Actor(name="city", role=Role.regulator)
            _, task = confirm(w, alert.id, revision=1, by=by, at=SystemClock().now())
        waiting = raise_alert(store, rig.files, rig.a, "smoking")
        yield (
            rig,
            {
                "alert_id": str(waiting.id),
                "task_id": str(task.id),
                "evidence_id": str(alert.evidence_ids[0]),
                "device_id": rig.a.fridge,
                "site_id": rig.a.site,
            },
        )


def test_generated_requests_cause_no_server_error(filled: tuple[Rig, dict[str, Any]]) -> None:
    rig, ids = filled
    schema = schemathesis.openapi.from_dict(rig.app.openapi())
    broken: list[str] = []
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 25
    for operation in operations:

        @settings(max_examples=8, deadline=None, database=None, derandomize=True, suppress_health_check=[*HealthCheck])
        @given(case=operation.as_strategy(), real=st.booleans())
        def try_it(case: schemathesis.Case, *, real: bool) -> None:
            if real:  # existing things in their present version; else generated values
                case.path_parameters |= {name: ids[name] for name in case.path_parameters.keys() & ids.keys()}
            _send(rig, broken, case, {"If-Match": '"1"'} if real else {})

        try_it()
    assert broken == []


def _send(rig: Rig, broken: list[str], case: schemathesis.Case, version: dict[str, str]) -> None:
    path = case.formatted_path
    sent = case.as_transport_kwargs(base_url="http://testserver")
    headers = {k: v for k, v in dict(sent["headers"] or {}).items() if k.lower() != "authorization"}
    more = {name: sent[name] for name in ("json", "data", "files") if sent.get(name) is not None}
    query = {k: v for k, v in (sent.get("params") or {}).items() if k != "wait"}
    try:
        answer = rig.http.request(
            case.method, path, params=query, headers=headers | version | bearer(rig.keys.admin), **more
        )
    except (TypeError, UnicodeEncodeError, httpx.InvalidURL):
        return  # this client can't send that
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        broken.append(f"{case.method} {path} {query} {more}: {answer.status_code} {answer.text[:300]}")
    elif answer.is_error:
        assert answer.headers["content-type"] == "application/problem+json"
