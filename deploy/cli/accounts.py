"""`mingchu accounts`: the files of users and rules of a mosquitto that the embedded stack does not run."""

import os
import signal
from pathlib import Path

import click
import structlog

from deploy.accounts import Accounts
from deploy.cli.options import data_option, places_of
from deploy.cli.roles import begin
from deploy.embedded.broker_mosquitto import account_files
from deploy.places import PLATFORM_USERS
from models.base.atomic import write_atomically
from models.base.errors import Invalid, StoreUnavailable

EVERY_S = 1.0
log = structlog.get_logger()


@click.command("accounts")
@data_option
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--pid-file", type=click.Path(dir_okay=False, path_type=Path), help="mosquitto's; it reloads by SIGHUP.")
@click.option("--once", is_flag=True, help="Write the files and end.")
def accounts_command(data_dir: Path | None, folder: Path, pid_file: Path | None, *, once: bool) -> None:
    """Write users and rules of a mosquitto into FOLDER, and follow the registry until Ctrl-C.

    Run it beside each of your brokers (deploy/brokers/README.md). The data folder needs secrets/mingchu-ingest and
    secrets/mingchu-vision, the same on every machine.
    """
    places = places_of(data_dir)
    missing = [user for user in PLATFORM_USERS if not (places.secrets / user).is_file()]
    if missing:
        raise Invalid(f"{places.secrets} lacks {', '.join(missing)}: copy the roles' secrets from another machine")
    settings, stop = begin("accounts")
    accounts = Accounts(places, settings.database_url)
    if once:
        apply(accounts, folder, pid_file)
        return
    while not stop.is_set():
        try:
            apply(accounts, folder, pid_file)
        except StoreUnavailable as error:
            log.warning("waiting for the database", error=str(error))
        stop.wait(EVERY_S)


def apply(accounts: Accounts, folder: Path, pid_file: Path | None) -> bool:
    """Write the files that changed, and let mosquitto read them; return whether any did.

    Raises:
        StoreUnavailable: the database does not answer; the files stay as they are.
    """
    owner, changed = folder.stat(), False
    for name, text in account_files(accounts()).items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_atomically(path, text, owner=(owner.st_uid, owner.st_gid))
            changed = True
    if changed and pid_file is not None:
        _reload(pid_file)
    return changed


def _reload(pid_file: Path) -> None:
    """Send SIGHUP to a mosquitto. A stale file may name a stranger by now, who is left alone."""
    try:
        pid = int(pid_file.read_text(encoding="utf-8"))
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
        if name != "mosquitto":
            log.warning("no mosquitto to reload", pid_file=str(pid_file), found=name)
            return
        os.kill(pid, signal.SIGHUP)
    except (OSError, ValueError) as error:
        log.warning("no mosquitto to reload", pid_file=str(pid_file), error=str(error))


COMMANDS = (accounts_command,)
