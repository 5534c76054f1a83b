"""The identity providers of an installation, as its TOML file names them."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.base.errors import Invalid
from models.catalogue.terms import Role
from models.domain.access import Rights

_SLUG = re.compile(r"^[a-z][a-z0-9-]{0,19}$")


class Rule(BaseModel):
    """Rights for whoever has a value in a claim. Without a claim the rule is for everybody."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    claim: str | None = None
    value: str | None = None
    role: Role
    tenant: str
    region: Annotated[str, Field(pattern=r"^[0-9]{2,12}$")] | None = None
    entity: UUID | None = None
    group: UUID | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Rule":
        if (self.claim is None) != (self.value is None):
            raise ValueError("claim and value: expected both or none")
        if (self.role is Role.enterprise) != (self.entity is not None):
            raise ValueError("entity: expected for the role enterprise, and for no other")
        if self.role in {Role.regulator, Role.platform} and self.region is None:
            raise ValueError(f"region: expected for the role {self.role}")
        return self


class Description(BaseModel):
    """A provider as the file describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=_SLUG.pattern)]
    label: Annotated[str, Field(min_length=1, max_length=30)]
    kind: Literal["oidc", "wecom", "dingtalk"] = "oidc"
    issuer: str = ""
    client_id: Annotated[str, Field(min_length=1, max_length=200)]
    client_secret_file: Path
    agent_id: str = ""
    scopes: tuple[str, ...] = ("openid", "profile")
    login_claim: str = "preferred_username"
    name_claim: str = "name"
    server: str = ""
    rule: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits(self) -> "Description":
        if self.kind == "oidc" and not self.issuer.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError("issuer: expected an https address")
        if self.kind == "wecom" and not self.agent_id:
            raise ValueError("agent_id: expected for wecom")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider with its secret, which no text of it shows."""

    about: Description
    secret: str = field(repr=False)


def read_providers(path: Path | None) -> dict[str, Provider]:
    """Return the providers of a file by id; none without a file.

    Raises:
        Invalid: the file or a secret's file can't be read, or something in it is wrong; the message says where.
    """
    if path is None:
        return {}
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8")).get("provider", [])
        found = [Description.model_validate(one) for one in listed]
        secrets = [one.client_secret_file.read_text(encoding="utf-8").strip() for one in found]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid(f"MINGCHU_API_IDENTITY_FILE: {path.name}: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Invalid(f"MINGCHU_API_IDENTITY_FILE: {path.name}: {where}: {first['msg']}") from None
    if len({one.id for one in found}) < len(found):
        raise Invalid(f"MINGCHU_API_IDENTITY_FILE: {path.name}: two providers have the same id")
    return {one.id: Provider(about=one, secret=secret) for one, secret in zip(found, secrets, strict=True)}


def rights_by(rules: tuple[Rule, ...], claims: dict[str, object]) -> Rights | None:
    """Return the rights of the first rule that fits the claims; None if none does: no access.

    A claim with several values fits if one of them is the rule's.
    """
    for rule in rules:
        held = None if rule.claim is None else claims.get(rule.claim)
        values = {str(one) for one in held} if isinstance(held, list) else {str(held)}
        if rule.claim is None or (held is not None and rule.value in values):
            return Rights(
                role=rule.role,
                tenant_id=rule.tenant,
                region_prefix=rule.region,
                entity_id=rule.entity,
                group_id=rule.group,
            )
    return None
