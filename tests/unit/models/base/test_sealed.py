"""Secrets at rest: encrypted with the first key, readable with every key, honest without."""

import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from models.base import sealed
from models.base.errors import Invalid
from models.base.sealed import FILE, KEYS, MARK, SecretBox, add_key, keys_of, make_keys, secret_box

SECRET = "whsec_geheim"


def test_a_sealed_secret_shows_nothing_and_comes_back() -> None:
    box = SecretBox((Fernet.generate_key().decode(),))
    stored = box.seal(SECRET)
    assert stored.startswith(MARK)
    assert SECRET not in stored
    assert box.unseal(stored) == SECRET
    assert box.is_current(stored)


def test_without_a_key_secrets_are_stored_and_read_as_they_are() -> None:
    box = SecretBox(())
    assert not box.locked
    assert box.unseal(box.seal(SECRET)) == SECRET


def test_the_first_key_encrypts_and_the_others_still_decrypt() -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    stored = SecretBox((old,)).seal(SECRET)
    both = SecretBox((new, old))
    assert not both.is_current(stored)
    renewed = both.renewed(stored)
    assert SecretBox((new,)).unseal(renewed) == SECRET


@pytest.mark.parametrize("keys", [(), (Fernet.generate_key().decode(),)], ids=["no key", "another key"])
def test_a_secret_that_no_key_decrypts_says_which_setting_is_wrong(keys: tuple[str, ...]) -> None:
    stored = SecretBox((Fernet.generate_key().decode(),)).seal(SECRET)
    with pytest.raises(Invalid, match=FILE) as error:
        SecretBox(keys).unseal(stored)
    assert stored not in str(error.value)


@pytest.mark.parametrize("text", ["", "short", "x" * 44 + "\nß"])
def test_a_file_without_good_keys_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as error:
        SecretBox(keys_of({FILE: str(path)}))
    assert "short" not in str(error.value)


def test_the_file_is_private_and_a_new_key_counts_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keys"
    monkeypatch.delenv(KEYS, raising=False)
    monkeypatch.setenv(FILE, str(path))
    make_keys(path)
    assert path.stat().st_mode & 0o777 == 0o600
    before = secret_box().seal(SECRET)
    add_key(path)
    os.utime(path, ns=(1, 1))  # file systems with coarse times
    assert not secret_box().is_current(before)
    assert secret_box().unseal(before) == SECRET
    add_key(path)
    add_key(path)
    assert len(path.read_text().split()) == 3
    sealed.make_keys(path)
    assert len(path.read_text().split()) == 3
