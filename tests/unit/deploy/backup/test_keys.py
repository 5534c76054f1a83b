from pathlib import Path

import pytest

from deploy.backup.errors import BackupError
from deploy.backup.keys import passphrase_in, prints_of, put_keys, seal_keys, unseal_keys
from deploy.places import Places
from models.base.sealed import FILE

PASSPHRASE = b"correct horse battery"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (FILE, "MINGCHU_SIGNING_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_keys_come_back_as_they_were_and_nothing_else_is_written(tmp_path: Path) -> None:
    here, there = Places(tmp_path / "a"), Places(tmp_path / "b")
    here.prepare()
    here.tls.mkdir()
    (here.tls / "ca-key.pem").write_text("the authority that all nodes trust")
    sealed = seal_keys(here, PASSPHRASE)
    assert here.secret_key.read_bytes().strip() not in sealed
    found = unseal_keys(sealed, PASSPHRASE)
    names = put_keys(there, {**found, "../../evil": "x"})
    assert sorted(path.name for path in there.secrets.rglob("*") if path.is_file()) == sorted(names)
    assert (there.tls / "ca-key.pem").read_text() == "the authority that all nodes trust"
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}
    assert prints_of(there) == prints_of(here)
    there.secret_key.write_text("another one")
    assert put_keys(there, found) == [], "what is there stays"
    assert there.secret_key.read_text() == "another one"


def test_another_passphrase_or_a_changed_byte_opens_nothing(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.prepare()
    sealed = bytearray(seal_keys(places, PASSPHRASE))
    for passphrase, change in ((b"correct horse batterY", False), (PASSPHRASE, True)):
        sealed[-20] ^= change
        with pytest.raises(BackupError) as refused:
            unseal_keys(bytes(sealed), passphrase)
        assert refused.value.code == "passphrase_wrong"


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("geheim\n")
    with pytest.raises(BackupError, match="6 bytes, expected 12 or more"):
        passphrase_in(tmp_path / "p")
