"""Channels as a way into the platform's network, into others' messages, or to others' secrets."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from structlog.testing import capture_logs

from alerts.notices.channels import DeliveryFailed, deliver
from alerts.notices.rendering import Text
from alerts.notices.sending import Sender
from models.base import addresses
from models.base.errors import NotAllowed, StoreRefused
from models.catalogue.terms import ChannelKind
from models.domain.notices import MOST_CHANNELS, NoticeSettings
from models.store import Scope, Store
from tests.integration.api.test_console_pages import dispatched
from tests.integration.api.test_notices import add, clock_at, log_of, sender_of
from tests.support.http import Rig, fresh_key
from tests.support.receivers import HERE, Receiver, receiver
from tests.support.world import TENANT

SECRET = "693a91f6-secret"
TEXT = Text(title="标题", body="正文")


@pytest.fixture
def bot() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def refused(kind: ChannelKind, address: str, settings: NoticeSettings) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        deliver(kind, address, TEXT, settings)
    return caught.value


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "[fe80::1]",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "100.64.0.1",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "224.0.0.1",
    ],
)
def test_no_message_goes_to_an_internal_address(host: str) -> None:
    for scheme in ("http", "https"):
        failure = refused(ChannelKind.json, f"{scheme}://{host}/x?token={SECRET}", NoticeSettings())
        assert failure.final
        assert SECRET not in str(failure)


@pytest.mark.parametrize("number", ["127.0.0.1", "169.254.169.254"])
def test_a_name_that_points_inside_is_refused_also_if_only_one_of_its_addresses_does(
    monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    def resolve(_host: str, _port: object, **_: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, 0)) for found in ("8.8.8.8", number)]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", resolve)
    assert refused(ChannelKind.wecom, "https://bot.example.com/send?key=1", NoticeSettings()).final


def test_a_name_is_looked_up_once_so_that_it_cannot_change(monkeypatch: pytest.MonkeyPatch, bot: Receiver) -> None:
    asked = []
    real = socket.getaddrinfo

    def resolve(host: str, port: object, *rest: Any, **more: Any) -> list[Any]:  # noqa: ANN401 - the system's own
        if host == "bot.example.com":
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]
        return real(host, port, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    settings = NoticeSettings(allow="bot.example.com")
    deliver(ChannelKind.wecom, f"http://bot.example.com:{bot.port}/send?key=1", TEXT, settings)
    assert (len(asked), len(bot.got)) == (1, 1)


def test_a_redirect_is_not_followed(bot: Receiver) -> None:
    with receiver() as inside:
        bot.status, bot.location = 307, inside.wecom
        refused(ChannelKind.wecom, bot.wecom, HERE)
        assert inside.got == []


def test_plain_http_goes_to_named_hosts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 0))]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: found)
    assert refused(ChannelKind.json, "http://sms.example.com/x", NoticeSettings()).final


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch, bot: Receiver) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    deliver(ChannelKind.wecom, bot.wecom, TEXT, HERE)
    assert len(bot.got) == 1


def hang_up(server: socket.socket) -> None:
    server.accept()[0].close()


def test_a_receiver_that_speaks_no_tls_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        thread = threading.Thread(target=hang_up, args=[plain], daemon=True)
        thread.start()
        address = f"https://127.0.0.1:{plain.getsockname()[1]}/x"
        assert str(refused(ChannelKind.json, address, HERE)) == "无法连接接收方"
        thread.join(5)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for `bot.example.com` with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bot.example.com")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("bot.example.com")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path = tmp_path_factory.mktemp("tls") / "bot.pem"
    path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(pem))
    return path


@pytest.mark.parametrize(
    ("host", "trusted", "taken"),
    [("bot.example.com", True, True), ("bot.example.com", False, False), ("evil.example.com", True, False)],
)
def test_the_certificate_must_be_trusted_and_name_the_host_although_we_connect_by_number(
    monkeypatch: pytest.MonkeyPatch, certificate: Path, host: str, *, trusted: bool, taken: bool
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", own_numbers(found))
    if trusted:
        monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(certificate))
    with receiver(certificate) as bot:
        address = f"https://{host}:{bot.port}/send?key=1"
        settings = NoticeSettings(allow="127.0.0.1")
        if taken:
            deliver(ChannelKind.wecom, address, TEXT, settings)
        else:
            assert str(refused(ChannelKind.wecom, address, settings)) == "无法连接接收方"
        assert len(bot.got) == taken


def own_numbers(found: list[Any]) -> Callable[..., list[Any]]:
    real = socket.getaddrinfo

    def resolve(host: str, *rest: Any, **more: Any) -> list[Any]:  # noqa: ANN401 - the system's own
        return found if host.endswith("example.com") else real(host, *rest, **more)

    return resolve


def test_an_endless_answer_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            with server.accept()[0] as one:
                one.recv(65_536)
                one.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                try:
                    while True:
                        one.sendall(b"x" * 8192)
                except OSError:
                    pass

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        began = time.monotonic()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/send?key=1"
        assert str(refused(ChannelKind.wecom, address, HERE)) == "接收方的答复无法识别"
        assert time.monotonic() - began < 10
        thread.join(5)


def test_an_internal_address_ends_as_a_dead_letter_at_once(rig: Rig) -> None:
    channel = add(rig, rig.keys.enterprise_a, f"https://169.254.169.254/latest?key={SECRET}").json()
    rig.post(f"/v1/channels/{channel['id']}/test", rig.keys.enterprise_a)
    Sender(store=rig.store, settings=NoticeSettings(), public_url="https://x").work_off(clock_at())
    (row,) = log_of(rig, rig.keys.enterprise_a)
    assert (row["state"], row["attempts"]) == ("exhausted", 1)
    assert "地址被拒绝" in row["last_error"]


def test_the_secret_is_in_no_answer_log_error_or_page(
    rig: Rig, bot: Receiver, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as lines, caplog.at_level("DEBUG"):
        texts = [add(rig, rig.keys.enterprise_a, bot.wecom).text]
        texts.append(add(rig, rig.keys.enterprise_a, f"https://a b/{SECRET}").text)
        texts.append(add(rig, rig.keys.enterprise_a, SECRET * 50).text)
        texts.append(add(rig, rig.keys.enterprise_a, bot.wecom, kind="email").text)
        texts.append(add(rig, rig.keys.enterprise_a, bot.wecom, kind=SECRET).text)
        dispatched(rig, rig.a, "no_chef_hat")
        bot.status = 500
        clock = clock_at()
        sender_of(rig).work_off(clock)
        paths = ("/v1/channels", "/v1/notices", "/v1/snapshot", "/v1/events")
        texts += [rig.get(path, rig.keys.admin).text for path in paths]
        texts.append(rig.browser("enterprise-a").get("/console/notices").text)
    said = capsys.readouterr()
    everything = "\n".join([*texts, str(lines), said.out, said.err, caplog.text])
    assert "HTTP 500" in everything
    # urllib3 tells its debug log the path; the platform logs warnings of libraries only.
    everything = "\n".join(line for line in everything.splitlines() if "connectionpool" not in line)
    assert SECRET not in everything


def test_the_role_of_the_api_cannot_read_an_address(rig: Rig, api_store: Store) -> None:
    add(rig, rig.keys.enterprise_a, f"https://a/send?key={SECRET}")
    for query in ("SELECT address FROM channel_secret", "SELECT * FROM channel_secret", "TABLE channel_secret"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), api_store.read(Scope.of_tenant(TENANT)) as r:
            r.raw.execute(query)  # type: ignore[arg-type]
    for query in ("UPDATE channel_secret SET address = 'x'", "UPDATE channel SET hint = 'x', region_code = '33'"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), api_store.write(Scope.of_tenant(TENANT)) as w:
            w.raw.execute(query)  # type: ignore[arg-type]


def test_the_role_of_the_api_queues_nothing_outside_its_scope(rig: Rig, api_store: Store) -> None:
    call = (
        "SELECT mingchu_queue_notices(%s, %s, %s, 's', 'task_closed', 'task', gen_random_uuid(), 1, 'minor', true, "
        "true, now(), '1 day')"
    )
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        api_store.write(Scope.of_entity(TENANT, rig.a.entity)) as w,
    ):
        w.raw.execute(call, [TENANT, rig.b.region, rig.b.entity])
    with (
        pytest.raises((NotAllowed, StoreRefused)),
        api_store.write(Scope.of_entity(TENANT, rig.a.entity)) as w,
    ):
        w.raw.execute(
            "INSERT INTO channel (id, tenant_id, region_code, kind, name, hint, min_severity, cap_per_hour, "
            "created_by, created_at) VALUES (gen_random_uuid(), %s, '33', 'json', 'x', 'x', 'minor', 1, 'x', now())",
            [TENANT],
        )


@pytest.mark.parametrize(
    ("key", "change", "status"),
    [
        ("platform_b", {}, 403),
        ("enterprise_a", {"region": "330602"}, 403),
        ("enterprise_a", {"region": ""}, 403),
        ("regulator_a", {"region": ""}, 403),
        ("regulator_a", {"region": "33"}, 403),
        ("regulator_a", {"region": "330603"}, 403),
        ("admin", {"region": "33x"}, 422),
        ("admin", {"name": " "}, 422),
        ("admin", {"name": "a\nb"}, 422),
        ("admin", {"name": "a\x00b"}, 422),
        ("admin", {"cap_per_hour": 0}, 422),
        ("admin", {"quiet_from": "22:00"}, 422),
        ("admin", {"quiet_from": "22:00", "quiet_to": "22:00"}, 422),
        ("admin", {"quiet_from": "22:00+08:00", "quiet_to": "07:00+08:00"}, 422),
        ("admin", {"quiet_from": "25:00", "quiet_to": "07:00"}, 422),
        ("admin", {"kind": "fax"}, 422),
        ("admin", {"entity_id": "01a2246a-2456-79e2-89e6-d4e587b28acb"}, 422),
    ],
)
def test_a_channel_for_others_or_of_the_wrong_form_is_refused(
    rig: Rig, key: str, change: dict[str, Any], status: int
) -> None:
    answer = add(rig, getattr(rig.keys, key), "https://a.example/send?key=1", **change)
    assert answer.status_code == status, answer.text
    assert rig.get("/v1/channels", rig.keys.admin).json()["data"] == []


def test_channels_of_others_are_unknown_and_those_of_enterprises_only_seen(rig: Rig, bot: Receiver) -> None:
    channel = add(rig, rig.keys.enterprise_a, bot.wecom).json()
    dispatched(rig, rig.a, "no_chef_hat")
    (row,) = log_of(rig, rig.keys.enterprise_a)
    paths = [f"/v1/channels/{channel['id']}/{step}" for step in ("enable", "disable", "remove", "test")]
    paths.append(f"/v1/notices/{row['id']}/retry")
    for key, status in (("enterprise_b", 404), ("regulator_b", 404), ("platform_b", 403), ("regulator_a", 403)):
        for path in paths:
            assert rig.post(path, getattr(rig.keys, key)).status_code == status, (key, path)
    assert len(rig.get("/v1/channels", rig.keys.regulator_a).json()["data"]) == 1
    for key in ("enterprise_b", "regulator_b"):
        assert rig.get("/v1/channels", getattr(rig.keys, key)).json()["data"] == []
        assert rig.get(f"/v1/notices/{row['id']}", getattr(rig.keys, key)).status_code == 404
    above = add(rig, rig.keys.city, bot.wecom).json()
    assert rig.post(f"/v1/channels/{above['id']}/disable", rig.keys.regulator_a).status_code == 404


def test_a_channel_switched_off_or_removed_cancels_what_waits_and_forgets_its_address(rig: Rig, bot: Receiver) -> None:
    channel = add(rig, rig.keys.enterprise_a, bot.wecom).json()
    dispatched(rig, rig.a, "no_chef_hat")
    path = f"/v1/channels/{channel['id']}"
    assert rig.post(f"{path}/disable", rig.keys.enterprise_a).json()["enabled"] is False
    assert rig.post(f"{path}/test", rig.keys.enterprise_a).status_code == 409
    dispatched(rig, rig.a, "clutter")
    assert rig.post(f"{path}/enable", rig.keys.enterprise_a).json()["enabled"] is True
    dispatched(rig, rig.a, "smoking")
    assert rig.post(f"{path}/remove", rig.keys.enterprise_a).status_code == 200
    assert rig.post(f"{path}/enable", rig.keys.enterprise_a).status_code == 404
    assert sender_of(rig).work_off(clock_at()) == 0
    reasons = {(row["state"], row["last_error"], row["channel"]) for row in log_of(rig, rig.keys.enterprise_a)}
    assert reasons == {
        ("cancelled", "通知渠道已停用", "食品安全群"),
        ("cancelled", "通知渠道已删除", "食品安全群"),
    }
    with rig.store.read() as r:
        assert r.raw.execute("SELECT count(*) FROM channel_secret").fetchone() == (0,)


def test_an_owner_has_at_most_twenty_channels_also_if_all_come_at_once(rig: Rig, bot: Receiver) -> None:
    for _ in range(MOST_CHANNELS - 1):
        assert add(rig, rig.keys.enterprise_a, bot.wecom).status_code == 200
    found: list[int] = []
    rush = [
        threading.Thread(target=lambda: found.append(add(rig, rig.keys.enterprise_a, bot.wecom).status_code))
        for _ in range(4)
    ]
    for one in rush:
        one.start()
    for one in rush:
        one.join()
    assert sorted(found) == [200, 409, 409, 409]
    assert add(rig, rig.keys.enterprise_b, bot.wecom).status_code == 200


def test_a_repeat_with_the_same_key_adds_one_channel_and_sends_one_test(rig: Rig, bot: Receiver) -> None:
    key = fresh_key()
    body = {"kind": "wecom", "name": "群", "address": bot.wecom}
    first, again = (rig.post("/v1/channels", rig.keys.enterprise_a, json=body, headers=key) for _ in range(2))
    assert first.json() == again.json()
    for _ in range(2):
        rig.post(f"/v1/channels/{first.json()['id']}/test", rig.keys.enterprise_a, headers={"Idempotency-Key": "k" * 9})
    assert sender_of(rig).work_off(clock_at()) == 1
    assert "明厨测试消息" in bot.texts[0]


class Mailbox:
    """What a real mail server took."""

    def __init__(self) -> None:
        self.got: list[tuple[list[str], bytes]] = []
        self.says = "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: ANN401, N802 - theirs
        self.got.append((envelope.rcpt_tos, envelope.content))
        return self.says


@pytest.fixture
def mail() -> Iterator[tuple[Mailbox, NoticeSettings]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield box, NoticeSettings(smtp=f"smtp://127.0.0.1:{port}", smtp_from="no-reply@example.com")
    server.stop()


def test_a_real_mail_server_gets_one_message_whatever_the_names_hold(
    rig: Rig, mail: tuple[Mailbox, NoticeSettings]
) -> None:
    box, settings = mail
    add(rig, rig.keys.enterprise_a, "duty@example.com", kind="email")
    with rig.store.write() as w:
        w.raw.execute(
            "UPDATE entity SET name = %s WHERE id = %s", ["店\r\nBcc: x@evil.example\r\n\r\n.\r\n", rig.a.entity]
        )
    dispatched(rig, rig.a, "no_chef_hat")
    sender = Sender(store=rig.store, settings=settings, public_url="https://x")
    assert sender.work_off(clock_at()) == 1
    ((to, content),) = box.got
    assert to == ["duty@example.com"]
    head = content.split(b"\r\n\r\n")[0]
    assert b"evil" not in head
    assert log_of(rig, rig.keys.enterprise_a)[0]["state"] == "delivered"


def test_a_mail_server_that_refuses_or_is_missing_is_told(mail: tuple[Mailbox, NoticeSettings]) -> None:
    box, settings = mail
    box.says = "550 no"
    assert str(refused(ChannelKind.email, "a@example.com", settings)) == "邮件服务器拒收或无法连接"
    assert "MINGCHU_NOTICE_SMTP" in str(refused(ChannelKind.email, "a@example.com", NoticeSettings()))
    down = NoticeSettings(smtp="smtp://127.0.0.1:1", smtp_from="no-reply@example.com")
    assert str(refused(ChannelKind.email, "a@example.com", down)) == "邮件服务器拒收或无法连接"
