"""Settings that every role shares; each is an environment variable `MINGCHU_…`."""

from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.base.errors import Invalid


class PlatformSettings(BaseSettings):
    """Where the platform's parts are."""

    model_config = SettingsConfigDict(env_prefix="MINGCHU_", frozen=True, extra="ignore")

    database_url: str = Field(description="PostgreSQL or TimescaleDB, as a libpq URI or conninfo")
    mqtt_url: str = Field(
        default="mqtt://127.0.0.1:1883",
        description="The broker, `mqtt://host:port` or `mqtts://host:port`; no user or secret in it",
    )
    mqtt_username: str | None = Field(default=None, description="The role's user at the broker")
    mqtt_password_file: Path | None = Field(default=None, description="File that holds the role's secret at the broker")
    mqtt_ids_bound: bool = Field(
        default=False,
        description="The broker binds client ids to users, so that no node can take a role's; else the roles' client "
        "ids are made unguessable",
    )
    evidence_dir: Path | None = Field(default=None, description="Folder of the evidence store (vision, alerts and api)")
    evidence_store: str | None = Field(
        default=None,
        description="S3-compatible store instead of the folder, `s3://bucket/prefix`; keys come by AWS_… variables",
    )
    public_url: str = Field(
        default="http://127.0.0.1:8080",
        description="How nodes (clips) and platforms (feed) reach the API, `http(s)://host[:port]` (ingest, api)",
    )
    metrics_port: int | None = Field(
        default=None, description="Prometheus metrics of this role on 127.0.0.1 at this port; none if empty"
    )
    log_level: str = Field(default="info", description="debug, info, warning or error")

    @classmethod
    def read(cls) -> Self:
        """Read the environment.

        Raises:
            Invalid: a setting is missing or wrong; says which and what it means.
        """
        try:
            return cls()
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            name = str(first["loc"][0])
            meaning = cls.model_fields[name].description
            raise Invalid(f"MINGCHU_{name.upper()}: {first['msg']} — {meaning}") from None

    def mqtt_password(self) -> str | None:
        """The secret from its file."""
        if self.mqtt_password_file is None:
            return None
        return self.mqtt_password_file.read_text(encoding="utf-8").strip()
