"""Storage of users, sessions, API keys and remembered answers."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from models.access import ApiKey, User
from models.errors import InProgress, NotFound
from models.store.connect import Read, Write
from models.store.registry import named


def add_user(w: Write, user: User) -> None:
    """Register a user."""
    with named(f"user {user.login!r}"):
        w.run("access", "add_user", asdict(user))


def user_by_login(r: Read, login: str) -> User | None:
    """Who wants to log in."""
    return r.one(User, "access", "user_by_login", {"login": login})


def set_password(w: Write, *, login: str, password_hash: str) -> None:
    """Give a user another password."""
    if not w.run("access", "set_password", {"login": login, "password_hash": password_hash}):
        raise NotFound(f"no user {login!r}")


def user_of_session(r: Read, *, token_sha256: str, at: datetime) -> User | None:
    """Who is behind a session."""
    return r.one(User, "access", "user_of_session", {"token_sha256": token_sha256, "at": at})


def csrf_of_session(r: Read, *, token_sha256: str, at: datetime) -> str | None:
    """The CSRF token of a session."""
    found = r.value("access", "csrf_of_session", {"token_sha256": token_sha256, "at": at})
    return None if found is None else str(found)


def add_session(
    w: Write, *, token_sha256: str, user_id: UUID, csrf_token: str, at: datetime, expires_at: datetime
) -> None:
    """A user is logged in."""
    w.run(
        "access",
        "add_session",
        {
            "token_sha256": token_sha256,
            "user_id": user_id,
            "csrf_token": csrf_token,
            "at": at,
            "expires_at": expires_at,
        },
    )


def end_session(w: Write, *, token_sha256: str) -> None:
    """A user logs out."""
    w.run("access", "end_session", {"token_sha256": token_sha256})


def add_failure(w: Write, *, login: str, at: datetime) -> None:
    """A log-in failed."""
    w.run("access", "add_failure", {"login": login, "at": at})


def failures(r: Read, *, login: str, since: datetime) -> int:
    """How often a log-in failed lately."""
    return int(r.value("access", "failures", {"login": login, "since": since}))


def forget_failures(w: Write, *, login: str, before: datetime) -> None:
    """A log-in worked, or failures are old."""
    w.run("access", "forget_failures", {"login": login, "before": before})


def add_key(w: Write, key: ApiKey) -> None:
    """Register an API key."""
    with named(f"key {key.prefix!r}"):
        w.run("access", "add_key", asdict(key))


def key(r: Read, *, prefix: str, at: datetime) -> ApiKey | None:
    """A key that is still good."""
    return r.one(ApiKey, "access", "key", {"prefix": prefix, "at": at})


def revoke_key(w: Write, *, prefix: str, at: datetime) -> None:
    """Take a key's access away."""
    if not w.run("access", "revoke_key", {"prefix": prefix, "at": at}):
        raise NotFound(f"no key {prefix!r} that is not revoked")


def claim_idempotency(w: Write, *, principal: str, key: str, request_sha256: str, at: datetime) -> bool:
    """Claim the key of a creating request in the transaction of its act; False when it was answered before.

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
    """(request sha256, status, body, headers) of a key that was answered; call it after a claim that failed."""
    rows = r.tuples("access", "idempotent_answer", {"principal": principal, "key": key})
    return (rows[0][0], rows[0][1], rows[0][2], rows[0][3]) if rows else None


def keep_answer(w: Write, *, principal: str, key: str, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    """Remember the answer to a creating request."""
    params = {"principal": principal, "key": key, "status": status, "body": body, "headers": Jsonb(dict(headers))}
    w.run("access", "keep_answer", params)


def forget_old(w: Write, *, at: datetime, answers_before: datetime) -> None:
    """Sessions that ran out, failed log-ins and answers that nobody asks for again."""
    w.run("access", "forget_old_failures", {"before": answers_before})
    w.run("access", "forget_sessions", {"at": at})
    w.run("access", "forget_answers", {"before": answers_before})
