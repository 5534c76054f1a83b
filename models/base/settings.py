"""Settings that every role shares; each is an environment variable `MINGCHU_…`."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import quote

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.base.errors import Invalid


def with_password(url: str, file: Path | None) -> str:
    """Return a libpq URI or conninfo with the password that a file holds; unchanged without a file.

    Raises:
        Invalid: the file can't be read, or the URL has a password already.
    """
    if file is None:
        return url
    if "password=" in url or re.match(r"postgres(ql)?://[^/@]*:[^/@]+@", url):
        raise Invalid("MINGCHU_DATABASE_PASSWORD_FILE: expected none, because the URL has a password")
    try:
        password = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"MINGCHU_DATABASE_PASSWORD_FILE: {type(error).__name__} at {file}") from None
    if url.startswith(("postgresql://", "postgres://")):
        return f"{url}{'&' if '?' in url else '?'}password={quote(password, safe='')}"
    escaped = password.replace("\\", r"\\").replace("'", r"\'")
    return f"{url} password='{escaped}'"


def database_url_in(environment: Mapping[str, str]) -> str | None:
    """Return the database in an environment, past a pooler and with the password of its file; None if it has none.

    Raises:
        Invalid: see `with_password`.
    """
    url = environment.get("MINGCHU_DATABASE_DIRECT_URL") or environment.get("MINGCHU_DATABASE_URL")
    file = environment.get("MINGCHU_DATABASE_PASSWORD_FILE")
    return with_password(url, Path(file) if file else None) if url else None


class PlatformSettings(BaseSettings):
    """Addresses and files of the platform's parts."""

    model_config = SettingsConfigDict(env_prefix="MINGCHU_", frozen=True, extra="ignore")

    database_url: str = Field(description="PostgreSQL or TimescaleDB, as a libpq URI or conninfo")
    database_password_file: Path | None = Field(
        default=None, description="File with the password at the database, where the URL has none; not for `up`"
    )
    database_pooled: bool = Field(
        default=False, description="Whether the address of the database leads through pgbouncer in transaction mode"
    )
    database_direct_url: str | None = Field(
        default=None, description="Address of the database past the pooler, for notifications and commands"
    )
    mqtt_url: str = Field(
        default="mqtt://127.0.0.1:1883",
        description="Address of the broker, `mqtt://host:port` or `mqtts://host:port`, without user or secret; for "
        "ingest and vision of several brokers, with commas between",
    )
    mqtt_username: str | None = Field(default=None, description="User name of the role at the broker")
    mqtt_password_file: Path | None = Field(default=None, description="File with the role's password at the broker")
    mqtt_ids_bound: bool = Field(
        default=False,
        description="Whether the broker binds client ids to users, so that no node can use a role's client id; if not, "
        "the roles use client ids that nobody can guess",
    )
    evidence_dir: Path | None = Field(default=None, description="Folder of the evidence store (vision, alerts, api)")
    evidence_store: str | None = Field(
        default=None,
        description="S3-compatible store instead of the folder, `s3://bucket/prefix`; AWS_… variables set its keys",
    )
    signing_key_file: Path | None = Field(
        default=None,
        description="File with the Ed25519 key (PEM) that signs the feed's daily digests; none: unsigned (alerts)",
    )
    ca_file: Path | None = Field(
        default=None,
        description="File with the certificate (PEM) of the authority by which roles and nodes check the broker "
        "and the API, instead of the public authorities (ingest, vision, api)",
    )
    public_url: str = Field(
        default="http://127.0.0.1:8080",
        description="Address at which nodes upload clips and platforms pull the feed, `http(s)://host[:port][/path]` "
        "(ingest, api)",
    )
    metrics_port: int | None = Field(
        default=None, description="Port for the Prometheus metrics of this role, and for probes; none if empty"
    )
    metrics_host: str = Field(default="127.0.0.1", description="Address at which the metrics port listens")
    log_level: str = Field(default="info", description="Lowest level of log lines: debug, info, warning or error")

    @property
    def direct_url(self) -> str:
        """The address of the database past a pooler."""
        return self.database_direct_url or self.database_url

    @classmethod
    def read(cls) -> Self:
        """Read the environment.

        Raises:
            Invalid: a setting is missing or wrong; the message names the setting and its meaning.
        """
        try:
            found = cls()
            urls = {"database_url": found.database_url, "database_direct_url": found.database_direct_url}
            file = found.database_password_file
            return found.model_copy(update={name: url and with_password(url, file) for name, url in urls.items()})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            name = str(first["loc"][0])
            meaning = cls.model_fields[name].description
            raise Invalid(f"MINGCHU_{name.upper()}: {first['msg']} — {meaning}") from None

    def authority(self) -> str | None:
        """Read the certificate of our own authority; None if no file is set."""
        return None if self.ca_file is None else self.ca_file.read_text(encoding="utf-8")

    def mqtt_password(self) -> str | None:
        """Read the broker password from its file; None if no file is set."""
        if self.mqtt_password_file is None:
            return None
        return self.mqtt_password_file.read_text(encoding="utf-8").strip()
