"""The address of a broker, as written in settings and files. Pure."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from models.base.errors import Invalid

_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """Address of a broker: host, port, and whether it speaks TLS."""

    host: str
    port: int
    tls: bool

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return the address in `mqtt://host[:port]` or `mqtts://host[:port]`.

        Raises:
            Invalid: another scheme, no host, an invalid port, or a user or secret in it. The message omits the address.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Invalid(_EXPECTED) from None
        if parts.scheme not in _PORTS or not parts.hostname or parts.username or parts.password or port == 0:
            raise Invalid(_EXPECTED)
        return cls(host=parts.hostname, port=port or _PORTS[parts.scheme], tls=parts.scheme == "mqtts")


MOST_BROKERS = 16


def addresses_of(urls: str) -> tuple[str, ...]:
    """Return the addresses of one or several brokers, with commas between.

    Raises:
        Invalid: none, too many, one twice, or one that `BrokerAddress` refuses.
    """
    found = tuple(url.strip() for url in urls.split(","))
    parsed = {BrokerAddress.parse(url) for url in found}
    if len(parsed) < len(found) or len(found) > MOST_BROKERS:
        raise Invalid(f"broker addresses: expected 1–{MOST_BROKERS} different ones with commas between")
    return found


_EXPECTED = "broker address: expected mqtt://host:port or mqtts://host:port, without user or secret"
