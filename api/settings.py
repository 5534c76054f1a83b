"""Settings of the API; each is an environment variable `MINGCHU_API_…`."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.access.throttle import Pace, Paces


class ApiSettings(BaseSettings):
    """Limits and lifetimes of the API."""

    model_config = SettingsConfigDict(env_prefix="MINGCHU_API_", frozen=True, extra="ignore")

    session_life: timedelta = Field(default=timedelta(hours=12), description="How long a log-in lasts")
    secure_cookies: bool = Field(default=False, description="Send cookies over https only; set it behind TLS")
    tls_cert_file: Path | None = Field(
        default=None, description="Certificate chain (PEM) with which the API speaks TLS itself, without a proxy"
    )
    tls_key_file: Path | None = Field(default=None, description="Key (PEM) of that certificate")
    login_tries: int = Field(
        default=10, ge=1, description="Wrong passwords for one name from one address without a wait in between"
    )
    login_pace: timedelta = Field(
        default=timedelta(seconds=5), description="After those, the time between two attempts; earlier attempts wait"
    )
    max_upload_bytes: int = Field(default=8 * 1024 * 1024, description="Largest photo, and largest piece of a clip")
    photos_per_task: int = Field(default=30, ge=1, description="Most photos of one task")
    photos_per_day: int = Field(default=300, ge=1, description="Most photos of one enterprise within a day")
    max_clip_bytes: int = Field(default=64 * 1024 * 1024, description="Largest clip, summed over its pieces")
    max_json_bytes: int = Field(default=256 * 1024, ge=1024, description="Largest JSON body")
    body_idle: timedelta = Field(
        default=timedelta(seconds=15),
        description="Longest pause within a body; the API refuses a request that pauses longer",
    )
    headers_within: timedelta = Field(
        default=timedelta(seconds=10), description="Longest time for the head of a request to arrive"
    )
    unread_within: timedelta = Field(
        default=timedelta(seconds=60),
        description="Longest time a client may leave an answer unread; then the API cuts the connection",
    )
    max_connections: int = Field(
        default=1000, ge=10, description="Most connections at the same time; further requests are answered 503"
    )
    max_connections_per_source: int = Field(
        default=256, ge=4, description="Most connections from one address at the same time, except from this machine"
    )
    look_at_loopback: bool = Field(
        default=False, description="Allow testing cameras on this machine itself (for tests and demonstrations)"
    )
    max_waiters: int = Field(
        default=500, ge=1, description="Most long polls at the same time; further ones are answered at once"
    )

    bulletin_template: Path | None = Field(
        default=None, description="DOCX file of the office from which monthly bulletins are made, instead of ours"
    )

    identity_file: Path | None = Field(
        default=None, description="TOML file with the identity providers by which people may sign on (docs/IDENTITY.md)"
    )

    def paces(self) -> Paces:
        """Return how fast passwords may be tried."""
        every_s = self.login_pace.total_seconds()
        return Paces(
            account_here=Pace(burst=self.login_tries, every_s=every_s),
            address=Pace(burst=self.login_tries * 10, every_s=every_s / 50),
            account=Pace(burst=self.login_tries * 3, every_s=every_s / 5),
        )
