"""Settle the address and port of the console, and its URLs: `--host` takes any address of this machine."""

import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.ports import claim, free_port

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not a default
_SOMEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """A host as the user named it, and a port.

    Attributes:
        host: address that the server binds: an address or name of this machine, or all addresses.
        asked: address at which this machine itself reaches the server.
        secured: whether the server speaks TLS.
    """

    host: str
    port: int
    asked: str
    secured: bool = False

    @property
    def scheme(self) -> str:
        """Return `https` behind TLS, else `http`."""
        return "https" if self.secured else "http"

    @property
    def url(self) -> str:
        """Return the URL for this machine."""
        return f"{self.scheme}://{_bracketed(self.asked)}:{self.port}"

    @property
    def public_url(self) -> str:
        """Return the URL for other machines, as far as this one can tell; a setting tells it to a reverse proxy."""
        if self.host not in _WILDCARDS:
            return self.url
        outward = _outward(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        return self.url if outward is None else f"{self.scheme}://{_bracketed(outward)}:{self.port}"


def listen_at(host: str, wished: int | None, *, usual: int, taken: list[int], secured: bool = False) -> Listening:
    """Settle the address to listen at: the wished port, else the usual one or a free one.

    Raises:
        EmbeddedError: the host is no address of this machine, or the wished port is taken.
    """
    host = host.strip().strip("[]") or "127.0.0.1"
    addresses = _addresses(host)
    for address in addresses:
        _require_own(host, address)
    if wished is None:
        port = free_port(usual, host=addresses[0], avoid=taken)
    else:
        port = require_port(wished, host=addresses[0], what="console", option="--port")
    return Listening(host=host, port=port, asked=_WILDCARDS.get(host, host), secured=secured)


def require_port(port: int, *, host: str, what: str, option: str) -> int:
    """Return the port that the user set; no other stack chooses it from now on.

    Raises:
        EmbeddedError: another program listens there, or this user may not.
    """
    reason = _refusal(host, port)
    if reason is None:
        claim(port)  # another stack may hold the claim and listen at another address
        return port
    raise EmbeddedError(
        "port_taken",
        f"{what} port {port} at {host} can't be listened on: {reason}{_holder(port)}",
        f"Stop that program, or choose another port with {option}.",
    )


def _bracketed(host: str) -> str:
    return f"[{host.replace('%', '%25')}]" if ":" in host else host


def _addresses(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise EmbeddedError(
            "host_unknown", f"{host!r} is neither an address nor a name that this machine can resolve", _remedy()
        ) from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _require_own(host: str, address: str) -> None:
    reason = _refusal(address, 0)
    if reason is not None:
        raise EmbeddedError("host_not_here", f"{host!r} ({address}) can't be listened on: {reason}", _remedy())


def _remedy() -> str:
    outward = _outward(socket.AF_INET)
    here = f"; this machine is {outward}" if outward else ""
    return f"Set --host to an address of this machine, or 0.0.0.0 for all{here}."


def _refusal(host: str, port: int) -> str | None:
    """Return the reason why nothing can listen there; None if a server can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family is socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)[0][4])
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return None


def _outward(family: socket.AddressFamily) -> str | None:
    """Return the address that this machine uses towards others; sends nothing."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((_SOMEWHERE[family], 9))
            address = str(probe.getsockname()[0])
    except OSError:
        return None
    return None if ipaddress.ip_address(address.partition("%")[0]).is_loopback else address


def _holder(port: int) -> str:
    """Return the program that listens at a port, if this user may see it."""
    inodes = {
        fields[9]
        for table in ("tcp", "tcp6")
        for fields in (line.split() for line in _lines(Path("/proc/net") / table))
        if fields[1].endswith(f":{port:04X}") and fields[3] == "0A"
    }
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(link.readlink().name in wanted for link in (process / "fd").iterdir()):
                return f" by {(process / 'comm').read_text().strip()} (process {process.name})"
        except OSError:
            continue
    return ""


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()[1:]
    except OSError:
        return []
