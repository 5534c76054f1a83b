"""Storage of users, sessions, API keys and stored answers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from models.base.errors import InProgress, NotFound
from models.base.sealed import secret_box
from models.domain.access import ApiKey, User
from models.store.connect import Read, Write
from models.store.registry import named

MOST_DEVICES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A session: its beginning and end, and the client address of the log-in."""

    created_at: datetime
    expires_at: datetime
    address: str


def add_user(w: Write, user: User) -> None:
    """Register a user."""
    with named(f"user {user.login!r}"):
        w.run("access", "add_user", asdict(user))


def user_by_login(r: Read, login: str) -> User | None:
    """Return the user with a log-in name; None if there is none."""
    return r.one(User, "access", "user_by_login", {"login": login})


def set_password(w: Write, *, login: str, password_hash: str) -> None:
    """Change a user's password and end all sessions of the user."""
    if not w.run("access", "set_password", {"login": login, "password_hash": password_hash}):
        raise NotFound(f"no user {login!r}")
    end_sessions_of(w, login=login)


def user_of_session(r: Read, *, token_sha256: str, at: datetime, half: bool = False) -> User | None:
    """Return the user of a session; None if the session is unknown or expired.

    `half` asks for sessions that still wait for the second factor, which are good for nothing else.
    """
    return r.one(User, "access", "user_of_session", {"token_sha256": token_sha256, "at": at, "half": half})


def csrf_of_session(r: Read, *, token_sha256: str, at: datetime) -> str | None:
    """Return the CSRF token of a session."""
    found = r.value("access", "csrf_of_session", {"token_sha256": token_sha256, "at": at})
    return None if found is None else str(found)


def add_session(
    w: Write,
    *,
    token_sha256: str,
    user_id: UUID,
    csrf_token: str,
    at: datetime,
    expires_at: datetime,
    address: str = "",
    half: bool = False,
) -> None:
    """Store a user's new session; a `half` one still waits for the second factor."""
    w.run(
        "access",
        "add_session",
        {
            "token_sha256": token_sha256,
            "user_id": user_id,
            "csrf_token": csrf_token,
            "at": at,
            "expires_at": expires_at,
            "address": address,
            "half": half,
        },
    )


def end_session(w: Write, *, token_sha256: str) -> None:
    """End a session."""
    w.run("access", "end_session", {"token_sha256": token_sha256})


def knows_device(r: Read, *, login: str, token_sha256: str) -> bool:
    """Return whether an account has logged in from this browser before."""
    return bool(r.value("access", "knows_device", {"login": login, "token_sha256": token_sha256}))


def remember_device(w: Write, *, user_id: UUID, token_sha256: str, at: datetime) -> None:
    """Remember a browser from which an account logged in; the last `MOST_DEVICES` of an account are kept."""
    w.run("access", "remember_device", {"user_id": user_id, "token_sha256": token_sha256, "at": at})
    w.run("access", "forget_devices", {"user_id": user_id, "keep": MOST_DEVICES})


def users(r: Read) -> list[User]:
    """Return all users, disabled ones included."""
    return r.all(User, "access", "users")


def disable_user(w: Write, *, login: str, at: datetime) -> None:
    """Disable a user's log-in and end the user's sessions."""
    if not w.run("access", "set_disabled", {"login": login, "at": at}):
        raise NotFound(f"no user {login!r}")
    end_sessions_of(w, login=login)


def enable_user(w: Write, *, login: str) -> None:
    """Let a user log in again."""
    if not w.run("access", "set_disabled", {"login": login, "at": None}):
        raise NotFound(f"no user {login!r}")


def sessions_of(r: Read, *, login: str, at: datetime) -> list[SessionRow]:
    """Return the unexpired sessions of a user, the newest first."""
    return r.all(SessionRow, "access", "sessions_of", {"login": login, "at": at})


def end_sessions_of(w: Write, *, login: str) -> int:
    """End all sessions of a user and forget the user's browsers; return how many sessions ended."""
    w.run("access", "forget_devices_of", {"login": login})
    return w.run("access", "end_sessions_of", {"login": login})


def add_key(w: Write, key: ApiKey) -> None:
    """Register an API key."""
    with named(f"key {key.prefix!r}"):
        w.run("access", "add_key", asdict(key))


def key(r: Read, *, prefix: str, at: datetime) -> ApiKey | None:
    """Return a valid API key; None if it is unknown, revoked or expired."""
    return r.one(ApiKey, "access", "key", {"prefix": prefix, "at": at})


def revoke_key(w: Write, *, prefix: str, at: datetime) -> None:
    """Revoke an API key."""
    if not w.run("access", "revoke_key", {"prefix": prefix, "at": at}):
        raise NotFound(f"no key {prefix!r} that is not revoked")


def claim_idempotency(w: Write, *, principal: str, key: str, request_sha256: str, at: datetime) -> bool:
    """Claim the key of a creating request in the transaction of its act; return False if it has an answer already.

    Raises:
        InProgress: another transaction holds the key and does not end within two seconds.
    """
    params = {"principal": principal, "key": key, "request_sha256": request_sha256, "at": at}
    w.value("access", "ask_as", {"principal": principal})
    try:
        claimed = w.run("access", "claim_idempotency", params)
    except psycopg.errors.LockNotAvailable:
        raise InProgress from None
    w.value("access", "stop_waiting")
    return bool(claimed)


def idempotent_answer(r: Read, *, principal: str, key: str) -> tuple[str, int, bytes, dict[str, str]] | None:
    """Return (request sha256, status, body, headers) of an answered key; call it after a failed claim."""
    rows = r.tuples("access", "idempotent_answer", {"principal": principal, "key": key})
    if not rows:
        return None
    digest, status, body, headers = rows[0]
    return digest, status, b"" if body is None else secret_box().unseal(bytes(body).decode()).encode(), headers


def keep_answer(w: Write, *, principal: str, key: str, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    """Store the answer to a creating request."""
    # An answer may show a new secret.
    sealed = secret_box().seal(body.decode()).encode()
    params = {"principal": principal, "key": key, "status": status, "body": sealed, "headers": Jsonb(dict(headers))}
    w.run("access", "keep_answer", params)


def forget_old(w: Write, *, at: datetime, answers_before: datetime) -> None:
    """Delete expired sessions, and answers older than `answers_before`."""
    w.run("access", "forget_sessions", {"at": at})
    w.run("access", "forget_answers", {"before": answers_before})
