"""Secrets of nodes that a broker needs in clear change only together with what the registry holds."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.cli import main
from deploy.onboarding import keep_node_secret
from deploy.places import Endpoints, Places
from models.store import Store
from tests.support.world import Kitchen, seed_world


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    return seed_world(store)[0]


def places_with(tmp_path: Path, database_url: str, broker: str = "iotcore") -> Places:
    places = Places(tmp_path)
    Endpoints(
        database_url=database_url, mqtt_url="mqtt://127.0.0.1:1883", broker=broker, console_url="http://x", metrics={}
    ).save(places)
    return places


def node(places: Places, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["node", *arguments, "--data", str(places.data_dir)])
    return done.exit_code, done.output


def test_adding_a_node_that_is_there_leaves_it_its_secret(tmp_path: Path, database_url: str, kitchen: Kitchen) -> None:
    places = places_with(tmp_path, database_url)
    places.keep_node_secret(kitchen.node, "as it was")
    code, said = node(places, "add", kitchen.node, "--site", kitchen.site)
    assert code != 0, said
    assert places.known_node_secrets() == {kitchen.node: "as it was"}


def test_a_rotation_that_fails_changes_nothing(tmp_path: Path, database_url: str, kitchen: Kitchen) -> None:
    places = places_with(tmp_path, database_url)
    places.keep_node_secret(kitchen.node, "as it was")
    assert node(places, "revoke", kitchen.node)[0] == 0
    assert node(places, "rotate", kitchen.node)[0] != 0
    assert places.known_node_secrets() == {kitchen.node: "as it was"}


def test_the_shown_password_is_the_stored_one(tmp_path: Path, database_url: str, kitchen: Kitchen) -> None:
    places = places_with(tmp_path, database_url)
    for arguments in (("add", "node-a2", "--site", kitchen.site), ("rotate", "node-a2")):
        code, said = node(places, *arguments)
        assert code == 0, said
        assert f"password  {places.known_node_secrets()['node-a2']}\n" in said


def test_a_broker_that_knows_hashes_gets_no_secret_in_clear(tmp_path: Path, database_url: str) -> None:
    places = places_with(tmp_path, database_url, broker="mosquitto")
    keep_node_secret(places, "node-a", "s3cret")
    assert places.known_node_secrets() == {}
