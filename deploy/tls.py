"""Certificates of an authority of our own: one for the platform's doors, renewed in time, trusted by the nodes."""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.embedded.errors import EmbeddedError
from models.base.atomic import write_atomically

AUTHORITY_LIFE, SERVER_LIFE = timedelta(days=3650), timedelta(days=397)
"""Browsers refuse certificates of servers that hold longer than 398 days."""
RENEW_BEFORE = timedelta(days=30)
_LATE = timedelta(hours=1)
"""Clocks of nodes are behind at times: a certificate holds a little before it was made."""
_MOST_NAMES = 50


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The files of a folder: who reads `authority_key` can pretend to be the platform."""

    folder: Path

    @property
    def authority(self) -> Path:
        """Certificate of the authority, for nodes and browsers to trust."""
        return self.folder / "ca.pem"

    @property
    def authority_key(self) -> Path:
        """Key of the authority."""
        return self.folder / "ca-key.pem"

    @property
    def certificate(self) -> Path:
        """Certificate of the doors."""
        return self.folder / "server.pem"

    @property
    def key(self) -> Path:
        """Key of the doors."""
        return self.folder / "server-key.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What a certificate of the doors says."""

    names: tuple[str, ...]
    until: datetime
    is_new: bool


def names_of(host: str, public: str) -> tuple[str, ...]:
    """Return the names and addresses by which a machine is reached: those given, its own, and those of loopback."""
    own = (host, public, socket.getfqdn(), socket.gethostname(), "localhost", "127.0.0.1", "::1")
    return tuple(dict.fromkeys(name for name in own if name and name not in {"0.0.0.0", "::"}))  # noqa: S104 - left out


def ensure(files: TlsFiles, names: Sequence[str], *, at: datetime) -> Issued:
    """Return a certificate for these names: the one there is, or a new one if that lacks a name or ends soon.

    The authority is made once; a new certificate of the doors needs no new trust.

    Raises:
        EmbeddedError: `tls_name_refused`; `tls_unreadable`: a file is no certificate or key of ours.
    """
    _require_names(names)
    files.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not files.authority.exists() or not files.authority_key.exists():
        _make_authority(files, at=at)
    found = issued(files)
    if found is not None and set(names) <= set(found.names) and found.until > at + RENEW_BEFORE:
        return found
    return _issue(files, tuple(names), at=at)


def issued(files: TlsFiles) -> Issued | None:
    """Return what the certificate of the doors says; None without one.

    Raises:
        EmbeddedError: `tls_unreadable`.
    """
    if not files.certificate.exists() or not files.key.exists():
        return None
    found = _read(files.certificate)
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    texts = (*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress)))
    return Issued(names=texts, until=found.not_valid_after_utc, is_new=False)


def _make_authority(files: TlsFiles, *, at: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"mingchu {socket.gethostname()}"[:64])])
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        _builder(name, name, key.public_key(), life=AUTHORITY_LIFE, at=at)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    write_atomically(files.authority_key, _pem_of(key))
    write_atomically(files.authority, made.public_bytes(serialization.Encoding.PEM).decode())


def _issue(files: TlsFiles, names: tuple[str, ...], *, at: datetime) -> Issued:
    authority, authority_key = _read(files.authority), _read_key(files.authority_key)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    made = (
        _builder(subject, authority.subject, key.public_key(), life=SERVER_LIFE, at=at)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    write_atomically(files.key, _pem_of(key))
    write_atomically(files.certificate, made.public_bytes(serialization.Encoding.PEM).decode())
    return Issued(names=names, until=made.not_valid_after_utc, is_new=True)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, life: timedelta, at: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at.astimezone(UTC) - _LATE)
        .not_valid_after(at.astimezone(UTC) + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _require_names(names: Sequence[str]) -> None:
    if not 1 <= len(names) <= _MOST_NAMES:
        raise EmbeddedError("tls_name_refused", f"{len(names)} names: expected 1 to {_MOST_NAMES}", "Name the machine.")
    for name in names:
        try:
            _general(name)
        except ValueError:
            remedy = "Give names such as kitchens.example.cn and addresses such as 192.0.2.7, without scheme or port."
            raise EmbeddedError("tls_name_refused", f"{name!r} is no name or address of a machine", remedy) from None


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        labels = name.rstrip(".").split(".")
        if any(not label or not label.replace("-", "a").isalnum() or not label.isascii() for label in labels):
            raise
        return x509.DNSName(name)


def _read(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        raise _unreadable(path) from None


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        found = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        raise _unreadable(path) from None
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise _unreadable(path)
    return found


def _unreadable(path: Path) -> EmbeddedError:
    remedy = "Restore it from a backup, or move the folder away: `mingchu tls make` makes everything anew."
    return EmbeddedError("tls_unreadable", f"{path} is no certificate or key of ours", remedy)


def _pem_of(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
