"""Users and API keys: administrators manage those of their scope, regulators those below them."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from alerts.registry import accounts as rules
from api.access.credentials import make_api_key
from api.access.principal import Principal, Reviewer
from api.requests import (
    AppState,
    Cursor,
    IdempotencyKey,
    Limit,
    Reading,
    SeenVersion,
    creating,
    etag,
    page_of,
    plain_text,
    text_cursor,
    uuid_cursor,
)
from api.schemas.accounts import (
    EndedOut,
    InvitedOut,
    KeyIn,
    KeyOut,
    NewKeyOut,
    ResetIn,
    RotateKeyIn,
    SessionOut,
    UserChangeIn,
    UserIn,
    UserOut,
)
from api.schemas.common import Page
from api.state import App
from models.catalogue.terms import Role, label
from models.domain.access import Account, ApiKey, KeyRow, Rights
from models.store import Write, accounts

router = APIRouter(prefix="/v1", tags=["accounts"])
KeyPrefix = Annotated[str, Path(pattern=r"^[0-9a-f]{4,32}$")]


def user_out(user: Account) -> UserOut:
    """Return the user as the API shows it."""
    more = {"role_label": label(user.role), "second_factor": user.totp_since is not None}
    fields = {name: getattr(user, name) for name in UserOut.model_fields if hasattr(user, name)}
    return UserOut.model_validate({**fields, **more, "region_prefix": user.region_prefix})


def key_out(key: KeyRow) -> KeyOut:
    """Return the key as the API shows it."""
    fields = {name: getattr(key, name) for name in KeyOut.model_fields if hasattr(key, name)}
    return KeyOut.model_validate({**fields, "role_label": label(key.role), "region_prefix": key.region_prefix})


def link_of(app: App, token: str) -> str:
    """Return the address at which somebody sets a password. What follows `#` stays in the browser."""
    return f"{app.public_url}/console/welcome#{token}"


@router.get("/users", name="users")
def list_users(
    r: Reading,
    _: Reviewer,
    role: Role | None = None,
    text: Annotated[str, Query(max_length=64, description="a part of the log-in or the name")] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[UserOut]:
    """List the users of your scope, in the order in which they were made."""
    found = accounts.accounts(r, after=uuid_cursor(cursor), role=role, text=plain_text(text), limit=limit + 1)
    return page_of(found, limit=limit, out=user_out, cursor=lambda row: row.id)


@router.get("/users/{user_id}", name="user")
def one_user(r: Reading, _: Reviewer, response: Response, user_id: UUID) -> UserOut:
    """Return one user."""
    found = accounts.account(r, user_id)
    etag(response, found.version)
    return user_out(found)


@router.post("/users", response_model=InvitedOut, name="add_user")
def add_user(
    request: Request, app: AppState, principal: Reviewer, body: UserIn, key: IdempotencyKey = None
) -> Response:
    """Make a user. Send the person the link, at which they set a password."""

    def act(w: Write) -> InvitedOut:
        made, token = rules.add_user(
            w,
            login=body.login,
            name=body.name,
            rights=_rights(principal, body),
            person_id=body.person_id,
            by=principal.rights,
            actor=principal.name,
            at=app.clock.now(),
        )
        return InvitedOut(user=user_out(made), link=link_of(app, token))

    return creating(
        request, principal, key, body.model_dump_json().encode(), act, version=lambda made: made.user.version
    )


@router.post("/users/{user_id}/change", response_model=UserOut, name="change_user")
def change_user(
    request: Request,
    principal: Reviewer,
    user_id: UUID,
    version: SeenVersion,
    body: UserChangeIn,
    key: IdempotencyKey = None,
) -> Response:
    """Change what a user is called and may do."""

    def act(w: Write) -> UserOut:
        rights = _rights(principal, body)
        return user_out(
            rules.change_user(w, user_id, version=version, name=body.name, rights=rights, by=principal.rights)
        )

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=lambda made: made.version)


@router.post("/users/{user_id}/disable", response_model=UserOut, name="disable_user")
def disable_user(
    request: Request,
    app: AppState,
    principal: Reviewer,
    user_id: UUID,
    version: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """Disable a user and end the user's sessions at once."""

    def act(w: Write) -> UserOut:
        at = app.clock.now()
        ended = rules.end_user(w, user_id, version=version, by=principal.rights, actor=principal.name, at=at)
        return user_out(ended)

    return creating(request, principal, key, b"disable", act, version=lambda made: made.version)


@router.post("/users/{user_id}/enable", response_model=UserOut, name="enable_user")
def enable_user(
    request: Request, principal: Reviewer, user_id: UUID, version: SeenVersion, key: IdempotencyKey = None
) -> Response:
    """Let a disabled user log in again."""

    def act(w: Write) -> UserOut:
        return user_out(rules.enable_user(w, user_id, version=version, by=principal.rights))

    return creating(request, principal, key, b"enable", act, version=lambda made: made.version)


@router.post("/users/{user_id}/reset", response_model=InvitedOut, name="reset_user")
def reset_user(
    request: Request,
    app: AppState,
    principal: Reviewer,
    user_id: UUID,
    version: SeenVersion,
    body: ResetIn,
    key: IdempotencyKey = None,
) -> Response:
    """Take a user's password away and make a link for a new one. Nobody can do it for themselves."""

    def act(w: Write) -> InvitedOut:
        user, token = rules.reset_user(
            w,
            user_id,
            version=version,
            drop_factor=body.drop_second_factor,
            by=principal.rights,
            actor=principal.name,
            at=app.clock.now(),
        )
        return InvitedOut(user=user_out(user), link=link_of(app, token))

    return creating(
        request, principal, key, body.model_dump_json().encode(), act, version=lambda made: made.user.version
    )


@router.get("/users/{user_id}/sessions", name="user_sessions")
def user_sessions(r: Reading, app: AppState, principal: Reviewer, user_id: UUID) -> list[SessionOut]:
    """List where a user is logged in."""
    rules.require_managed(r, user_id, principal.rights)
    return [SessionOut.model_validate(line) for line in accounts.sessions(r, user_id, at=app.clock.now())]


@router.post("/users/{user_id}/sessions/end", response_model=EndedOut, name="end_user_sessions")
def end_user_sessions(request: Request, principal: Reviewer, user_id: UUID, key: IdempotencyKey = None) -> Response:
    """Log a user out everywhere."""

    def act(w: Write) -> EndedOut:
        rules.require_managed(w, user_id, principal.rights)
        return EndedOut(ended=accounts.end_sessions(w, user_id))

    return creating(request, principal, key, b"end sessions", act)


@router.get("/keys", name="keys")
def list_keys(r: Reading, _: Reviewer, cursor: Cursor = None, limit: Limit = 50) -> Page[KeyOut]:
    """List the API keys of your scope."""
    found = accounts.keys(r, after=text_cursor(cursor), limit=limit + 1)
    return page_of(found, limit=limit, out=key_out, cursor=lambda row: row.prefix)


@router.post("/keys", response_model=NewKeyOut, name="add_key")
def add_key(request: Request, app: AppState, principal: Reviewer, body: KeyIn, key: IdempotencyKey = None) -> Response:
    """Make an API key; its secret is shown this once."""
    prefix, digest, shown = make_api_key()
    rights, at = _rights(principal, body), app.clock.now()
    new = ApiKey(
        prefix=prefix,
        secret_sha256=digest,
        name=body.name,
        role=rights.role,
        tenant_id=rights.tenant_id,
        region_prefix=rights.region_prefix,
        entity_id=rights.entity_id,
        group_id=rights.group_id,
        expires_at=at + timedelta(days=body.days),
        revoked_at=None,
    )

    def act(w: Write) -> NewKeyOut:
        made = rules.add_key(w, new, by=principal.rights, actor=principal.name, at=at)
        return NewKeyOut(key=key_out(made), secret=shown)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/keys/{key_prefix}/rotate", response_model=NewKeyOut, name="rotate_key")
def rotate_key(
    request: Request,
    app: AppState,
    principal: Reviewer,
    key_prefix: KeyPrefix,
    body: RotateKeyIn,
    key: IdempotencyKey = None,
) -> Response:
    """Put a new key in the place of one, which goes on working for the overlap."""
    prefix, digest, shown = make_api_key()
    at = app.clock.now()
    fresh = ApiKey(
        prefix=prefix,
        secret_sha256=digest,
        name="",
        role=Role.platform,
        tenant_id=principal.tenant,
        region_prefix=None,
        entity_id=None,
        expires_at=at,
        revoked_at=None,
    )

    def act(w: Write) -> NewKeyOut:
        made = rules.rotate_key(
            w,
            key_prefix,
            fresh,
            overlap=timedelta(hours=body.overlap_hours),
            by=principal.rights,
            actor=principal.name,
            at=at,
        )
        return NewKeyOut(key=key_out(made), secret=shown)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/keys/{key_prefix}/revoke", response_model=KeyOut, name="revoke_key")
def revoke_key(
    request: Request, app: AppState, principal: Reviewer, key_prefix: KeyPrefix, key: IdempotencyKey = None
) -> Response:
    """Revoke an API key at once."""

    def act(w: Write) -> KeyOut:
        return key_out(rules.revoke_key(w, key_prefix, by=principal.rights, at=app.clock.now()))

    return creating(request, principal, key, b"revoke", act)


def _rights(principal: Principal, body: UserIn | UserChangeIn | KeyIn) -> Rights:
    return Rights(
        role=body.role,
        tenant_id=principal.tenant,
        region_prefix=body.region,
        entity_id=body.entity_id,
        group_id=body.group_id,
    )
