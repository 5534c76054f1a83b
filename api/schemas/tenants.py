"""Tenants."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.schemas.accounts import Login, Name
from api.schemas.common import In, Out, Text
from api.schemas.provisioning import SlugText

_Called = Annotated[Text, Field(min_length=1, max_length=100)]


class TenantOut(Out):
    """A tenant: an authority or group that shares the installation and sees nothing of others."""

    id: str
    name: str
    operates: Annotated[bool, Field(description="its administrators make tenants; they see no row of them")]
    created_at: datetime


class TenantIn(In):
    """Make a tenant with its first administrator."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"id": "ningbo", "name": "宁波市市场监管局", "login": "ningbo.admin", "admin_name": "陈明"}
        },
    )

    id: SlugText
    name: _Called
    login: Login
    admin_name: Name


class TenantNameIn(In):
    """Rename a tenant."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "宁波市市场监督管理局"}})

    name: _Called


class NewTenantOut(Out):
    """A new tenant with the link at which its first administrator sets a password; it works once, for 72 hours."""

    tenant: TenantOut
    link: str
