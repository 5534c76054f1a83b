"""The scope of a transaction: row-level security, not the query, limits the visible rows."""

from dataclasses import dataclass, replace
from typing import Literal, Self
from uuid import UUID

LEVELS = (4, 6, 9, 12)
"""Digits of the code of a city, a county, a township and a village."""
GROUPS = ("few", "many", "kitchens", "cameras")
"""The forms of an access group: few or many whole enterprises, kitchens, cameras."""
KINDS = ("tenant", "region", *(f"region_{digits}" for digits in LEVELS), "entity", *(f"group_{one}" for one in GROUPS))
"""The kinds of scope that have a database role of their own."""
_WHOLE = ("few", "many")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One of: a whole tenant, a region prefix in it, an enterprise in it, an access group, or the access tables.

    A group is of whole enterprises (`group`), or of kitchens or cameras (`part`); `form` is one of `GROUPS`. `access`
    sees users, sessions and keys, but no domain table: it is for authentication, when the caller is still unknown.
    """

    kind: Literal["tenant", "region", "entity", "group", "part", "access"]
    tenant: str | None = None
    region: str | None = None
    entity: UUID | None = None
    group: UUID | None = None
    form: str = ""
    unreviewed: bool = False
    actor: str = ""

    @classmethod
    def of_tenant(cls, tenant: str) -> Self:
        """Return the scope of everything in one tenant."""
        return cls(kind="tenant", tenant=str(tenant))

    def by(self, actor: str) -> Self:
        """Return the scope with the actor whom the audit log names."""
        return replace(self, actor=actor)

    @classmethod
    def of_region(cls, tenant: str, prefix: str) -> Self:
        """The rows in the regions whose code starts with `prefix`."""
        return cls(kind="region", tenant=str(tenant), region=prefix)

    @classmethod
    def of_entity(cls, tenant: str, entity: UUID, *, unreviewed: bool = False) -> Self:
        """The rows of one enterprise; with `unreviewed` also findings without a verdict."""
        return cls(kind="entity", tenant=str(tenant), entity=entity, unreviewed=unreviewed)

    @classmethod
    def of_group(cls, tenant: str, group: UUID, form: str, *, unreviewed: bool = False) -> Self:
        """The rows of an access group; one of kitchens or cameras has findings without a verdict with `unreviewed`."""
        kind: Literal["group", "part"] = "group" if form in _WHOLE else "part"
        return cls(kind=kind, tenant=str(tenant), group=group, form=form, unreviewed=unreviewed)

    @classmethod
    def of_access(cls) -> Self:
        """Return the scope of users, sessions and keys."""
        return cls(kind="access")

    def settings(self) -> tuple[str, str, str, str, str, str, str]:
        """Return the values of mingchu.scope, .tenant, .region, .entity, .group, .unreviewed, .actor."""
        seen, entity, group = "yes" if self.unreviewed else "no", str(self.entity or ""), str(self.group or "")
        return self.kind, self.tenant or "", self.region or "", entity, group, seen, self.actor

    def role(self, base: str) -> str:
        """Return the database role with the policies of this scope; `base` sees no domain table.

        A region whose code has the length of a city, county, township or village has a role that an index serves.
        """
        if self.kind == "access":
            return base
        if self.group is not None:
            return f"{base}_group_{self.form}"
        if self.kind == "region" and len(self.region or "") in LEVELS:
            return f"{base}_region_{len(self.region or '')}"
        return f"{base}_{self.kind}"
