"""A real RFC 3161 timestamp authority on loopback: `openssl ts` behind HTTP, with a certificate of its own."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Test TSA
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[tsa]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa_section]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make_authority(folder: Path) -> Path:
    """Make keys and certificates; give the root certificate."""
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-config", "tsa.cnf")
    openssl(folder, *new, "-subj", "/CN=Test CA", "-extensions", "ca", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(
        folder, *new, "-subj", "/CN=Test TSA", "-extensions", "tsa", "-CA", "ca.pem", "-CAkey", "ca.key",
        "-keyout", "tsa.key", "-out", "tsa.pem",
    )  # fmt: skip
    return folder / "ca.pem"


@contextmanager
def answering(reply: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on loopback; give the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), reply)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def openssl_reply(folder: Path) -> type[BaseHTTPRequestHandler]:
    """Answer each query by `openssl ts -reply`."""

    class Reply(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "query.tsq").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            openssl(
                folder, "ts", "-reply", "-config", "tsa.cnf", "-section", "tsa_section",
                "-queryfile", "query.tsq", "-out", "reply.tsr",
            )  # fmt: skip
            send(self, (folder / "reply.tsr").read_bytes())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Reply


def send(handler: BaseHTTPRequestHandler, body: bytes, *, status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/timestamp-reply")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
