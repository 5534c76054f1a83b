import socket

import pytest

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.ports import free_port
from deploy.listening import listen_at, require_port


@pytest.mark.parametrize(
    ("host", "bound", "url"),
    [
        ("127.0.0.1", "127.0.0.1", "http://127.0.0.1:{}"),
        ("127.0.0.2", "127.0.0.2", "http://127.0.0.2:{}"),
        ("localhost", "localhost", "http://localhost:{}"),
        ("::1", "::1", "http://[::1]:{}"),
        ("[::1]", "::1", "http://[::1]:{}"),
        ("0.0.0.0", "0.0.0.0", "http://127.0.0.1:{}"),  # noqa: S104 - a parameter
        ("::", "::", "http://[::1]:{}"),
    ],
)
def test_a_host_is_bound_as_given_and_addressed_where_it_listens(host: str, bound: str, url: str) -> None:
    found = listen_at(host, None, usual=free_port(), taken=[])
    assert (found.host, found.url) == (bound, url.format(found.port))
    with (
        socket.create_server((bound, found.port), family=socket.AF_INET6 if ":" in bound else socket.AF_INET),
        socket.create_connection((found.asked, found.port), timeout=2),
    ):
        pass


def test_a_wildcard_address_is_shown_as_a_reachable_one() -> None:
    found = listen_at("0.0.0.0", None, usual=free_port(), taken=[])  # noqa: S104 - a parameter
    assert "0.0.0.0" not in found.public_url  # noqa: S104 - the same
    assert listen_at("127.0.0.2", None, usual=free_port(), taken=[]).public_url.startswith("http://127.0.0.2:")


@pytest.mark.parametrize(("host", "code"), [("192.0.2.7", "host_not_here"), ("no such name", "host_unknown")])
def test_an_address_of_another_machine_is_refused_with_one_of_this(host: str, code: str) -> None:
    with pytest.raises(EmbeddedError) as refused:
        listen_at(host, None, usual=8080, taken=[])
    assert refused.value.code == code
    assert "--host" in refused.value.remedy


def test_a_port_in_use_is_reported_with_its_owner() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(EmbeddedError, match=r"already in use by .+ \(process \d+\)") as refused:
            listen_at("127.0.0.1", port, usual=8080, taken=[])
        assert (refused.value.code, "--port" in refused.value.remedy) == ("port_taken", True)
        # Elsewhere it is free.
        assert require_port(port, host="127.0.0.2", what="console", option="--port") == port
        assert listen_at("127.0.0.1", None, usual=port, taken=[]).port != port
