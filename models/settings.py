"""Settings that every role shares; each is an environment variable `MINGCHU_…`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    evidence_dir: Path = Field(description="Folder of the evidence store")
    metrics_port: int | None = Field(
        default=None, description="Prometheus metrics of this role on 127.0.0.1 at this port; none if empty"
    )
    log_level: str = Field(default="info", description="debug, info, warning or error")

    def mqtt_password(self) -> str | None:
        """The secret from its file."""
        if self.mqtt_password_file is None:
            return None
        return self.mqtt_password_file.read_text(encoding="utf-8").strip()
