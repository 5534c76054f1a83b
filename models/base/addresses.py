"""Which addresses users may let the platform connect to: cameras, receivers of messages, no internal services."""

import ipaddress
import socket
from dataclasses import dataclass

from models.base.errors import Invalid, NotAllowed

_CLOSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, also used inside clouds
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
        "64:ff9b::/96",  # NAT64: contains an IPv4 address of any network
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The addresses that testing a camera may connect to.

    Attributes:
        here: allow this machine's own addresses too (for tests and demonstrations).
        closed: IP addresses of the platform's own hosts, for example its broker and its database.
    """

    here: bool = False
    closed: tuple[str, ...] = ()

    def number_of(self, host: str) -> str:
        """Return the IP address of a permitted host; it is looked up once, so that it can't change afterwards.

        Raises:
            Invalid: the host does not exist.
            NotAllowed: the platform may not connect to one of the host's addresses.
        """
        numbers = numbers_of(host)
        if not numbers:
            raise Invalid(f"找不到主机 {host[:80]!r}：请核对地址 no such host; check the address")
        for number in numbers:
            if not self._is_open(number):
                raise NotAllowed(f"平台不能检测这个地址 this platform may not test a camera at {number}")
        return str(numbers[0])

    def _is_open(self, number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        if number.is_link_local or number.is_unspecified or number.is_multicast:
            return False
        if self.here and (number.is_loopback or _is_here(number)):
            return True
        closed = any(number in network for network in _CLOSED if network.version == number.version)
        return not (
            closed or number.is_loopback or number.is_reserved or str(number) in self.closed or _is_here(number)
        )


@dataclass(frozen=True, slots=True)
class Outside:
    """The hosts that messages may go to: those of the public internet, and internal ones that the operator names.

    `allowed` holds host names, IP addresses and networks, separated by commas.
    """

    allowed: str = ""

    def number_of(self, host: str) -> str:
        """Return the IP address of a permitted host; it is looked up once, so that it can't change afterwards.

        Raises:
            Invalid: the host does not exist.
            NotAllowed: one of its addresses is private, local or reserved, and nobody allowed it.
        """
        numbers = numbers_of(host)
        if not numbers:
            raise Invalid("no such host")
        for number in numbers:
            if not (self.names(host, str(number)) or _is_public(number)):
                raise NotAllowed("the receiver has an internal address")
        return str(numbers[0])

    def names(self, host: str, number: str) -> bool:
        """Return whether the operator names a host, or the network of its address."""
        entries = {entry.strip().lower() for entry in self.allowed.split(",") if entry.strip()}
        address = ipaddress.ip_address(number)
        networks = [network for entry in entries if (network := _network(entry)) is not None]
        return host.lower() in entries or any(address in network for network in networks)


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None


def _is_public(number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    closed = any(number in network for network in _CLOSED if network.version == number.version)
    return number.is_global and not (closed or number.is_multicast or number.is_reserved or _is_here(number))


def numbers_of(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Return every address of a host; an IPv4 address inside an IPv6 address becomes the IPv4 address."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    plain: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = []
    for entry in found:
        number = ipaddress.ip_address(str(entry[4][0]).split("%")[0])
        mapped = number.ipv4_mapped if isinstance(number, ipaddress.IPv6Address) else None
        plain.append(mapped or number)
    return plain


def _is_here(number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether an address belongs to this machine: only such an address can be bound."""
    family = socket.AF_INET if number.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IPv4
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as one:
            one.bind((str(number), 0))
    except OSError:
        return False
    return True
