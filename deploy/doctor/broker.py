"""Checks whether the broker answers, and how long its certificate holds."""

import os
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from deploy.doctor.result import Check
from deploy.embedded.broker import INSTALL_MOSQUITTO, IOTCORE_LIMITS, find_mosquitto
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.supervisor import read_status
from deploy.places import Endpoints, Places
from deploy.tls import TlsFiles, issued
from ingest.broker_address import BrokerAddress, addresses_of
from models.base.errors import Invalid

WITHIN_S = 5.0
SOON = timedelta(days=14)


def broker(places: Places) -> list[Check]:
    """Check each broker that the settings name, else the embedded one: its program, and its answer while it runs."""
    given = os.environ.get("MINGCHU_MQTT_URL")
    if given:
        return _answers(given)
    found = [_program()]
    endpoints = Endpoints.load(places)
    if endpoints is not None and (read_status(places.data_dir) or {}).get("state") == "running":
        found += _answers(endpoints.roles_mqtt_url or endpoints.mqtt_url)
    return found


def certificate(places: Places) -> list[Check]:
    """Check how long the certificate of our own authority for the platform's doors holds, if there is one."""
    files = TlsFiles(places.tls)
    try:
        found = issued(files)
    except EmbeddedError as error:
        return [Check(good=False, what=error.message, remedy=error.remedy)]
    if found is None:
        return []
    left = found.until - datetime.now(UTC)
    remedy = "" if left > SOON else "Start `mingchu up --tls` again: it makes a new one, which nodes trust as before."
    return [Check(good=left > SOON, what=f"{files.certificate} holds for {left.days} days", remedy=remedy)]


def _program() -> Check:
    mosquitto = find_mosquitto()
    if mosquitto is not None:
        return Check(good=True, what=f"broker: mosquitto at {mosquitto}")
    return Check(
        good=True, what="broker: iotcore (mosquitto is not installed)", remedy=f"{IOTCORE_LIMITS} {INSTALL_MOSQUITTO}"
    )


def _answers(urls: str) -> list[Check]:
    try:
        addresses = [BrokerAddress.parse(url) for url in addresses_of(urls)]
    except Invalid as error:
        return [Check(good=False, what=f"MINGCHU_MQTT_URL: {error}", remedy="Correct it.")]
    return [_answer(address) for address in addresses]


def _answer(address: BrokerAddress) -> Check:
    where = f"{address.host}:{address.port}"
    try:
        with socket.create_connection((address.host, address.port), timeout=WITHIN_S) as plain:
            if not address.tls:
                return Check(good=True, what=f"broker answers at {where}")
            context = ssl.create_default_context(cafile=os.environ.get("MINGCHU_CA_FILE") or None)
            with context.wrap_socket(plain, server_hostname=address.host) as secured:
                return _certificate(where, secured.getpeercert() or {})
    except ssl.SSLError as error:
        remedy = "Renew the broker's certificate, or have this machine trust its issuer."
        return Check(good=False, what=f"the broker's certificate at {where} is refused: {error}", remedy=remedy)
    except OSError as error:
        remedy = "Start the broker; nodes and roles connect again by themselves."
        return Check(good=False, what=f"the broker does not answer at {where}: {error}", remedy=remedy)


def _certificate(where: str, found: Mapping[str, object]) -> Check:
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found["notAfter"])), UTC)
    left = until - datetime.now(UTC)
    what = f"broker answers at {where}, its certificate holds for {left.days} days"
    return Check(
        good=left > SOON, what=what, remedy="" if left > SOON else "Renew it in time: nodes can't connect then."
    )
