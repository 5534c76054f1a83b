"""What is wrong, in plain words, and what to do about it."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg

from deploy.doctor_roles import roles
from deploy.embedded.broker import INSTALL_MOSQUITTO, IOTCORE_LIMITS, find_mosquitto
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.postgres_binaries import installed_binaries
from deploy.embedded.supervisor import read_status
from deploy.findings import Finding
from deploy.places import Endpoints, Places
from models.errors import MingchuError
from models.store.migrate import newest_revision
from vision.weights_catalogue import shipped

_LOW_DISK = 2 * 1024**3
_REVISION = "SELECT version_num FROM alembic_version"


def examine(places: Places) -> list[Finding]:
    """Look at everything a running or stopped stack needs; never raises."""
    checks: list[Callable[[Places], Finding | list[Finding]]] = [
        _data_folder,
        _disk,
        _database_programs,
        _broker_program,
        _weights,
        roles,
        _database,
    ]
    findings: list[Finding] = []
    for check in checks:
        found = check(places)
        findings += found if isinstance(found, list) else [found]
    return findings


def _data_folder(places: Places) -> Finding:
    folder = next(path for path in (places.data, *places.data.parents) if path.exists())
    if os.access(folder, os.W_OK):
        return Finding(good=True, what=f"data folder {places.data} can be written")
    return Finding(
        good=False, what=f"data folder {places.data}: {folder} can't be written", remedy="Choose another with --data."
    )


def _disk(places: Places) -> Finding:
    folder = next(path for path in (places.data, *places.data.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    if free > _LOW_DISK:
        return Finding(good=True, what=f"{free / 1024**3:.0f} GiB of disk are free")
    return Finding(
        good=False,
        what=f"only {free / 1024**3:.1f} GiB of disk are free at {folder}",
        remedy="Free some, or put the data folder on a larger disk with --data.",
    )


def _database_programs(_places: Places) -> Finding:
    if os.environ.get("MINGCHU_DATABASE_URL"):
        return Finding(good=True, what="database: the one MINGCHU_DATABASE_URL names")
    try:
        found = installed_binaries()
    except EmbeddedError as error:
        return Finding(good=False, what=f"embedded PostgreSQL: {error.message}", remedy=error.remedy)
    return Finding(good=True, what=f"embedded PostgreSQL programs in {_shortened(found)}")


def _broker_program(_places: Places) -> Finding:
    if os.environ.get("MINGCHU_MQTT_URL"):
        return Finding(good=True, what="broker: the one MINGCHU_MQTT_URL names")
    mosquitto = find_mosquitto()
    if mosquitto is not None:
        return Finding(good=True, what=f"broker: mosquitto at {mosquitto}")
    return Finding(
        good=True, what="broker: iotcore (mosquitto is not installed)", remedy=f"{IOTCORE_LIMITS} {INSTALL_MOSQUITTO}"
    )


def _weights(_places: Places) -> Finding:
    try:
        entry = shipped()
    except MingchuError as error:
        return Finding(good=False, what=str(error), remedy="Install mingchu again: its files were changed.")
    return Finding(good=True, what=f"model {entry.name} {entry.version} has the sha256 of its catalogue entry")


def _database(places: Places) -> Finding:
    endpoints = Endpoints.load(places)
    url = os.environ.get("MINGCHU_DATABASE_URL") or (endpoints.database_url if endpoints else None)
    if url is None:
        return Finding(good=True, what="no database yet", remedy="`mingchu up` makes one.")
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute(_REVISION).fetchone()
    except psycopg.Error as error:
        running = (read_status(places.data) or {}).get("state") == "running"
        return Finding(
            good=not running,
            what=f"the database does not answer: {str(error).strip().splitlines()[0]}",
            remedy="Start the stack with `mingchu up`.",
        )
    if row is None or row[0] != newest_revision():
        return Finding(
            good=False,
            what=f"database revision {row and row[0]}, this code wants {newest_revision()}",
            remedy="Run `mingchu migrate`.",
        )
    return Finding(good=True, what=f"database answers, revision {row[0]}")


def _shortened(path: Path) -> str:
    return "/".join(("…", *path.parts[-3:]))
