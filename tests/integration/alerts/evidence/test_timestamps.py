"""Daily roots get an RFC 3161 timestamp of a real authority, which OpenSSL verifies; a wrong one is refused."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import psycopg
import pytest

from alerts.evidence.bundle import export_task
from alerts.evidence.sealing import close_days, seal
from alerts.evidence.timestamps import Authority, StampRefused, StampSettings, stamp_days
from alerts.hazards import review
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.tasks import RectificationTask
from models.evidence.files import EvidenceFiles
from models.store import Store, sealing
from tests.support.authority import answering, make_authority, openssl, openssl_reply, send
from tests.support.people import raise_alert
from tests.support.world import TENANT, seed_world

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)
LATER = AT + timedelta(days=1)
REGULATOR = Actor(name="regulator", role=Role.regulator)


@pytest.fixture
def files(tmp_path: Path) -> EvidenceFiles:
    return EvidenceFiles(tmp_path / "evidence")


@pytest.fixture
def task(store: Store, files: EvidenceFiles) -> RectificationTask:
    """A task whose day is over and closed."""
    alert = raise_alert(store, files, seed_world(store)[0], "rodent", at=AT)
    with store.write() as w:
        _, task = review.confirm(w, alert.id, revision=1, by=REGULATOR, at=AT)
    with store.write() as w:
        seal(w, at=AT)
    with store.write() as w:
        close_days(w, at=LATER)
    return task


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    folder = tmp_path / "tsa"
    folder.mkdir()
    root = make_authority(folder)
    with answering(openssl_reply(folder)) as url:
        found = Authority.of(StampSettings(url=url, ca_file=root))
        assert found is not None
        yield found


def test_a_closed_day_is_stamped_once_and_openssl_verifies_it_from_the_bundle(
    store: Store, files: EvidenceFiles, task: RectificationTask, authority: Authority, tmp_path: Path
) -> None:
    assert (stamp_days(store, authority, at=LATER), stamp_days(store, authority, at=LATER)) == (1, 0)
    with store.write() as w:
        (tmp_path / "b.zip").write_bytes(export_task(w, task.id, read_file=files.get, by="x", at=LATER))
    with zipfile.ZipFile(tmp_path / "b.zip") as bundle:
        (name,) = [name for name in bundle.namelist() if name.startswith("stamps/")]
        (tmp_path / "day.tsr").write_bytes(bundle.read(name))
        (tmp_path / "verify.py").write_bytes(bundle.read("verify.py"))
    with store.read() as r:
        (day,) = sealing.days(r, tenant_id=TENANT)
    (tmp_path / "root").write_text(day.root)
    openssl(tmp_path, "ts", "-verify", "-data", "root", "-in", "day.tsr", "-CAfile", "tsa/ca.pem")
    (tmp_path / "root").write_text("0" * 64)
    with pytest.raises(subprocess.CalledProcessError):
        openssl(tmp_path, "ts", "-verify", "-data", "root", "-in", "day.tsr", "-CAfile", "tsa/ca.pem")
    checked = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", "b.zip"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    assert f"timestamp of the root of {day.day}" in checked.stdout


def test_a_stamp_of_another_root_is_refused_by_the_verifier(
    store: Store, files: EvidenceFiles, task: RectificationTask, authority: Authority, tmp_path: Path
) -> None:
    with store.read() as r:
        (day,) = sealing.days(r, tenant_id=TENANT)
    with store.write() as w:
        sealing.add_stamp(w, day, authority="x", response=authority.stamp("0" * 64), at=LATER)
        bundle = export_task(w, task.id, read_file=files.get, by="x", at=LATER)
    (tmp_path / "b.zip").write_bytes(bundle)
    verify = [sys.executable, "-m", "models.evidence.verifier", str(tmp_path / "b.zip")]
    checked = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert checked.returncode == 1
    assert "is not of the Merkle root" in checked.stdout


def test_a_stamp_is_never_changed(store: Store, task: RectificationTask, authority: Authority) -> None:
    assert task
    stamp_days(store, authority, at=LATER)
    for change in ("UPDATE evidence_stamp SET authority = 'x'", "DELETE FROM evidence_stamp"):
        with pytest.raises(psycopg.Error), store.write() as w:
            w.raw.execute(change)


def test_an_authority_of_somebody_else_is_refused(authority: Authority, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    foreign = Authority.of(StampSettings(url=authority.url, ca_file=make_authority(other)))
    assert foreign is not None
    with pytest.raises(StampRefused, match="signature"):
        foreign.stamp("0" * 64)


def test_an_old_timestamp_does_not_count_again(authority: Authority, tmp_path: Path) -> None:
    authority.stamp("0" * 64)
    old = (tmp_path / "tsa" / "reply.tsr").read_bytes()

    class Replay(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            send(self, old)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with answering(Replay) as url, pytest.raises(StampRefused, match="old one"):
        Authority(url).stamp("0" * 64)


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 200), (b"\x30\x03\x02\x01\x00", 200), (b"no", 500), (b"x" * 100_000, 200), (b"", 302)]
)
def test_an_authority_that_answers_nonsense_leaves_the_day_waiting(
    store: Store, task: RectificationTask, body: bytes, status: int
) -> None:
    class Nonsense(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            send(self, body, status=status)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    assert task
    with answering(Nonsense) as url, pytest.raises(StampRefused):
        stamp_days(store, Authority(url), at=LATER)
    with store.read() as r:
        assert sealing.unstamped_total(r) == 1


def test_an_authority_that_is_away_says_so_without_its_address() -> None:
    with pytest.raises(StampRefused, match="not reachable") as error:
        Authority("http://user:geheim@127.0.0.1:9/").stamp("0" * 64)
    assert "geheim" not in str(error.value)
