"""What belongs to district B stays unseen in district A, through every route and at the database itself."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.routing import APIRoute

from alerts.duties.dispatch import count_today
from alerts.duties.patrol_plans import draw_due
from alerts.duties.rechecks import draw
from alerts.duties.records import open_record
from alerts.evidence.digests import close_feed_day
from alerts.hazards.leads import transfer
from alerts.hazards.review import confirm, reject
from alerts.precision.service import propose
from alerts.registry.public import code_of_board
from alerts.registry.trainings import Course, record_training
from models.base.clock import SHANGHAI
from models.base.ids import uuid7
from models.catalogue.terms import LeadCommand, LeadGround, RejectReason, Role, Severity
from models.changes.indices import issue_letter
from models.changes.nodes import note_status
from models.domain.access import Actor
from models.domain.indices import DutyLetter
from models.domain.leads import Lead
from models.evidence.files import EvidenceFiles
from models.store import Scope, Store, devices, precision, public, quarantine, readings, registry
from models.store.scope import GROUPS
from tests.support.duties import signed_week, warned
from tests.support.furniture import learnt
from tests.support.groups import group_held, group_of, limited
from tests.support.guarantees import cadre_of, own_pledge_of, pledge_of, supervised, visit_of
from tests.support.http import Rig, running_app
from tests.support.indices import add_supervision, index_of
from tests.support.overrides import override
from tests.support.patrols import patrolled
from tests.support.people import number_feed, raise_alert
from tests.support.world import TENANT, Kitchen

NOT_TENANT_DATA = {
    "alembic_version",
    "region",
    "tenant",
    "edge_event",
    "breach_queue",
    "node_stream",
    "intake_attempt",
    "feed_life",
    "idempotency",
    "pledge_template",
    "pledge_template_since",
    "signing_key",
}
"""Tables without a tenant's data, or that only the access scope or the worker may read."""


@pytest.fixture
def both(  # noqa: PLR0915 - one of everything
    store: Store, api_store: Store, database_url: str, tmp_path: Path
) -> Iterator[tuple[Rig, dict[str, str]]]:
    """Something of every kind in both districts; with B's ids by the name of a path parameter."""
    with running_app(store, api_store, database_url, tmp_path / "evidence") as rig:
        ids: dict[str, str] = {}
        for kitchen, who in ((rig.a, rig.keys.regulator_a), (rig.b, rig.keys.regulator_b)):
            channel = rig.post("/v1/channels", who, json=CHANNEL).json()
            alert, at = raise_alert(store, rig.files, kitchen), datetime.now(UTC)
            with store.write() as w:
                _, task = confirm(w, alert.id, revision=1, by=Actor(name="city", role=Role.regulator), at=at)
                readings.store_readings(w, [readings.ReadingRow(kitchen.fridge, "fridge_temp", at, 0, at, 4.0, False)])
                note_status(w, node_id=kitchen.node, online=True, session=1, at=at, firmware=None)
                quarantine.quarantine(
                    w,
                    topic=f"mingchu/v1/{TENANT}/{kitchen.site}",
                    payload=b"x",
                    reason="unreadable",
                    detail="",
                    at=at,
                    sender=devices.node(w, kitchen.node),
                )
            planned = {"name": kitchen.site, "region_code": kitchen.region, "period": "week", "number": 1}
            plan = rig.post("/v1/patrol-plans", who, json=planned).json()
            with store.write() as w:
                w.raw.execute("UPDATE patrol_plan SET drawn_on = NULL")
                draw_due(w, at=at - timedelta(days=at.weekday()))
            patrol = patrolled(rig, kitchen, who)
            robot = channel_of(rig, kitchen)
            text = {"region": kitchen.region, "title": kitchen.site, "text": kitchen.site}
            broadcast = rig.post("/v1/broadcasts", who, json=text).json()
            place = learnt(store, kitchen)
            with store.write() as w:
                (person, *_) = registry.people_in_office(w, entity_id=kitchen.entity, at=at)
                taken = {"held_on": at.date(), "hours": Decimal(1), "subject": kitchen.site, "organiser": "x"}
                by = Actor(name="officer", role=Role.enterprise)
                record_training(w, person.id, Course(**taken, proof="x"), by=by, at=at)
                own = own_pledge_of(w, kitchen.entity, at=at)
            rule = {"region": kitchen.region, "enabled": False, "reason": kitchen.site}
            assert rig.post("/v1/warning-rules/day_missing/settings", who, json=rule).status_code == 200
            notice = rig.post(f"/v1/channels/{channel['id']}/test", who).json()
            hook = rig.post("/v1/webhooks", who, json={"url": "https://example.com/hook"}).json()["webhook"]
            delivery = rig.post(f"/v1/webhooks/{hook['id']}/test", who).json()
            lead = transferred(store, rig.files, kitchen)
            with store.write() as w:
                officer = Actor(name="officer", role=Role.enterprise)
                record = open_record(w, site_id=kitchen.site, day=at.date(), pack_id="day.school.v1", by=officer, at=at)
                report, work = signed_week(w, kitchen.site, at)
                warning = warned(w, kitchen.entity, at)
            index = index_of(store, kitchen)
            cadre = cadre_of(store, kitchen, login=f"cadre-{kitchen.site}")
            supervised(store, kitchen, cadre)
            course = {"held_on": str(at.date()), "hours": 1, "subject": kitchen.site, "organiser": "x", "proof": "x"}
            trained = rig.post(f"/v1/cadres/{cadre.id}/trainings", who, json=course).json()
            visit = visit_of(store, kitchen)
            with store.write() as w:
                board = code_of_board(w, kitchen.entity, at=at)
            rig.http.post(f"/p/{board}", data={"concern": "other", "text": f"反映 {kitchen.site}"})
            with store.read() as r:
                heard = public.reports(r, waiting=True, limit=1)[0]
            with store.write() as w:
                licence = f"JY-{kitchen.site}"
                w.raw.execute("UPDATE entity SET licence_no = %s WHERE id = %s", [licence, kitchen.entity])
                for name in ("name || '旧'", "left(name, -1)"):  # it had another name for a moment
                    w.raw.execute(f"UPDATE entity SET name = {name} WHERE id = %s", [kitchen.entity])
                count_today(w, at=at)
            outside(rig, who, kitchen)
            letter, recheck = reminded(store, kitchen, index), rechecked(store, kitchen, cadre.id)
            pledge = pledge_of(store, kitchen)
            raise_alert(store, rig.files, kitchen, "smoking")
            proposal = proposed(store, rig.files, kitchen)
            override(store, "smoking", at=at, device_id=kitchen.camera, severity=Severity.critical)
            override(store, "smoking", at=at, entity_id=kitchen.entity, severity=Severity.critical)
            override(store, "smoking", at=at, region_code=kitchen.region, severity=Severity.critical)
            with store.read() as r:
                violation = r.raw.execute("SELECT id FROM violation WHERE alert_id = %s", [alert.id]).fetchone()
            assert violation is not None
            ids = {
                "site_id": kitchen.site,
                "device_id": kitchen.fridge,
                "camera_id": kitchen.camera,
                "patrol_id": patrol["id"],
                "patrol_plan_id": plan["id"],
                "place_id": str(place),
                "alert_id": str(alert.id),
                "violation_id": str(violation[0]),
                "task_id": str(task.id),
                "lead_id": str(lead.id),
                "proposal_id": str(proposal),
                "record_id": str(record.id),
                "report_id": str(report),
                "warning_id": str(warning),
                "index_id": str(index),
                "work_item_id": str(work),
                "broadcast_id": broadcast["id"],
                "robot_id": robot,
                "person_id": str(own.person_id),
                "own_pledge_id": str(own.id),
                "notice_id": notice["id"],
                "channel_id": channel["id"],
                "endpoint_id": hook["id"],
                "delivery_id": delivery["id"],
                "entity_id": str(kitchen.entity),
                "cadre_id": str(cadre.id),
                "cadre_training_id": trained["id"],
                "pledge_id": str(pledge.id),
                "public_report_id": str(heard.id),
                "month": f"{at + timedelta(hours=8):%Y-%m}",
                "licence": licence,
                "code_of_board": board,
                "supervision_id": str(visit.id),
                "evidence_id": str(alert.evidence_ids[0]),
                "code": "smoking",
                "rule": "day_missing",
                "provider_id": "none",
                "year": "2026",
                "period": "2026-Q3",
                "letter_id": str(letter),
                "recheck_id": str(recheck),
                "data_set": "entities",
                "form": "json",
                "export": "alerts",
            }
        number_feed(store)
        close_feed_day(store, at=datetime.now(UTC) + timedelta(days=1, minutes=5))
        with store.read() as r:
            last = r.raw.execute("SELECT max(seq) FROM event WHERE entity_id = %s", [rig.b.entity]).fetchone()
        assert last is not None
        ids |= account_of(rig, "platform-b") | {"group_id": grouped(rig)}
        ids |= {"day": str(datetime.now(SHANGHAI).date()), "jurisdiction": rig.b.region[:6], "seq": str(last[0])}
        yield rig, ids


def account_of(rig: Rig, login: str) -> dict[str, str]:
    """A user with a session, and a key."""
    rig.browser(login)
    with rig.store.read() as r:
        row = r.raw.execute("SELECT id FROM app_user WHERE login = %s", [login]).fetchone()
    assert row is not None
    return {"user_id": str(row[0]), "key_prefix": rig.keys.platform_b.split("_")[1]}


def grouped(rig: Rig) -> str:
    """Users that see A by a group; and a group of B's kitchen."""
    limited(rig, rig.a, "a")
    return str(group_of(rig, "b", kind="kitchens", region=rig.b.region, members=[rig.b.site]))


PROBE = {"reason": "Probe", "indicator": "day"}
"""What some routes ask for."""
CHANNEL = {"kind": "email", "name": "值班室", "address": "duty@example.com"}
TRANSFER = {"ground": "other", "reason": "x", "addressee": "执法队"}


def channel_of(rig: Rig, kitchen: Kitchen) -> str:
    """A channel of a kitchen's enterprise; returns its id."""
    key = rig.keys.enterprise_a if kitchen is rig.a else rig.keys.enterprise_b
    found: str = rig.post("/v1/channels", key, json=CHANNEL).json()["id"]
    return found


def transferred(store: Store, files: EvidenceFiles, kitchen: Kitchen) -> Lead:
    """A lead to enforcement from a hazard of a kitchen."""
    alert, at = raise_alert(store, files, kitchen, "clutter"), datetime.now(UTC)
    city = Actor(name="city", role=Role.regulator)
    with store.write() as w:
        _, task = confirm(w, alert.id, revision=1, by=city, at=at)
        ground = {"ground": LeadGround.other, "reason": "x", "addressee": "执法队"}
        return transfer(w, task.id, version=1, **ground, by=city, at=at)


def outside(rig: Rig, who: str, kitchen: Kitchen) -> None:
    """Take in a visit that another platform recorded, from a file, and a rest day of the enterprise's own calendar."""
    rest = {"kind": "weekly", "first": str(datetime.now(SHANGHAI).date()), "weekdays": [7], "reason": "店休"}
    assert rig.post("/v1/openings", who, json=rest | {"entity_id": str(kitchen.entity)}).status_code == 200
    with rig.store.read() as r:
        entity = registry.entity(r, kitchen.entity)
    assert entity is not None
    row = {"source": "食安督", "record_no": f"SD-{kitchen.site}", "credit_code": entity.credit_code}
    row |= {"cadre_name": "李包保", "mode": "onsite", "visited_on": "2026-11-01", "problems": 0, "note": kitchen.site}
    file = {"file": (f"{kitchen.site}.json", json.dumps([row]))}
    seen = rig.post("/v1/exchange/supervision/check", who, files=file).json()
    form = {"digest": seen["digest"], "reason": kitchen.site}
    assert rig.post("/v1/exchange/supervision/apply", who, data=form, files=file).status_code == 200


def reminded(store: Store, kitchen: Kitchen, index_id: UUID) -> UUID:
    """A reminder to the county of a kitchen."""
    at = datetime.now(UTC)
    letter = DutyLetter(
        id=uuid7(),
        tenant_id=TENANT,
        region_code=kitchen.region,
        name=f"县{kitchen.site}",
        period="2026-W47",
        index_id=index_id,
        place=5,
        of=5,
        text=f"{kitchen.site}：",
        issued_at=at,
    )
    with store.write() as w:
        assert issue_letter(w, letter, at=at)
    return letter.id


def rechecked(store: Store, kitchen: Kitchen, cadre_id: UUID) -> UUID:
    """A visit of a kitchen that was drawn to be checked by a second person."""
    at, by = datetime.now(UTC), Actor(name="city", role=Role.regulator)
    with store.write() as w:
        add_supervision(w, kitchen, cadre_id, at, visits=((at, True),))
        today = at.astimezone(SHANGHAI).date()
        _, (one,) = draw(w, tenant_id=TENANT, within=kitchen.region, first=today, last=today, count=1, by=by, at=at)
    return one.id


def proposed(store: Store, files: EvidenceFiles, kitchen: Kitchen) -> UUID:
    """A tuning proposal for a camera, from false alarms."""
    at, city = datetime.now(UTC), Actor(name="city", role=Role.regulator)
    for _ in range(20):
        alert = raise_alert(store, files, kitchen, "phone_use", at=at)
        with store.write() as w:
            reject(w, alert.id, revision=1, by=city, at=at, reason=RejectReason.false_alarm)
            w.raw.execute("UPDATE alert SET closed_at = %s WHERE id = %s", [at - timedelta(days=1), alert.id])
    with store.write() as w:
        propose(w, at=at)
        return precision.proposals(w, device_id=kitchen.camera, limit=1)[0].id


NOBODYS = frozenset({"no group", "none", "other tenant", "empty region"})
OF_A_TENANT = frozenset({"calendar_year", "chain", "supervision_preset", "evidence_day", "code_override"})
"""What applies to a whole tenant, and tells nothing of an enterprise."""


LIMITED = {"few": "office-a", "many": "office-a", "kitchens": "branch-a", "cameras": "camera-a"}
"""Who sees A by a group of a form."""


EVERYBODYS = frozenset(
    {
        "code",
        "rule",
        "year",
        "period",
        "day",
        "seq",
        "jurisdiction",
        "month",
        "licence",
        "data_set",
        "form",
        "export",
        "provider_id",
    }
)
"""Parts of paths that belong to everybody."""


def marks_of_b(rig: Rig, ids: dict[str, str]) -> list[str]:
    own = [value for name, value in ids.items() if name not in EVERYBODYS]
    return [*own, str(rig.b.entity), rig.b.region, rig.b.camera, rig.b.gas, rig.b.node, "企业b", "厨房b"]


def get_routes(rig: Rig) -> list[str]:
    found: list[str] = []
    todo: list[Any] = list(rig.app.routes)
    while todo:
        route = todo.pop()
        todo.extend(getattr(getattr(route, "original_router", None), "routes", []))
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            found.append(route.path)
    return sorted(set(found))


@pytest.mark.parametrize("who", ["regulator-a", "enterprise-a", "platform-a", "office-a", "branch-a", "camera-a"])
def test_nobody_of_district_a_sees_anything_of_b_through_any_get_route(
    both: tuple[Rig, dict[str, str]], who: str
) -> None:
    rig, ids = both
    browser = rig.browser(who)
    paths = get_routes(rig)
    assert len(paths) > 25
    for path in paths:
        if path in {"/metrics", "/openapi.json"}:
            continue
        target = path.format(**ids)
        for params in ({}, {"cursor": "0"}, {"site": rig.b.site}, {"alert": ids["alert_id"]}, PROBE):
            answer = browser.get(target, params=params, headers={"Accept": "text/html, application/json"})
            seen = [
                mark for mark in marks_of_b(rig, ids) if mark in answer.text and mark not in str(answer.request.url)
            ]
            # Region codes and their names are public; the refusal may repeat the requested id.
            public = {rig.b.region} if path == "/v1/regions" or who == "office-a" else set()
            assert set(seen) <= public, (path, params, answer.status_code, seen)
            if path != target and not any(f"{{{name}}}" in path for name in EVERYBODYS):
                assert answer.status_code in {403, 404, 422}, (path, params)


def test_the_same_routes_do_show_b_to_b(both: tuple[Rig, dict[str, str]]) -> None:
    rig, ids = both
    for path in get_routes(rig):
        if path.startswith("/v1/") and "{" in path:
            assert rig.get(path.format(**ids), rig.keys.regulator_b, **PROBE).status_code == 200, path


def test_a_regulator_of_a_cannot_change_anything_of_b(both: tuple[Rig, dict[str, str]]) -> None:
    rig, ids = both
    for path in (
        "acknowledge",
        "start",
        "take-review",
        "accept",
        "return",
        "void",
        "extend",
        "refuse-extension",
        "uphold-appeal",
        "dismiss-appeal",
        "pass-lookback",
        "relapse",
        "transfer",
    ):
        answer = rig.post(
            f"/v1/tasks/{ids['task_id']}/{path}",
            rig.keys.regulator_a,
            etag=1,
            json=TRANSFER if path == "transfer" else {"reason": "x"},
        )
        assert answer.status_code == 404, path
    for command in LeadCommand:
        path = f"/v1/leads/{ids['lead_id']}/{command.value.replace('_', '-')}"
        answer = rig.post(path, rig.keys.regulator_a, etag=1, json={"text": "x"})
        assert answer.status_code == 404, path
    for step in ("take", "refuse", "undo"):
        path = f"/v1/proposals/{ids['proposal_id']}/{step}"
        assert rig.post(path, rig.keys.regulator_a, etag=1, json={"reason": "x"}).status_code == 404, path
    for step in ("enable", "disable", "remove", "test"):
        assert rig.post(f"/v1/channels/{ids['channel_id']}/{step}", rig.keys.regulator_a).status_code == 404, step
    assert rig.post(f"/v1/notices/{ids['notice_id']}/retry", rig.keys.regulator_a).status_code == 404
    for path, body in (("confirm", {}), ("reject", {"reason": "test"}), ("inconclusive", {"remark": "x"})):
        answer = rig.post(f"/v1/alerts/{ids['alert_id']}/{path}", rig.keys.regulator_a, etag=1, json=body)
        assert answer.status_code == 404, path


@pytest.mark.parametrize(
    "scope",
    ["region", "entity", "few", "many", "kitchens", "cameras", "no group", "none", "other tenant", "empty region"],
)
def test_a_forgotten_where_leaks_nothing(both: tuple[Rig, dict[str, str]], api_store: Store, scope: str) -> None:
    rig, _ = both
    scopes = {
        "region": Scope.of_region(TENANT, rig.a.region),
        "entity": Scope.of_entity(TENANT, rig.a.entity),
        **{form: Scope.of_group(TENANT, group_held(rig, LIMITED[form]), form, unreviewed=True) for form in GROUPS},
        "no group": Scope.of_group(TENANT, uuid7(), "few"),
        "none": None,
        "other tenant": Scope.of_tenant("elsewhere"),
        "empty region": Scope.of_region(TENANT, ""),
    }
    with rig.store.read() as r:
        tables = {
            name
            for (name,) in r.raw.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                "AND relkind IN ('r', 'p', 'v') AND NOT relispartition "
                "AND has_table_privilege('mingchu_api', oid, 'SELECT')"
            )
        }
    wanted = tables - NOT_TENANT_DATA
    assert {"alert", "task", "evidence", "event", "violation", "reading_visible", "audit_entry", "app_user"} <= wanted
    for table in sorted(wanted):
        with api_store.read(scopes[scope]) as r:
            rows = r.raw.execute(f"SELECT t::text FROM {table} t").fetchall()
        text = "\n".join(row[0] for row in rows)
        if table in {"alert", "violation", "task", "device", "entity", "event", "evidence"}:
            assert scope in NOBODYS or rows, table
        leaked = [mark for mark in (str(rig.b.entity), rig.b.site, rig.b.camera, rig.b.fridge) if mark in text]
        assert leaked == [], table
        if scope in {"none", "other tenant", "empty region"} or (scope == "no group" and table not in OF_A_TENANT):
            assert rows == [], table


def test_the_access_scope_sees_no_domain_table_and_others_only_their_log_ins(rig: Rig, api_store: Store) -> None:
    rig.browser("enterprise-a")
    rig.browser("enterprise-b")
    with api_store.read(Scope.of_access()) as r:
        assert r.raw.execute("SELECT count(*) FROM site").fetchone() == (0,)
        assert r.raw.execute("SELECT count(*) > 0 FROM app_user").fetchone() == (True,)
    with api_store.read(Scope.of_entity(TENANT, rig.a.entity)) as r:
        assert r.raw.execute("SELECT login FROM app_user").fetchall() == [("enterprise-a",)]
        for table in ("user_session", "api_key", "login_device"):
            assert r.raw.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,), table
    for scope in (Scope.of_tenant("elsewhere"), Scope.of_region(TENANT, "9")):
        with api_store.read(scope) as r:
            for table in ("app_user", "user_session", "api_key", "login_device", "invitation", "idempotency"):
                assert r.raw.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
