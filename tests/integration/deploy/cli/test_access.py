"""`mingchu user`, `key`, `group` and `tenant`: accounts of one person, or limited to a group."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.cli import main
from models.base.ids import uuid7
from models.catalogue.terms import GroupKind, Post
from models.domain.groups import AccessGroup
from models.store import Store, access, groups
from tests.support.posts import NAMES, name_post
from tests.support.world import TENANT, seed_world


def test_an_account_belongs_to_the_one_person_of_its_enterprise_with_the_name(
    store: Store, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINGCHU_DATABASE_URL", database_url)
    monkeypatch.setenv("MINGCHU_DATA", str(tmp_path))
    a, b = seed_world(store)
    person_id, name = name_post(store, a, Post.principal), NAMES[Post.principal]

    def add(login: str, entity: str, person: str) -> Result:
        arguments = ["--name", name, "--role", "enterprise", "--tenant", TENANT, "--entity", entity, "--person", person]
        return CliRunner().invoke(main, ["user", "add", login, *arguments])

    done = add("zhang", str(a.entity), name)
    assert done.exit_code == 0, done.output
    for entity, person in ((b.entity, name), (a.entity, "没有此人")):
        refused = add("nobody", str(entity), person)
        assert refused.exit_code == 1
        assert "found 0" in refused.output
    with store.read() as r:
        found = access.user_by_login(r, "zhang")
        assert found is not None
        assert found.person_id == person_id
        assert access.user_by_login(r, "nobody") is None


def test_a_group_narrows_a_user_or_key_only_within_their_scope(
    store: Store, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINGCHU_DATABASE_URL", database_url)
    monkeypatch.setenv("MINGCHU_DATA", str(tmp_path))
    a, _ = seed_world(store)
    new = AccessGroup(
        id=uuid7(),
        tenant_id=TENANT,
        region_code="330602",
        name="学校",
        kind=GroupKind.enterprises,
        entity_id=None,
        business_kinds=(),
        made_by="test",
        made_at=datetime.now(UTC),
    )
    with store.write() as w:
        groups.add_group(w, new)
        groups.add_members(w, new.id, "entity_id", [str(a.entity)])

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--name", "x", "--tenant", TENANT, "--group", str(new.id)])

    assert "学校 (1)" in CliRunner().invoke(main, ["group", "list"]).output
    assert run("user", "add", "office", "--role", "regulator", "--region", "3306").exit_code == 0
    assert run("key", "add", "--role", "platform", "--region", "330602").exit_code == 0
    refused = run("key", "add", "--role", "platform", "--region", "330603")
    assert (refused.exit_code, "330602" in refused.output) == (1, True)
    with store.read() as r:
        found = access.user_by_login(r, "office")
    assert found is not None
    assert (found.group_id, found.group_form) == (new.id, "few")


def test_one_tenant_operates_the_platform(
    store: Store, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINGCHU_DATABASE_URL", database_url)
    monkeypatch.setenv("MINGCHU_DATA", str(tmp_path))
    seed_world(store)
    for arguments in (["add", "ningbo", "--name", "宁波"], ["operate", "ningbo"], ["operate", TENANT]):
        done = CliRunner().invoke(main, ["tenant", *arguments])
        assert done.exit_code == 0, done.output
    assert CliRunner().invoke(main, ["tenant", "operate", "nobody"]).exit_code == 1
    with store.read() as r:
        rows = r.raw.execute("SELECT id FROM tenant WHERE operates").fetchall()
    assert rows == [(TENANT,)]
