"""Users, keys and sessions."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.terms import Role

_LOGIN = r"^[a-z0-9][a-z0-9._@-]{1,63}$"
_REGION = r"^[0-9]{2,12}$"
Login = Annotated[str, Field(pattern=_LOGIN, description="2–64 of a–z, 0–9, '.', '_', '@', '-'")]
Region = Annotated[
    str | None, Field(pattern=_REGION, description="prefix of the region codes; required for regulators and platforms")
]
EntityOf = Annotated[UUID | None, Field(description="the enterprise; required for the role enterprise")]
GroupOf = Annotated[
    UUID | None, Field(description="an access group (`/v1/groups`) within the region or enterprise that narrows it")
]
Name = Annotated[Text, Field(min_length=1, max_length=50)]
Why = Annotated[Text, Field(max_length=200, description="why; the audit log keeps it")]


class UserOut(Out):
    """A person who can log in."""

    id: UUID
    login: str
    name: str
    role: Role
    role_label: str
    region: Annotated[str | None, Field(validation_alias="region_prefix")]
    entity_id: UUID | None
    group_id: Annotated[UUID | None, Field(description="the access group that narrows it")]
    disabled_at: datetime | None
    created_at: datetime
    last_login_at: datetime | None
    made_by: str
    second_factor: Annotated[bool, Field(description="whether a one-time code is asked at log-in")]
    provider: Annotated[str | None, Field(description="the sign-on provider that vouches for the user")]
    version: int


class InvitedOut(Out):
    """A user with the link at which they set a password. It works once, for 72 hours, and is shown this once."""

    user: UserOut
    link: str


class UserIn(In):
    """Make a user. `person_id`: the person in office of the enterprise whose own account it is, with their pages."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"login": "wang.fang", "name": "王芳", "role": "regulator", "region": "330602"}},
    )

    login: Login
    name: Name
    role: Role
    region: Region = None
    entity_id: EntityOf = None
    group_id: GroupOf = None
    person_id: UUID | None = None


class UserChangeIn(In):
    """Change what a user is called and may do; the user is logged out when the rights change."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"name": "王芳", "role": "regulator", "region": "3306"}},
    )

    name: Name
    role: Role
    region: Region = None
    entity_id: EntityOf = None
    group_id: GroupOf = None


class ResetIn(In):
    """Take a user's password away and make a link for a new one."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"drop_second_factor": True}})

    drop_second_factor: Annotated[bool, Field(description="the user has lost the authenticator app too")] = False


class KeyOut(Out):
    """An API key. Its secret is shown once, when it is made."""

    prefix: str
    name: str
    role: Role
    role_label: str
    region: Annotated[str | None, Field(validation_alias="region_prefix")]
    entity_id: UUID | None
    group_id: Annotated[UUID | None, Field(description="the access group that narrows it")]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: Annotated[datetime | None, Field(description="to the minute")]
    made_by: str
    follows: Annotated[str | None, Field(description="prefix of the key that it replaces")]


class NewKeyOut(Out):
    """A new key with its secret, which is not shown again."""

    key: KeyOut
    secret: Annotated[str, Field(description="send it as `Authorization: Bearer mk_…`")]


class KeyIn(In):
    """Make an API key."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"name": "省监管平台", "role": "platform", "region": "33", "days": 365}},
    )

    name: Name
    role: Role
    region: Region = None
    entity_id: EntityOf = None
    group_id: GroupOf = None
    days: Annotated[int, Field(ge=1, le=730)] = 365


class RotateKeyIn(In):
    """Put a new key in the place of one, which goes on working for a while."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"overlap_hours": 24}})

    overlap_hours: Annotated[int, Field(ge=0, le=720)] = 24


class SessionOut(Out):
    """Where somebody is logged in."""

    id: UUID
    created_at: datetime
    expires_at: datetime
    address: str
    present: Annotated[bool, Field(description="the session that asks")]


class EndedOut(Out):
    """How many sessions ended."""

    ended: int


class PasswordIn(In):
    """Change your own password; your other sessions end."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"present": "the old one", "password": "a new, long one"}}
    )

    present: Annotated[str, Field(min_length=1, max_length=256)]
    password: Annotated[str, Field(min_length=1, max_length=256, description="at least 10 characters")]


class FactorOut(Out):
    """A second factor to be confirmed with a code from the authenticator app."""

    secret: Annotated[str, Field(description="Base32, to type in by hand")]
    address: Annotated[str, Field(description="`otpauth://…`")]
    picture: Annotated[str, Field(description="the address as a QR code, `data:image/svg+xml;base64,…`")]


class CodeIn(In):
    """A code from the authenticator app."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"code": "123456"}})

    code: Annotated[str, Field(pattern=r"^ ?([0-9] ?){6}$")]


class DropFactorIn(In):
    """Stop asking for the second factor; it needs the password."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"password": "your password"}})

    password: Annotated[str, Field(min_length=1, max_length=256)]
