"""Load what a user sees of their own account."""

from dataclasses import dataclass
from datetime import datetime

from api.console.shell.words import ago, short
from models.domain.access import User
from models.store import Read, accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """A place where the user is logged in."""

    id: str
    since: str
    until: str
    address: str
    present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage:
    """The user's own account. `factor` is how long a second factor has been asked; empty: it is not."""

    login: str
    name: str
    factor: str
    has_password: bool
    sessions: tuple[SessionLine, ...]


def load_account(r: Read, user: User, *, present: str, now: datetime) -> AccountPage:
    """Return the values of the page; `present` is the digest of the session's token."""
    account = accounts.account(r, user.id)
    return AccountPage(
        login=user.login,
        name=user.name,
        factor="" if account.totp_since is None else ago(account.totp_since, now=now),
        has_password=account.provider is None,
        sessions=tuple(
            SessionLine(
                id=str(line.id),
                since=short(line.created_at),
                until=short(line.expires_at),
                address=line.address or "未知",
                present=line.present,
            )
            for line in accounts.sessions(r, user.id, at=now, present=present)
        ),
    )
