"""A data folder of a newer release is reported once and not changed."""

import subprocess
import sys

import psycopg

from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.postgres import EmbeddedPostgres
from models.store import migrate


def test_up_ends_with_the_reason_instead_of_trying_for_ever() -> None:
    with temporary_data_dir() as folder:
        with EmbeddedPostgres(folder).running() as server:
            server.ensure_database()
            migrate(server.dsn())
            with psycopg.connect(server.dsn()) as connection:
                connection.execute("UPDATE alembic_version SET version_num = '9999'")
        up = [sys.executable, "-m", "deploy.cli", "up", "--data", str(folder)]
        ended = subprocess.run(up, capture_output=True, text=True, timeout=120, check=False)
        said = ended.stdout + ended.stderr
        assert ended.returncode == 1, said
        assert "revision 9999 of a newer mingchu" in said
        assert "Install that version of mingchu" in said
        assert "Traceback" not in said
