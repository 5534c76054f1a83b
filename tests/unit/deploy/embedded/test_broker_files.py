"""The files that the brokers read."""

import tomllib
from pathlib import Path

import pytest

from deploy.embedded import broker_mosquitto
from deploy.embedded.broker import BrokerUser, EmbeddedError, IotcoreBroker, MosquittoBroker, open_broker

HASH = "$7$1$AAAAAAAAAAAAAAAA$AAAA"
USERS = [
    BrokerUser(name="node-7", mosquitto_hash=HASH, secret='qu"o\\te\x7fü'),
    BrokerUser(name="hashed-only", mosquitto_hash=HASH),
    BrokerUser(name="ingest", mosquitto_hash=HASH, secret="s", platform=True),
]


@pytest.fixture
def mosquitto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MosquittoBroker:
    monkeypatch.setattr(broker_mosquitto, "find_mosquitto", lambda: Path("/usr/sbin/mosquitto"))
    return MosquittoBroker(tmp_path, lambda: USERS, port=18830, roles_port=18832)


@pytest.fixture
def iotcore(tmp_path: Path) -> IotcoreBroker:
    broker = IotcoreBroker(tmp_path, lambda: USERS, port=18830, port_v4=18831)
    broker.home.mkdir(parents=True)
    return broker


def test_nodes_are_limited_to_their_own_topics_and_the_platform_is_not(mosquitto: MosquittoBroker) -> None:
    files = mosquitto.files(USERS)
    assert [line for line in files["node-acl"].splitlines() if not line.startswith("#")] == [
        "pattern write mingchu/+/+/+/%u/#",
        "pattern read mingchu/v1/+/+/%u/+/cmd/+",
    ]
    assert files["role-acl"] == ("\nuser ingest\ntopic readwrite mingchu/#\ntopic read $SYS/#\n")


def test_the_password_file_is_sorted_and_holds_no_secret_in_clear(mosquitto: MosquittoBroker) -> None:
    assert mosquitto.files(USERS)["node-passwords"] == f"hashed-only:{HASH}\nnode-7:{HASH}\n"


def test_roles_have_no_account_at_the_listener_of_nodes_nor_nodes_at_that_of_roles(mosquitto: MosquittoBroker) -> None:
    files = mosquitto.files(USERS)
    assert "ingest:" not in files["node-passwords"]
    assert files["role-passwords"] == f"ingest:{HASH}\n"


def test_mosquitto_is_configured_for_one_machine(mosquitto: MosquittoBroker) -> None:
    text = mosquitto.files(USERS)["mosquitto.conf"]
    home = mosquitto.home
    assert [line for line in text.split("\n") if not line.startswith("#")] == [
        "per_listener_settings true",
        "",
        "listener 18830 127.0.0.1",
        "allow_anonymous false",
        "use_username_as_clientid true",
        f"password_file {home}/node-passwords",
        f"acl_file {home}/node-acl",
        "",
        "listener 18832 127.0.0.1",
        "allow_anonymous false",
        f"password_file {home}/role-passwords",
        f"acl_file {home}/role-acl",
        "",
        "persistence true",
        f"persistence_location {home}/",
        "autosave_interval 30",
        "persistent_client_expiration 7d",
        "",
        "message_size_limit 1048576",
        "max_inflight_messages 4000",
        "max_queued_messages 200000",
        "max_queued_bytes 268435456",
        "set_tcp_nodelay true",
        "",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
        "log_type notice",
        "log_timestamp_format %Y-%m-%dT%H:%M:%S",
        "",
    ]


def test_iotcore_gets_both_protocols_on_loopback_with_room_for_frames(iotcore: IotcoreBroker) -> None:
    written = tomllib.loads(iotcore.files(USERS)["rumqttd.toml"])
    assert written["v5"]["1"]["listen"] == "127.0.0.1:18830"
    assert written["v4"]["1"]["listen"] == "127.0.0.1:18831"
    for version in ("v4", "v5"):
        connections = written[version]["1"]["connections"]
        assert connections["max_payload_size"] >= 1024 * 1024
        assert connections["auth"]["node-7"] == 'qu"o\\te\x7fü'
        assert "hashed-only" not in connections["auth"]


def test_iotcore_without_users_refuses_everybody(iotcore: IotcoreBroker) -> None:
    written = tomllib.loads(iotcore.files([])["rumqttd.toml"])
    accounts = written["v5"]["1"]["connections"]["auth"]
    assert list(accounts) == ["-"]
    assert len(accounts["-"]) > 20
    assert iotcore.files([]) == iotcore.files([])


def test_iotcore_cannot_serve_both_protocols_on_one_port(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="got 1883 for both"):
        IotcoreBroker(tmp_path, list, port=1883, port_v4=1883)


def test_iotcore_replaces_a_missing_mosquitto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda *_args, **_named: None)
    assert open_broker(tmp_path, list).kind == "iotcore"
    with pytest.raises(EmbeddedError) as refused:
        open_broker(tmp_path, list, prefer="mosquitto")
    assert refused.value.code == "broker_missing"
    assert "apt-get install mosquitto" in refused.value.remedy


def test_the_users_change_one_file_at_a_time(mosquitto: MosquittoBroker) -> None:
    assert not mosquitto.refresh()  # not prepared yet
    mosquitto.home.mkdir(parents=True)
    assert mosquitto.refresh()
    assert not mosquitto.refresh()
    assert (mosquitto.home / "node-passwords").stat().st_mode & 0o777 == 0o600
    USERS.append(BrokerUser(name="late", mosquitto_hash=HASH))
    try:
        assert mosquitto.refresh()
    finally:
        USERS.pop()
    assert "late:" in (mosquitto.home / "node-passwords").read_text()
