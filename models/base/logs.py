"""Logs: structlog, readable text at a terminal, JSON elsewhere, without secrets."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET_KEYS = re.compile(r"pass(word|wd)?$|secret|token|authorization|cookie|credential|api_?key", re.IGNORECASE)
_URL_SECRET = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://[^/\s:@]*):[^/\s@]+@", re.IGNORECASE)
_CONNINFO_SECRET = re.compile(r"(password\s*=\s*)('[^']*'|\S+)", re.IGNORECASE)
STRUCK = "***"


def strike_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the values of keys that look secret, and passwords inside addresses, by `***`."""
    for key, value in event.items():
        if _SECRET_KEYS.search(key):
            event[key] = STRUCK
        elif isinstance(value, str):
            event[key] = _CONNINFO_SECRET.sub(rf"\1{STRUCK}", _URL_SECRET.sub(rf"\g<scheme>:{STRUCK}@", value))
    return event


def configure_logs(*, role: str, level: str = "info") -> None:
    """Configure the logs of a process; every line names its role."""
    terminal = sys.stderr.isatty()
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        strike_secrets,
    ]
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        # A cached logger would keep its first stream and level after another call of this function.
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(role=role)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
