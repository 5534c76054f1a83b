"""Storage of users, invitations, second factors and keys as those who manage them see them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from models.base.errors import NotFound
from models.base.sealed import secret_box
from models.catalogue.terms import Role
from models.domain.access import Account, ApiKey, Invitation, KeyRow, Rights, SecondFactor, User
from models.store.connect import Read, Write
from models.store.registry import named

NO_PASSWORD = "!"  # noqa: S105 - the hash that no password has
_NONE_PRESENT = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """A session of a user; `present` marks the one that asks."""

    id: UUID
    created_at: datetime
    expires_at: datetime
    address: str
    present: bool


def accounts(r: Read, *, after: UUID | None, role: Role | None = None, text: str = "", limit: int) -> list[Account]:
    """Return a page of the users of the scope; `text` is a part of a log-in or a name."""
    params = {"after": after, "role": role, "text": text, "limit": limit}
    return r.all(Account, "accounts", "page", params)


def account(r: Read, user_id: UUID) -> Account:
    """Return one user of the scope.

    Raises:
        NotFound: there is none.
    """
    return _found(r.one(Account, "accounts", "account", {"id": user_id}), user_id)


def locked(w: Write, user_id: UUID) -> Account:
    """Return one user of the scope and keep others from changing it meanwhile.

    Raises:
        NotFound: there is none.
    """
    return _found(w.one(Account, "accounts", "lock_account", {"id": user_id}), user_id)


def change(w: Write, user_id: UUID, *, name: str, rights: Rights) -> Account:
    """Change what a user is called and may do."""
    params = {"id": user_id, "name": name, **asdict(rights)}
    with named("user"):
        return _found(w.one(Account, "accounts", "change", params), user_id)


def by_subject(r: Read, *, provider: str, subject: str) -> User | None:
    """Return the user for whom a sign-on provider vouches, disabled or not."""
    return r.one(User, "accounts", "by_subject", {"provider": provider, "subject": subject})


def names(r: Read, logins: Iterable[str]) -> dict[str, str]:
    """Return log-in → name, of those whose accounts the reader may see."""
    wanted = sorted(set(logins))
    return dict(r.tuples("accounts", "names", {"logins": wanted})) if wanted else {}


def login_taken(r: Read, login: str) -> bool:
    """Return whether somebody has a log-in, disabled or not."""
    return bool(r.value("accounts", "login_taken", {"login": login}))


def add_by_provider(w: Write, user: User, *, provider: str, subject: str) -> None:
    """Register a user for whom a sign-on provider vouches."""
    with named(f"user {user.login!r}"):
        w.run("accounts", "add_by_provider", {**asdict(user), "provider": provider, "subject": subject})


def set_ended(w: Write, user_id: UUID, *, at: datetime | None) -> Account:
    """Disable a user from a moment on and log them out; None enables the user."""
    if at is not None:
        end_sessions(w, user_id)
        w.run("accounts", "withdraw", {"user_id": user_id})
    return _found(w.one(Account, "accounts", "set_ended", {"id": user_id, "at": at}), user_id)


def set_hash(w: Write, user_id: UUID, password_hash: str) -> None:
    """Store the hash of a new password; `NO_PASSWORD` fits none."""
    w.run("accounts", "set_hash", {"id": user_id, "password_hash": password_hash})


def factor(r: Read, user_id: UUID) -> SecondFactor:
    """Return a user's second factor, with its secret in clear."""
    found = r.one(SecondFactor, "accounts", "factor", {"id": user_id})
    if found is None:
        raise NotFound("no such user")
    secret = None if found.secret is None else secret_box().unseal(found.secret)
    return SecondFactor(secret=secret, since=found.since, step=found.step)


def propose_factor(w: Write, user_id: UUID, *, secret: str) -> bool:
    """Store a second factor that the user has yet to confirm; False if one is asked already."""
    return w.run("accounts", "propose_factor", {"id": user_id, "secret": secret_box().seal(secret)}) > 0


def confirm_factor(w: Write, user_id: UUID, *, at: datetime) -> bool:
    """Ask for the proposed second factor from now on; False without one, or if it is asked already."""
    return w.run("accounts", "confirm_factor", {"id": user_id, "at": at}) > 0


def drop_factor(w: Write, user_id: UUID) -> None:
    """Forget a user's second factor."""
    w.run("accounts", "drop_factor", {"id": user_id})


def use_step(w: Write, user_id: UUID, *, step: int) -> bool:
    """Use the code of a time step; False if it, or a later one, was used before."""
    return w.run("accounts", "use_step", {"id": user_id, "step": step}) > 0


def note_log_in(w: Write, user_id: UUID, *, at: datetime) -> None:
    """Note that a user logged in."""
    w.run("accounts", "note_log_in", {"id": user_id, "at": at})


def sessions(r: Read, user_id: UUID, *, at: datetime, present: str = _NONE_PRESENT) -> list[SessionLine]:
    """Return the unexpired sessions of a user, the newest first, at most 200; `present` is the digest of a token."""
    return r.all(SessionLine, "accounts", "sessions", {"user_id": user_id, "at": at, "present": present})


def end_session(w: Write, user_id: UUID, session_id: UUID) -> None:
    """End one session of a user.

    Raises:
        NotFound: the user has no such session.
    """
    if not w.run("accounts", "end_one_session", {"user_id": user_id, "id": session_id}):
        raise NotFound(f"no session {session_id}")


def end_sessions(w: Write, user_id: UUID, *, present: str = _NONE_PRESENT) -> int:
    """End the sessions of a user, except the present one, and forget the user's browsers; return how many ended."""
    w.run("accounts", "forget_browsers", {"user_id": user_id})
    return w.run("accounts", "end_sessions", {"user_id": user_id, "present": present})


def invite(
    w: Write, *, token_sha256: str, user_id: UUID | None, made_by: str, at: datetime, expires_at: datetime
) -> None:
    """Store an invitation in the place of an earlier one; without a user, the first administrator's."""
    w.run("accounts", "withdraw", {"user_id": user_id})
    params = {"token_sha256": token_sha256, "user_id": user_id, "made_by": made_by, "at": at, "expires_at": expires_at}
    w.run("accounts", "invite", params)


def invitation(r: Read, *, token_sha256: str, at: datetime) -> Invitation | None:
    """Return an invitation that is still good."""
    return r.one(Invitation, "accounts", "invitation", {"token_sha256": token_sha256, "at": at})


def accept(w: Write, *, token_sha256: str, at: datetime) -> bool:
    """Use an invitation; False if somebody was faster."""
    return w.run("accounts", "accept", {"token_sha256": token_sha256, "at": at}) > 0


def nobody_yet(r: Read) -> bool:
    """Return whether there is no user at all."""
    return bool(r.value("accounts", "nobody_yet"))


def only_tenant(r: Read) -> str | None:
    """Return the id of the only tenant; None if there are several or none."""
    found = r.value("accounts", "only_tenant")
    return None if found is None else str(found)


def found_tenant(w: Write, *, tenant_id: str, name: str) -> bool:
    """Make the first administrator's tenant; False if there are users."""
    return bool(w.value("accounts", "found", {"tenant_id": tenant_id, "name": name}))


def keys(r: Read, *, after: str, limit: int) -> list[KeyRow]:
    """Return a page of the keys of the scope."""
    return r.all(KeyRow, "accounts", "keys", {"after": after, "limit": limit})


def key_row(w: Write, prefix: str) -> KeyRow:
    """Return one key of the scope and keep others from changing it meanwhile.

    Raises:
        NotFound: there is none.
    """
    found = w.one(KeyRow, "accounts", "key_row", {"prefix": prefix})
    if found is None:
        raise NotFound(f"no key {prefix!r}")
    return found


def add_key(w: Write, new: ApiKey, *, made_by: str, at: datetime, follows: str | None = None) -> KeyRow:
    """Register a key; `follows` names the one that it replaces."""
    params = {
        "prefix": new.prefix,
        "secret_sha256": new.secret_sha256,
        "name": new.name,
        "role": new.role,
        "tenant_id": new.tenant_id,
        "region_prefix": new.region_prefix,
        "entity_id": new.entity_id,
        "group_id": new.group_id,
        "expires_at": new.expires_at,
        "made_by": made_by,
        "at": at,
        "follows": follows,
    }
    with named(f"key {new.name!r}"):
        added = w.one(KeyRow, "accounts", "add_key", params)
    if added is None:
        raise LookupError("an INSERT returned no row")
    return added


def end_key(w: Write, prefix: str, *, expires_at: datetime, revoked_at: datetime | None) -> KeyRow | None:
    """Let a key expire at a moment, or revoke it; None if it is revoked already."""
    params = {"prefix": prefix, "expires_at": expires_at, "revoked_at": revoked_at}
    return w.one(KeyRow, "accounts", "end_key", params)


def note_use(w: Write, prefix: str, *, at: datetime) -> None:
    """Note that a key was used; stored at most once a minute."""
    w.run("accounts", "note_use", {"prefix": prefix, "at": at})


def _found(row: Account | None, user_id: UUID) -> Account:
    if row is None:
        raise NotFound(f"no user {user_id}")
    return row
