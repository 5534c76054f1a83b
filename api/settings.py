"""Settings of the API; each is an environment variable `MINGCHU_API_…`."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.access.throttle import Pace, Paces


class ApiSettings(BaseSettings):
    """How the API behaves."""

    model_config = SettingsConfigDict(env_prefix="MINGCHU_API_", frozen=True, extra="ignore")

    session_life: timedelta = Field(default=timedelta(hours=12), description="How long a log-in lasts")
    secure_cookies: bool = Field(default=False, description="Send cookies over https only; set it behind TLS")
    login_tries: int = Field(default=10, ge=1, description="Wrong passwords of one name from one address at once")
    login_pace: timedelta = Field(
        default=timedelta(seconds=5), description="From then on one try in this time; who comes earlier waits"
    )
    max_upload_bytes: int = Field(default=8 * 1024 * 1024, description="Largest photo")
    photos_per_task: int = Field(default=30, ge=1, description="Photos of one task")
    photos_per_day: int = Field(default=300, ge=1, description="Photos of one enterprise within a day")
    max_clip_bytes: int = Field(default=64 * 1024 * 1024, description="Largest clip, over all its pieces")
    max_json_bytes: int = Field(default=256 * 1024, ge=1024, description="Largest JSON body")
    body_idle: timedelta = Field(
        default=timedelta(seconds=15), description="How long a body may pause before its request is refused"
    )
    headers_within: timedelta = Field(
        default=timedelta(seconds=10), description="How long the head of a request may take to come"
    )
    unread_within: timedelta = Field(
        default=timedelta(seconds=60), description="How long an answer may lie unread before the connection is cut"
    )
    max_connections: int = Field(default=1000, ge=10, description="Connections at the same time; more are answered 503")
    max_connections_per_source: int = Field(
        default=256, ge=4, description="Connections of one address at the same time, but for this machine's own"
    )
    look_at_loopback: bool = Field(
        default=False, description="Let cameras on this machine itself be looked at (for tests and demonstrations)"
    )
    max_waiters: int = Field(default=500, ge=1, description="Long polls at the same time; more are answered at once")

    def paces(self) -> Paces:
        """How fast passwords may be tried."""
        every_s = self.login_pace.total_seconds()
        return Paces(
            account_here=Pace(burst=self.login_tries, every_s=every_s),
            address=Pace(burst=self.login_tries * 10, every_s=every_s / 50),
            account=Pace(burst=self.login_tries * 3, every_s=every_s / 5),
        )
