"""A receiver that answers a byte now and then is cut off, however it goes on."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from alerts.notices import door
from models.base.addresses import Outside

HERE = Outside("127.0.0.1")
STATUS = b"HTTP/1.1 200 OK\r\n"
ENDLESS_HEADER = STATUS + b"X-Long: "
ENDLESS_BODY = STATUS + b"Content-Length: 4096\r\n\r\n"
ENDLESS_CHUNK = STATUS + b"Transfer-Encoding: chunked\r\n\r\nfff\r\n"


@contextmanager
def dripping(begin: bytes, certificate: Path | None = None) -> Iterator[int]:
    """Run a receiver that begins an answer and goes on with a byte every 50 ms until it is cut; yield its port."""
    over = threading.Event()

    def answer(connection: socket.socket) -> None:
        try:
            if certificate is not None:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificate)
                connection = context.wrap_socket(connection, server_side=True)
            connection.recv(65536)
            connection.sendall(begin)
            while not over.wait(0.05):
                connection.sendall(b"x")
        except OSError:
            pass
        finally:
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: answer(server.accept()[0]))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            thread.join(10)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "WHOLE_S", 0.5)


@pytest.mark.parametrize("begin", [ENDLESS_HEADER, ENDLESS_BODY, ENDLESS_CHUNK])
@pytest.mark.usefixtures("short")
def test_an_answer_that_never_ends_is_cut(begin: bytes) -> None:
    with dripping(begin) as port, pytest.raises(door.DeliveryFailed, match="超时"):
        door.post(f"http://127.0.0.1:{port}/", b"{}", {}, outside=HERE)


@pytest.mark.parametrize("begin", [ENDLESS_HEADER, ENDLESS_BODY, ENDLESS_CHUNK])
@pytest.mark.usefixtures("short")
def test_an_answer_that_never_ends_is_cut_under_tls(
    begin: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = tmp_path / "both.pem"
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=127.0.0.1"
    key, own = tmp_path / "key.pem", tmp_path / "own.pem"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(own)]
    subprocess.run(["openssl", *command.split(), *names], check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + own.read_bytes())
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(own))
    with dripping(begin, both) as port, pytest.raises(door.DeliveryFailed, match="超时"):
        door.post(f"https://127.0.0.1:{port}/", b"{}", {}, outside=HERE)
