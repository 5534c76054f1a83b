"""Bulk registration from CSV: one line a device; enterprise, kitchen and node are made at their first mention.

Each line is one transaction, so a bad line keeps no other out; importing the same file again changes nothing.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from uuid import UUID

from models.codes import SENSOR_CODES
from models.errors import Invalid, MingchuError
from models.identifiers import licence_check_digit_ok, require_credit_code
from models.ids import uuid7
from models.registry import Entity, Person, Site
from models.store import Store, Write, registry
from models.store.registry import Route
from models.terms import DeviceKind, Post
from models.textio import read_text

COLUMNS = (
    "credit_code", "entity_name", "licence_no", "region_code", "officer", "site_id", "site_name", "address", "closed",
    "node_id", "device_id", "device_name", "zone", "sensor",
)  # fmt: skip
OPTIONAL = frozenset({"licence_no", "address", "closed", "sensor"})
MAX_LINES = 200_000


@dataclass(slots=True)
class Outcome:
    """What an import did. `rejected` are (line number, reason, the line); `secrets` are of new nodes."""

    devices: int = 0
    unchanged: int = 0
    warnings: list[tuple[int, str]] = field(default_factory=list)
    rejected: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)


def read_lines(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The lines of a CSV with their numbers in the file; UTF-8 or, as Excel writes it in China, GB 18030.

    Raises:
        Invalid: unreadable, too long, or a column is missing; says which.
    """
    reader = csv.DictReader(read_text(path).splitlines())
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ()) and name not in OPTIONAL]
    if missing:
        raise Invalid(f"{path}: the column {missing[0]!r} is missing; expected {', '.join(COLUMNS)}")
    lines = [(reader.line_num, {k: (v or "").strip() for k, v in row.items() if k in COLUMNS}) for row in reader]
    if len(lines) > MAX_LINES:
        raise Invalid(f"{path}: {len(lines)} lines, expected at most {MAX_LINES}; divide the file")
    return lines


def import_lines(
    store: Store,
    lines: list[tuple[int, dict[str, str]]],
    *,
    tenant: str,
    new_secret: Callable[[], tuple[str, str]],
    keep_secret: Callable[[str, str], None],
    outcome: Outcome,
) -> Iterator[int]:
    """Import line by line; yields each line's number when it is done, for a progress bar.

    Args:
        store: the registry's store.
        lines: as `read_lines` gives them.
        tenant: the tenant everything belongs to; made if it is new.
        new_secret: makes (secret, hash) for a new node.
        keep_secret: takes a new node's id and secret when its line is committed.
        outcome: grows with every line.
    """
    with store.write() as w:
        registry.add_tenant(w, tenant_id=tenant, name=tenant)
        routes = registry.routes(w)
        entities = {entity.credit_code: entity for entity in _all_entities(w)}
    for number, line in lines:
        made: dict[str, str] = {}
        try:
            _require_filled(line)
            with store.write() as w:
                entity = entities.get(line["credit_code"].upper()) or _entity(w, line, tenant=tenant)
                _import(w, line, entity, routes=routes, new_secret=new_secret, made=made)
        except MingchuError as error:
            outcome.rejected.append((number, str(error), line))
        else:
            entities[entity.credit_code] = entity
            for node_id, secret in made.items():
                keep_secret(node_id, secret)
            outcome.secrets.update(made)
            known = line["device_id"] in routes
            outcome.unchanged += known
            outcome.devices += not known
            if line.get("licence_no") and not licence_check_digit_ok(line["licence_no"]):
                outcome.warnings.append((number, f"licence {line['licence_no']} lacks its check digit"))
        yield number


def _require_filled(line: dict[str, str]) -> None:
    empty = [name for name in COLUMNS if name not in OPTIONAL and not line.get(name)]
    if empty:
        raise Invalid(f"{empty[0]} is empty")


def _all_entities(w: Write) -> Iterator[Entity]:
    after: UUID | None = None
    while page := registry.entities(w, after=after, limit=1000):
        yield from page
        after = page[-1].id


def _import(
    w: Write,
    line: dict[str, str],
    entity: Entity,
    *,
    routes: dict[str, Route],
    new_secret: Callable[[], tuple[str, str]],
    made: dict[str, str],
) -> None:
    _site(w, line, entity)
    _node(w, line, new_secret, made)
    known = routes.get(line["device_id"])
    if known is None:
        _device(w, line)
    elif (known.site_id, known.node_id) != (line["site_id"], line["node_id"]):
        raise Invalid(f"device {known.device_id!r} is registered at {known.site_id}, node {known.node_id}")


def _entity(w: Write, line: dict[str, str], *, tenant: str) -> Entity:
    """Register an enterprise and its officer."""
    credit_code = require_credit_code(line["credit_code"])
    entity = Entity(
        id=uuid7(),
        tenant_id=tenant,
        name=line["entity_name"],
        credit_code=credit_code,
        licence_no=line.get("licence_no") or None,
        region_code=line["region_code"],
        guarantee_tier=None,
        risk_grade=None,
    )
    registry.add_entity(w, entity)
    officer = Person(
        id=uuid7(),
        tenant_id=tenant,
        entity_id=entity.id,
        region_code=entity.region_code,
        name=line["officer"],
        post=Post.officer,
    )
    registry.add_person(w, officer)
    return entity


def _site(w: Write, line: dict[str, str], entity: Entity) -> None:
    found = registry.site(w, line["site_id"])
    if found is not None:
        if found.entity_id != entity.id:
            raise Invalid(f"site {found.id!r} belongs to another enterprise")
        return
    closed_from, closed_to = closing_hours(line.get("closed", ""))
    site = Site(
        id=line["site_id"],
        tenant_id=entity.tenant_id,
        entity_id=entity.id,
        region_code=entity.region_code,
        name=line["site_name"],
        address=line.get("address", ""),
        closed_from=closed_from,
        closed_to=closed_to,
    )
    registry.add_site(w, site)


def _node(w: Write, line: dict[str, str], new_secret: Callable[[], tuple[str, str]], made: dict[str, str]) -> None:
    found = registry.node(w, line["node_id"])
    if found is None:
        secret, hashed = new_secret()
        registry.add_node(w, node_id=line["node_id"], site_id=line["site_id"], mqtt_hash=hashed)
        made[line["node_id"]] = secret
    elif found.site_id != line["site_id"]:
        raise Invalid(f"node {found.id!r} stands at site {found.site_id!r}")


def _device(w: Write, line: dict[str, str]) -> None:
    sensor = line.get("sensor") or None
    if sensor is not None and sensor not in SENSOR_CODES:
        raise Invalid(f"sensor {sensor!r}: expected one of {', '.join(SENSOR_CODES)}, or nothing for a camera")
    registry.add_device(
        w,
        device_id=line["device_id"],
        node_id=line["node_id"],
        kind=DeviceKind.camera if sensor is None else DeviceKind.sensor,
        zone=line["zone"],
        name=line["device_name"],
        sensor_code=sensor,
    )


def closing_hours(text: str) -> tuple[time | None, time | None]:
    """`22:00-05:00` as two local times; empty = never closed.

    Raises:
        Invalid: another shape.
    """
    if not text:
        return None, None
    try:
        first, _, last = text.partition("-")
        return time.fromisoformat(first), time.fromisoformat(last)
    except ValueError:
        raise Invalid(f"closing hours {text!r}: expected HH:MM-HH:MM") from None
