"""The password at the database, out of a file, into an address of either kind."""

from pathlib import Path

import psycopg
import pytest

from models.base.errors import Invalid
from models.base.settings import database_url_in, with_password

ODD = "it's a \\ strange: p@ss/word?&=%20 密码"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://worker@db/mingchu",
        "postgres://worker@db:5433/mingchu?sslmode=require",
        "user=worker host=db dbname=mingchu",
        "host=/run/postgresql dbname=mingchu user=worker sslmode=disable",
    ],
)
def test_libpq_reads_the_password_as_it_stands_in_the_file(url: str, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{ODD}\n", encoding="utf-8")
    before, after = (psycopg.conninfo.conninfo_to_dict(one) for one in (url, with_password(url, file)))
    assert after == {**before, "password": ODD}


@pytest.mark.parametrize("url", ["postgresql://worker:hunter2@db/mingchu", "host=db password=hunter2"])
def test_two_passwords_are_refused_and_none_is_shown(url: str, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("other")
    with pytest.raises(Invalid) as refused:
        with_password(url, file)
    assert "hunter2" not in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    environment = {"MINGCHU_DATABASE_URL": "dbname=x", "MINGCHU_DATABASE_PASSWORD_FILE": str(tmp_path / "none")}
    with pytest.raises(Invalid, match="FileNotFoundError at"):
        database_url_in(environment)
    assert database_url_in({"MINGCHU_DATABASE_URL": "dbname=x"}) == "dbname=x"
    assert database_url_in({}) is None
