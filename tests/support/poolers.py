"""pgbouncer with the shipped configuration, before the test's server."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.ports import free_port
from deploy.embedded.process import service_user
from models.store.connect import API_LOGIN, WORKER_LOGIN
from tests.support.paths import ROOT
from tests.support.waiting import tail, wait_for

SHIPPED = ROOT / "deploy" / "pgbouncer" / "pgbouncer.ini"
PASSWORD = "of-this-test"
OWNER = "postgres"
LOGINS = (OWNER, WORKER_LOGIN, API_LOGIN)


@contextmanager
def pgbouncer(url: str, *, connections: int) -> Iterator[dict[str, str]]:
    """Run one before a database, with few connections of the server; yield the address of each log-in by its name."""
    program = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if program is None:
        assert not os.environ.get("CI"), "CI installs pgbouncer"
        pytest.skip("needs pgbouncer (Debian's package)")
    address, user = conninfo_to_dict(url), service_user("postgres", "mingchu", "nobody")
    port = free_port(16432)
    with temporary_data_dir() as folder:
        config = folder / "pgbouncer.ini"
        text = SHIPPED.read_text()
        for there, here in (
            ("host=127.0.0.1 port=5432 dbname=mingchu", f"host={address['host']} port=5432 dbname={address['dbname']}"),
            ("listen_port = 6432", f"listen_port = {port}"),
            ("/etc/pgbouncer", str(folder)),
            ("default_pool_size = 20", f"default_pool_size = {connections}"),
            ("/var/log/postgresql", str(folder)),
            ("/var/run/postgresql", str(folder)),
        ):
            assert there in text
            text = text.replace(there, here)
        config.write_text(text)
        (folder / "userlist.txt").write_text("".join(f'"{name}" "{PASSWORD}"\n' for name in LOGINS))
        if os.geteuid() == 0:
            for path in (folder, *folder.iterdir()):
                os.chown(path, user.uid, user.gid)
        other = {"user": user.uid, "group": user.gid, "extra_groups": []} if os.geteuid() == 0 else {}
        process = subprocess.Popen(
            [program, str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **other
        )  # type: ignore[call-overload]
        addresses = {name: f"postgresql://{name}:{PASSWORD}@127.0.0.1:{port}/mingchu" for name in LOGINS}
        try:
            wait_for(lambda: _answers(addresses[WORKER_LOGIN]) or process.poll(), log=folder / "pgbouncer.log")
            assert process.poll() is None, tail(folder / "pgbouncer.log")
            yield addresses
        finally:
            process.kill()
            process.wait()


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
