"""A synthetic province with facts for every rule of warnings, and a change of each table that facts are read from."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from deploy.bench.duties import generate
from models.base.clock import SHANGHAI
from models.store import Store, synthetic_duties

FULL = 11
"""The synthetic enterprise that has a row in every table."""

_CAMERAS: LiteralString = """
    INSERT INTO device (id, node_id, site_id, tenant_id, entity_id, region_code, kind, zone, name, created_at)
    SELECT CASE entity_id WHEN %(entity)s THEN 'cam' ELSE 'cam-' || id END, 'node-' || id, id, tenant_id, entity_id,
           region_code, 'camera', 'cooking', 'c', '2020-01-01'
    FROM site"""
_NODES: LiteralString = """
    INSERT INTO node (id, site_id, tenant_id, entity_id, region_code, mqtt_hash)
    SELECT 'node-' || id, id, tenant_id, entity_id, region_code, '' FROM site"""
_MINUTES: LiteralString = """
    INSERT INTO camera_day (device_id, day, seen)
    SELECT id, %(today)s::date - back, repeat(CASE WHEN hashtext(id) %% 3 = 0 THEN '0' ELSE '1' END, 1440)::bit(1440)
    FROM device, generate_series(1, 8) AS back"""
_OWNERS: LiteralString = """
    INSERT INTO entity_change (id, tenant_id, entity_id, region_code, at, by, kind, effective_on, reason)
    SELECT gen_random_uuid(), tenant_id, id, region_code,
           %(at)s::timestamptz - interval '1 year' * (row_number() OVER (ORDER BY id) %% 3), 'x', 'owner', %(today)s,
           'x'
    FROM entity"""
_OWN_CALENDARS: LiteralString = """
    INSERT INTO opening_rule (id, tenant_id, entity_id, region_code, kind, first, last, reason, set_by, set_at)
    SELECT gen_random_uuid(), tenant_id, id, region_code, 'closed', %(today)s::date - 9, %(today)s::date - 5, 'x', 'x',
           now()
    FROM entity WHERE business_kind = 'restaurant' OR id = %(entity)s"""
_HOLIDAYS: LiteralString = """
    INSERT INTO opening_rule (id, tenant_id, region_code, business_kinds, kind, first, last, reason, set_by, set_at)
    SELECT gen_random_uuid(), id, '3306', '{school_canteen}', 'closed', %(today)s::date - 20, %(today)s::date - 3, 'x',
           'x', now()
    FROM tenant"""
_VISITS: LiteralString = """
    INSERT INTO supervision_task (id, tenant_id, entity_id, region_code, reason, period, tier, cadre_id, state, due_at,
                                  generated_at)
    SELECT gen_random_uuid(), tenant_id, entity_id, region_code, 'periodic', 'p', 'C', cadre_id,
           (ARRAY['pushed', 'accepted', 'returned'])[1 + n %% 3],
           %(at)s::timestamptz + (n %% 40 - 20) * interval '19 hours', now()
    FROM (SELECT *, row_number() OVER (ORDER BY entity_id) AS n FROM assignment) AS a"""
_RECENT: LiteralString = """
    UPDATE task SET dispatched_at = %(at)s::timestamptz - interval '3 days' * (1 + abs(hashtext(site_id)) %% 4)"""
_ALERTS_AGAIN: LiteralString = """
    INSERT INTO alert SELECT (jsonb_populate_record(a, jsonb_build_object('id', md5(a.id || n::text)::uuid))).*
    FROM alert a, generate_series(1, 4) AS n"""
_TASKS_AGAIN: LiteralString = """
    INSERT INTO task
    SELECT (jsonb_populate_record(t, jsonb_build_object(
        'id', md5(t.id || n::text)::uuid, 'alert_id', md5(t.alert_id || n::text)::uuid,
        'relapse_of', CASE n WHEN 1 THEN t.id END, 'closed_at', CASE WHEN n > 2 THEN t.closed_at END))).*
    FROM task t, generate_series(1, 4) AS n"""
_MIX: tuple[LiteralString, ...] = (
    _NODES,
    _CAMERAS,
    _MINUTES,
    _OWNERS,
    _OWN_CALENDARS,
    _HOLIDAYS,
    _VISITS,
    _RECENT,
    _ALERTS_AGAIN,
    _TASKS_AGAIN,
)


def fill(store: Store, url: str, *, at: datetime) -> UUID:
    """Fill an empty database with a hundred enterprises, by no trigger; return the one that has something of all."""
    generate(url, entities=100, days=40, at=at)
    with store.write() as w:
        entity = synthetic_duties.entity(w, FULL)
        w.raw.execute("RESET ROLE")
        w.raw.execute("SET LOCAL session_replication_role = replica")
        for statement in _MIX:
            w.raw.execute(statement, {"entity": entity, "at": at, "today": at.astimezone(SHANGHAI).date()})
    return entity


def _copied(table: LiteralString, change: LiteralString = "") -> LiteralString:
    return (
        f"INSERT INTO {table} SELECT (jsonb_populate_record(x, jsonb_build_object('id', gen_random_uuid(){change}))).* "
        f"FROM {table} x WHERE entity_id = %(entity)s LIMIT 1"
    )


CHANGES: dict[str, LiteralString] = {
    "assignment": "UPDATE assignment SET valid_to = now() WHERE entity_id = %(entity)s",
    "camera_day": "UPDATE camera_day SET seen = ~seen WHERE device_id = 'cam'",
    "day_record": _copied("day_record", ", 'day', '2020-01-01'"),
    "device": "UPDATE device SET decommissioned_at = now() WHERE id = 'cam'",
    "duty_report": _copied("duty_report", ", 'begin', '2020-01-01'"),
    "entity": "UPDATE entity SET operating = 'closed' WHERE id = %(entity)s",
    "entity_change": _copied("entity_change"),
    "opening_rule": "UPDATE opening_rule SET last = first WHERE entity_id = %(entity)s",
    "person": "UPDATE person SET valid_to = now() WHERE entity_id = %(entity)s",
    "pledge": _copied("pledge"),
    "pledge_template": "UPDATE pledge_template SET version = 'other'",
    "site": "UPDATE site SET first_record_on = first_record_on - 1 WHERE entity_id = %(entity)s",
    "supervision_task": "UPDATE supervision_task SET due_at = due_at - interval '1 day' WHERE entity_id = %(entity)s",
    "task": "UPDATE task SET state = 'voided' WHERE entity_id = %(entity)s",
}
"""A change of what one enterprise has in each table that facts are read from."""
OF_ALL = frozenset({"pledge_template"})
"""Tables whose rows concern all enterprises."""
NO_FACTS = frozenset({"cadre"})
"""Tables that a query of facts joins and takes nothing from; their rows stay."""
