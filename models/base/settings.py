"""Settings that every role shares; each is an environment variable `MINGCHU_…`."""

from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.base.errors import Invalid


class PlatformSettings(BaseSettings):
    """Addresses and files of the platform's parts."""

    model_config = SettingsConfigDict(env_prefix="MINGCHU_", frozen=True, extra="ignore")

    database_url: str = Field(description="PostgreSQL or TimescaleDB, as a libpq URI or conninfo")
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
    public_url: str = Field(
        default="http://127.0.0.1:8080",
        description="Address at which nodes upload clips and platforms pull the feed, `http(s)://host[:port][/path]` "
        "(ingest, api)",
    )
    metrics_port: int | None = Field(
        default=None, description="Port on 127.0.0.1 for the Prometheus metrics of this role; no metrics if empty"
    )
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
            return cls()
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            name = str(first["loc"][0])
            meaning = cls.model_fields[name].description
            raise Invalid(f"MINGCHU_{name.upper()}: {first['msg']} — {meaning}") from None

    def mqtt_password(self) -> str | None:
        """Read the broker password from its file; None if no file is set."""
        if self.mqtt_password_file is None:
            return None
        return self.mqtt_password_file.read_text(encoding="utf-8").strip()
