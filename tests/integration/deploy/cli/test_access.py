"""`mingchu user add --person`: an account of one person, found by name in their enterprise."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.cli import main
from models.catalogue.terms import Post
from models.store import Store, access
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
