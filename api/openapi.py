"""The OpenAPI document: adds the ways to log in and the problem response to the routes."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.schemas import ProblemOut

ABOUT: dict[str, Any] = {
    "title": "mingchu 明厨",
    "version": "1",
    "summary": "Remote food-safety inspection of kitchens: alerts, rectification tasks, evidence, one event feed",
    "license_info": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
    "openapi_url": "/openapi.json",
}
_SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "bearerFormat": "mk_{prefix}_{secret}"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "mingchu_session",
        "description": "POST /login sets this cookie. Changes also need the header X-CSRF-Token (see /v1/me).",
    },
}
_OPEN = ("/health", "/ready", "/login")
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}


def install(app: FastAPI) -> None:
    """Make the app serve the finished document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _finished(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _finished(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        license_info=app.license_info,
        routes=app.routes,
    )
    parts = found["components"]
    parts["schemas"] = {k: v for k, v in parts["schemas"].items() if "ValidationError" not in k}
    problem = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
    parts["schemas"] |= problem.pop("$defs", {}) | {"ProblemOut": problem}
    parts["securitySchemes"] = _SCHEMES
    for path, methods in found["paths"].items():
        for operation in methods.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = {
                "description": "An error as a problem document (RFC 9457). `code` is stable.",
                "content": _PROBLEM,
            }
            if not path.startswith(_OPEN):
                operation["security"] = [{"key": []}, {"session": []}]
    return found
