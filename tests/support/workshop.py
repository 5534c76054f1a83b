"""A workshop that records its requests. Tests with a real camera use the real one."""

from dataclasses import dataclass, field

from api.onboarding import Look

NOTHING = dict.fromkeys(
    ("codec", "width", "height", "fps", "key_interval_s", "bitrate_kbps", "first_frame_s", "clock_skew_s")
)


@dataclass
class Bench:
    """A workshop that records its requests; the browser test uses the real one."""

    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    broker_url: str = "mqtt://192.0.2.1:1883"
    authority: str | None = None
    secrets: int = 0
    snapshot: bytes = b"\xff\xd8jpeg"

    def look_at(self, url: str, username: str | None, password: str | None) -> Look:
        self.asked.append((url, username, password))
        found = {"reachable": True, "accepted": False, "reason": "wrong_password", "detail": "401", **NOTHING}
        return Look(found=found, advice=(("密码错误", "wrong password"),), snapshot=self.snapshot)

    kept: dict[str, str] = field(default_factory=dict)

    def new_secret(self) -> tuple[str, str]:
        self.secrets += 1
        return f"secret-{self.secrets}", f"$7$1$AA==${self.secrets:04d}"

    def keep_secret(self, node_id: str, secret: str) -> None:
        self.kept[node_id] = secret
