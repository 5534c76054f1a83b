"""Choose TCP ports so that two stacks on one machine never choose the same.

Between the choice of a free port and the server's start, another stack or an outgoing connection may take the port.
So a chosen port is claimed until this process ends, and a port that the user did not set lies outside the kernel's
range for outgoing connections.
"""

import contextlib
import os
import random
import socket
from collections.abc import Collection
from pathlib import Path
from typing import Final

_KERNELS_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST: Final = 20_000
_USUAL_RANGE: Final = (32_768, 60_999)
_TRIES: Final = 1_000
_MOST: Final = 128
"""Maximum number of claims of a process. More claims release the oldest, whose servers listen by then."""
_claims: dict[int, int] = {}
"""Claimed ports, oldest first, with the descriptors that hold them."""


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a server could listen on `host:port` now."""
    with socket.socket(_family(host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(preferred: int | None = None, *, host: str = "127.0.0.1", avoid: Collection[int] = ()) -> int:
    """Return a port to listen on, claimed for this process: the preferred one if it is free, else a random one.

    Other programs do not know about claims, so the server must still handle a taken port.
    """
    if preferred is not None and preferred not in avoid and _is_ours_or_free(preferred, host):
        return preferred
    low, high = _outside(_kernels_range())
    for _ in range(_TRIES):
        port = random.randint(low, high)  # noqa: S311 - not a secret
        if port not in avoid and port not in _claims and port_is_free(port, host) and claim(port):
            return port
    raise OSError(f"no free port between {low} and {high} at {host}")


def claim(port: int) -> bool:
    """Claim a port for this process until it ends; return False if another process of this machine has claimed it.

    A claim is an abstract Unix socket named after the port. Such a name, like a port number, is valid in one network
    namespace. It belongs to one process at a time and vanishes with the process.
    """
    if port in _claims:
        return True
    claimed = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claimed.bind(f"\0mingchu-port-{port}")
    except OSError:
        claimed.close()
        return False
    _claims[port] = claimed.detach()
    if len(_claims) > _MOST:
        os.close(_claims.pop(next(iter(_claims))))
    return True


def _is_ours_or_free(port: int, host: str) -> bool:
    return port_is_free(port, host) and claim(port)


def _kernels_range() -> tuple[int, int]:
    """Return the lowest and highest port that the kernel uses for outgoing connections."""
    with contextlib.suppress(OSError, ValueError):
        low, high = map(int, _KERNELS_RANGE.read_text().split())
        return low, high
    return _USUAL_RANGE


def _outside(kernels: tuple[int, int]) -> tuple[int, int]:
    """Return a range of ports that neither the kernel nor well-known servers use; else all unprivileged ports."""
    low, high = kernels
    if low - _LOWEST >= _TRIES:
        return _LOWEST, low - 1
    return (high + 1, 65_535) if 65_535 - high >= _TRIES else (1_024, 65_535)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
