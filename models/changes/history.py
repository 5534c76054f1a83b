"""The history of a device: its changes with their actors, and its faults."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from models.base.ids import uuid7
from models.store.connect import Write


def add_history(
    w: Write,
    *,
    kind: str,
    detail: Mapping[str, Any],
    at: datetime,
    device_id: str | None = None,
    node_id: str | None = None,
) -> None:
    """Add an entry to the history of one device, or of every device of a node."""
    params = {"device_id": device_id, "node_id": node_id, "at": at, "id": uuid7(), "kind": kind}
    w.value("devices", "add_device_history", params | {"detail": Jsonb(dict(detail))})
