"""Certificates of our own authority: what they name, when they are renewed, who may read the keys."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.embedded.errors import EmbeddedError
from deploy.tls import RENEW_BEFORE, SERVER_LIFE, TlsFiles, ensure, issued, names_of

AT = datetime(2026, 11, 29, tzinfo=UTC)
NAMES = ("kitchens.example.cn", "192.0.2.7", "::1")


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    return TlsFiles(tmp_path / "tls")


def test_a_certificate_names_the_machine_and_is_signed_by_the_authority(files: TlsFiles) -> None:
    made = ensure(files, NAMES, at=AT)
    assert (made.is_new, made.names, made.until) == (True, NAMES, AT + SERVER_LIFE)
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    server = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    server.verify_directly_issued_by(authority)
    assert isinstance(authority.public_key(), ec.EllipticCurvePublicKey)
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not server.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_keys_are_for_their_owner_alone(files: TlsFiles) -> None:
    ensure(files, NAMES, at=AT)
    for path in (files.key, files.authority_key):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_still_holds_is_kept(files: TlsFiles) -> None:
    ensure(files, NAMES, at=AT)
    before = files.certificate.read_bytes()
    assert not ensure(files, NAMES[:1], at=AT + timedelta(days=100)).is_new
    assert files.certificate.read_bytes() == before


@pytest.mark.parametrize(
    ("names", "at"),
    [((*NAMES, "other.example.cn"), AT), (NAMES, AT + SERVER_LIFE - RENEW_BEFORE + timedelta(hours=1))],
    ids=["a new name", "it ends soon"],
)
def test_a_new_certificate_needs_no_new_trust(files: TlsFiles, names: tuple[str, ...], at: datetime) -> None:
    ensure(files, NAMES, at=AT)
    authority = files.authority.read_bytes()
    assert ensure(files, names, at=at).is_new
    assert files.authority.read_bytes() == authority
    x509.load_pem_x509_certificate(files.certificate.read_bytes()).verify_directly_issued_by(
        x509.load_pem_x509_certificate(authority)
    )


@pytest.mark.parametrize("name", ["", "https://a.cn", "a b", "a/../b", "厨房", "a..b"])
def test_what_is_no_name_is_refused(files: TlsFiles, name: str) -> None:
    with pytest.raises(EmbeddedError, match="is no name or address"):
        ensure(files, (name,), at=AT)
    assert not files.folder.exists()


def test_a_damaged_file_is_named_and_not_overwritten(files: TlsFiles) -> None:
    ensure(files, NAMES, at=AT)
    files.authority_key.write_text("no key")
    with pytest.raises(EmbeddedError, match=r"ca-key\.pem is no certificate or key of ours"):
        ensure(files, ("other.example.cn",), at=AT)
    assert issued(files) is not None


def test_wildcards_are_no_names() -> None:
    found = names_of("::", "192.0.2.7")
    assert "::" not in found
    assert {"192.0.2.7", "localhost", "127.0.0.1", "::1"} <= set(found)
