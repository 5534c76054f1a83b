"""Bulk registration from CSV or a workbook: one line per device; the first line also registers its kitchen.

Each line is one transaction, so a bad line keeps no other out; importing the same file again changes nothing. What
differs from the registry is reported, and applied on request.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from alerts.registry.registering import register_device, register_entity, register_node, register_site
from alerts.registry.reimport import Difference, apply, differences_of
from alerts.registry.tables import SURPLUS, read_table
from models.base.errors import Invalid, MingchuError
from models.base.hours import parse_hours
from models.catalogue.codes import SENSOR_CODES
from models.catalogue.terms import Zone, label
from models.domain.identifiers import licence_check_digit_ok
from models.domain.registry import Entity
from models.store import Store, Write, devices, registry
from models.store.devices import Route

COLUMNS = (
    "credit_code", "entity_name", "licence_no", "region_code", "officer", "site_id", "site_name", "address", "closed",
    "node_id", "device_id", "device_name", "zone", "sensor",
)  # fmt: skip
OPTIONAL = frozenset({"licence_no", "address", "closed", "sensor"})
HEADINGS = {
    "统一社会信用代码": "credit_code", "社会信用代码": "credit_code", "信用代码": "credit_code",
    "creditcode": "credit_code",
    "企业名称": "entity_name", "单位名称": "entity_name", "主体名称": "entity_name", "经营主体": "entity_name",
    "entity": "entity_name", "entityname": "entity_name",
    "许可证号": "licence_no", "许可证编号": "licence_no", "食品经营许可证号": "licence_no", "licence": "licence_no",
    "license": "licence_no", "licenseno": "licence_no", "licenceno": "licence_no",
    "区划代码": "region_code", "行政区划": "region_code", "行政区划代码": "region_code", "地区代码": "region_code",
    "区县": "region_code", "region": "region_code", "regioncode": "region_code",
    "食品安全员": "officer", "安全员": "officer", "食品安全员姓名": "officer",
    "场所编号": "site_id", "厨房编号": "site_id", "siteid": "site_id", "site": "site_id",
    "场所名称": "site_name", "厨房名称": "site_name", "sitename": "site_name",
    "地址": "address", "场所地址": "address",
    "闭店时间": "closed", "关店时间": "closed", "打烊时间": "closed", "非营业时间": "closed", "歇业时段": "closed",
    "closinghours": "closed", "closedhours": "closed",
    "节点编号": "node_id", "接入编号": "node_id", "网关编号": "node_id", "nodeid": "node_id", "node": "node_id",
    "设备编号": "device_id", "deviceid": "device_id", "device": "device_id",
    "设备名称": "device_name", "点位名称": "device_name", "点位": "device_name", "devicename": "device_name",
    "区域": "zone", "功能区": "zone", "功能区域": "zone",
    "传感器": "sensor", "传感器类型": "sensor", "sensorcode": "sensor",
}  # fmt: skip
"""Other headings of the columns, without spaces and underlines."""
_ZONES = {label(zone): zone.value for zone in Zone}
_SENSORS = {sensor.label: code for code, sensor in SENSOR_CODES.items()} | {"摄像机": "", "摄像头": "", "camera": ""}
_CODES = frozenset({"credit_code", "licence_no", "region_code", "site_id", "node_id", "device_id"})
_REGION = re.compile(r"[0-9]{6,12}")


@dataclass(slots=True)
class Outcome:
    """The result of an import.

    `rejected` are (line number, reason, the line); `differing` what the registry has otherwise; `secrets` are of new
    nodes.
    """

    devices: int = 0
    unchanged: int = 0
    warnings: list[tuple[int, str]] = field(default_factory=list)
    rejected: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    differing: list[tuple[int, Difference]] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)


def read_lines(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The lines of a CSV or workbook with their numbers in the file; Chinese headings and words are known, too.

    Raises:
        Invalid: unreadable, too long, or a column is missing; says which, and what was found.
    """
    lines = read_table(path, columns=COLUMNS, optional=OPTIONAL, names=HEADINGS)
    return [(number, _translated(line)) for number, line in lines]


def _translated(line: dict[str, str]) -> dict[str, str]:
    """Return a line with codes instead of people's words: zones and sensors by their labels, plain digits."""
    known = dict(line)
    for name, words in (("zone", _ZONES), ("sensor", _SENSORS)):
        if name in line:
            known[name] = words.get(line[name], line[name])
    for name in _CODES & line.keys():
        known[name] = unicodedata.normalize("NFKC", line[name]).strip()
    if "region_code" in known:
        known["region_code"] = known["region_code"].removesuffix(".0")
    return known


def import_lines(
    store: Store,
    lines: list[tuple[int, dict[str, str]]],
    *,
    tenant: str,
    new_secret: Callable[[], tuple[str, str]],
    keep_secret: Callable[[str, str], None],
    outcome: Outcome,
    update: bool = False,
) -> Iterator[int]:
    """Import line by line; yields each line's number when it is done, for a progress bar.

    Args:
        store: the registry's store.
        lines: as `read_lines` gives them.
        tenant: the tenant everything belongs to; made if it is new.
        new_secret: makes (secret, hash) for a new node.
        keep_secret: takes a new node's id and secret when its line is committed.
        outcome: grows with every line.
        update: what differs from the registry is applied; else it is told alone.
    """
    with store.write() as w:
        registry.add_tenant(w, tenant_id=tenant, name=tenant)
        routes = devices.routes(w)
        entities = {entity.credit_code: entity for entity in _all_entities(w)}
        places = _Regions(registry.regions(w), {entity.region_code for entity in entities.values()})
    for number, line in lines:
        made: dict[str, str] = {}
        try:
            _require_filled(line)
            line["region_code"] = places.code_of(line["region_code"])
            differences: list[Difference] = []
            with store.write() as w:
                entity = entities.get(line["credit_code"].upper()) or _entity(w, line, tenant=tenant)
                _import(w, line, entity, routes=routes, new_secret=new_secret, made=made)
                if line["device_id"] in routes or entity.credit_code in entities:
                    differences = differences_of(w, line, entity)
                if update:
                    apply(w, line, entity, differences, at=datetime.now(UTC))
                    entity = registry.entity(w, entity.id) or entity
        except MingchuError as error:
            outcome.rejected.append((number, str(error), line))
        else:
            entities[entity.credit_code] = entity
            outcome.differing += [(number, difference) for difference in differences]
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
    if SURPLUS in line:
        raise Invalid(
            f"there is more than the header names: {line[SURPLUS][:200]!r}; put texts with a delimiter in quotes"
        )
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
    return register_entity(
        w,
        tenant_id=tenant,
        name=line["entity_name"],
        credit_code=line["credit_code"],
        region_code=line["region_code"],
        officer=line["officer"],
        licence_no=line.get("licence_no") or None,
    )


def _site(w: Write, line: dict[str, str], entity: Entity) -> None:
    found = registry.site(w, line["site_id"])
    if found is not None:
        if found.entity_id != entity.id:
            raise Invalid(f"site {found.id!r} belongs to another enterprise")
        return
    register_site(
        w,
        entity,
        site_id=line["site_id"],
        name=line["site_name"],
        address=line.get("address", ""),
        closed=parse_hours(line.get("closed", "")),
    )


def _node(w: Write, line: dict[str, str], new_secret: Callable[[], tuple[str, str]], made: dict[str, str]) -> None:
    found = devices.node(w, line["node_id"])
    if found is None:
        _, made[line["node_id"]] = register_node(
            w, node_id=line["node_id"], site_id=line["site_id"], new_secret=new_secret
        )
    elif found.site_id != line["site_id"]:
        raise Invalid(f"node {found.id!r} stands at site {found.site_id!r}")


def _device(w: Write, line: dict[str, str]) -> None:
    register_device(
        w,
        device_id=line["device_id"],
        node_id=line["node_id"],
        zone=line["zone"],
        name=line["device_name"],
        sensor_code=line.get("sensor") or None,
    )


class _Regions:
    """Finds region codes from the forms that people write."""

    def __init__(self, names: dict[str, str], used: set[str]) -> None:
        self._names = {**dict.fromkeys(used, ""), **names}

    def code_of(self, text: str) -> str:
        """The code of a region, by itself or by its name.

        Raises:
            Invalid: neither; names the closest regions.
        """
        if _REGION.fullmatch(text):
            return text
        named = [code for code, name in self._names.items() if name == text and _REGION.fullmatch(code)]
        if len(named) == 1:
            return named[0]
        close = named or self._close(text)
        hint = "; the closest: " + ", ".join(f"{code} {self._names[code]}".strip() for code in close) if close else ""
        raise Invalid(f"region {text!r}: expected a code of 6–12 digits (GB/T 2260), as 330602{hint}")

    def _close(self, text: str) -> list[str]:
        codes = [code for code in sorted(self._names) if _REGION.fullmatch(code)]
        if text.isdigit():
            within = [code for code in codes if code.startswith(text) or text.startswith(code)]
            return (within or difflib.get_close_matches(text, codes, n=3, cutoff=0.5))[:3]
        alike = difflib.get_close_matches(
            text, [self._names[code] for code in codes if self._names[code]], n=3, cutoff=0.3
        )
        return [code for code in codes if self._names[code] in alike][:3]
