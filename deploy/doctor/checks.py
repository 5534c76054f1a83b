"""Checks of `mingchu doctor`: each describes a state in plain words and names a remedy."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from deploy.backup.making import last_backup
from deploy.doctor.broker import broker, certificate
from deploy.doctor.platform import platform
from deploy.doctor.result import Check
from deploy.doctor.roles import roles
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.postgres_binaries import installed_binaries
from deploy.embedded.supervisor import read_status
from deploy.places import Endpoints, Places, database_url_of, given_database_url
from deploy.secret_keys import box_of
from deploy.stack import METRICS_ROLES, metrics_of
from models.base.disk import room_at
from models.base.errors import Invalid, MingchuError, SchemaNewer, SchemaOlder
from models.store import quarantine, secrets
from models.store.connect import read_once
from models.store.migrate import present_revision, require_newest
from vision.weights.shipped import shipped

_LOW_DISK = 2 * 1024**3
_RECENTLY = timedelta(hours=1)
_MANY_SET_ASIDE = 20
_OLD_BACKUP_DAYS = 2.0


def examine(places: Places) -> list[Check]:
    """Check everything that a running or stopped stack needs. Never raises."""
    checks: list[Callable[[Places], Check | list[Check]]] = [
        _data_folder,
        _disk,
        _database_programs,
        broker,
        certificate,
        _weights,
        roles,
        _database,
        _secrets,
        _intake,
        _takeovers,
        platform,
        _backup,
    ]
    findings: list[Check] = []
    for check in checks:
        found = check(places)
        findings += found if isinstance(found, list) else [found]
    return findings


def _data_folder(places: Places) -> Check:
    if places.restoring.exists():
        what = f"a restore into {places.data_dir} has not ended"
        return Check(good=False, what=what, remedy="Run `mingchu restore` again; it begins anew.")
    folder = next(path for path in (places.data_dir, *places.data_dir.parents) if path.exists())
    if os.access(folder, os.W_OK):
        return Check(good=True, what=f"data folder {places.data_dir} can be written")
    return Check(
        good=False,
        what=f"data folder {places.data_dir}: {folder} can't be written",
        remedy="Choose another folder with --data.",
    )


def _disk(places: Places) -> list[Check]:
    """Check the disk of the data folder, and that of evidence files if the settings name another folder."""
    elsewhere = os.environ.get("MINGCHU_EVIDENCE_DIR")
    folders = [places.data_dir, *([Path(elsewhere)] if elsewhere else [])]
    return [_room(folder) for folder in dict.fromkeys(folders)]


def _room(wanted: Path) -> Check:
    folder = next(path for path in (wanted, *wanted.parents) if path.exists())
    room = room_at(wanted)
    free = room.bytes
    if room.is_full:
        remedy = "Free disk space now: nothing can be stored. The roles then continue by themselves."
        return Check(good=False, what=f"the disk is full: {room.in_words()}", remedy=remedy)
    if not os.access(folder, os.W_OK):
        remedy = "Let the user of the roles write there."
        return Check(good=False, what=f"{folder} can't be written", remedy=remedy)
    if free > _LOW_DISK:
        return Check(good=True, what=f"{free / 1024**3:.0f} GiB of disk are free at {folder}")
    return Check(
        good=False,
        what=f"only {free / 1024**3:.1f} GiB of disk are free at {folder}",
        remedy="Free disk space, or move the folder to a larger disk.",
    )


def _database_programs(_places: Places) -> Check:
    if os.environ.get("MINGCHU_DATABASE_URL"):
        return Check(good=True, what="database: set by MINGCHU_DATABASE_URL")
    try:
        found = installed_binaries()
    except EmbeddedError as error:
        return Check(good=False, what=f"embedded PostgreSQL: {error.message}", remedy=error.remedy)
    return Check(good=True, what=f"embedded PostgreSQL programs in {_shortened(found)}")


def _weights(_places: Places) -> Check:
    try:
        entry = shipped()
    except MingchuError as error:
        return Check(good=False, what=str(error), remedy="Install mingchu again: its files were changed.")
    return Check(good=True, what=f"model {entry.name} {entry.version} has the sha256 of its catalogue entry")


def _database(places: Places) -> Check:
    url = database_url_of(places)
    if url is None:
        return Check(good=True, what="no database yet", remedy="`mingchu up` creates it.")
    try:
        revision = present_revision(url)
        require_newest(revision)
    except SchemaNewer as error:
        remedy = "`mingchu migrate` can't help: install the newer version, or restore a backup from before the update."
        return Check(good=False, what=str(error), remedy=remedy)
    except SchemaOlder as error:
        return Check(
            good=False, what=str(error), remedy="Run `mingchu migrate`, or start `mingchu up`, which migrates."
        )
    except psycopg.Error as error:
        running = (read_status(places.data_dir) or {}).get("state") == "running"
        given = given_database_url() is not None
        return Check(
            good=not (running or given),
            what=f"the database does not answer: {str(error).strip().splitlines()[0]}",
            remedy="Start that server; the roles go on by themselves."
            if given
            else "Start the stack with `mingchu up`.",
        )
    return Check(good=True, what=f"database answers, revision {revision}")


def _secrets(places: Places) -> list[Check]:
    """Check that every secret in the database can be decrypted; empty if there is none, or no answer."""
    url = database_url_of(places)
    if url is None:
        return []
    try:
        box = box_of(places)
        with read_once(url) as r:
            found = secrets.count(r, box)
    except Invalid as error:
        return [Check(good=False, what=str(error), remedy="Restore the file with the keys, or name the right one.")]
    except (MingchuError, psycopg.Error):
        return []  # the check of the database reports it
    if found.lost:
        remedy = "Restore the file with the keys from its backup, or make these secrets anew on their pages."
        return [Check(good=False, what=f"no key decrypts {found.lost} secrets in the database", remedy=remedy)]
    if found.plain:
        remedy = "Run `mingchu secrets renew`." if box.locked else "Set MINGCHU_SECRET_KEY_FILE (docs/SECURITY.md)."
        return [Check(good=True, what=f"{found.plain} secrets in the database are not encrypted", remedy=remedy)]
    return []


def _intake(places: Places) -> list[Check]:
    """Check messages that intake quarantined or left out lately; empty if the database does not answer."""
    url = database_url_of(places)
    if url is None:
        return []
    since = datetime.now(UTC) - _RECENTLY
    try:
        with read_once(url) as r:
            set_aside = quarantine.quarantined_since(r, since=since)
            excesses = quarantine.excesses(r, since=since)
    except (MingchuError, psycopg.Error):
        return []  # the check of the database reports it
    return [*_quarantine(set_aside), *(_excess(found) for found in excesses)]


def _quarantine(set_aside: int) -> list[Check]:
    what = f"{set_aside} kinds of message were quarantined within the last hour"
    remedy = "Read the reasons with `GET /v1/quarantine` or on the site's page in the console."
    if set_aside > _MANY_SET_ASIDE:
        return [Check(good=False, what=what, remedy=remedy)]
    return [Check(good=True, what=what, remedy=remedy)] if set_aside else []


def _excess(found: quarantine.Excess) -> Check:
    return Check(
        good=False,
        what=f"node {found.node_id} exceeds its budget {found.budget!r}: {found.messages} messages left out",
        remedy="Make it send less often, or raise MINGCHU_BUDGET_… (docs/SETTINGS.md).",
    )


def _takeovers(places: Places) -> list[Check]:
    endpoints = Endpoints.load(places)
    found = []
    for role in () if endpoints is None else METRICS_ROLES:
        at = metrics_of(endpoints, role).get("mingchu_mqtt_last_takeover_seconds", 0) if endpoints else 0
        if at and datetime.now(UTC) - datetime.fromtimestamp(at, UTC) < _RECENTLY:
            remedy = (
                "Two processes with one name, or stolen credentials: give each replica its --replica, rotate secrets."
            )
            found.append(Check(good=False, what=f"{role} was replaced at the broker by another client", remedy=remedy))
    return found


def _backup(places: Places) -> Check:
    """Check when the last backup from here was made."""
    last = last_backup(places)
    if last is None:
        remedy = "Run `mingchu backup FOLDER --keep 14` daily (docs/OPERATIONS.md), or pgbackrest."
        return Check(good=True, what="no backup was made by `mingchu backup` from here", remedy=remedy)
    at, folder = last
    days = (datetime.now(UTC) - at) / timedelta(days=1)
    what = f"the last backup was made {days:.1f} days ago: {folder}"
    if days > _OLD_BACKUP_DAYS:
        return Check(good=False, what=what, remedy="Run `mingchu backup FOLDER`, and see why its timer does not.")
    return Check(good=True, what=what)


def _shortened(path: Path) -> str:
    return "/".join(("…", *path.parts[-3:]))
