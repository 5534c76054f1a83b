"""Tenants: authorities or groups that share an installation and see nothing of each other."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A tenant. Administrators of the one that `operates` the platform make others, and see no row of them."""

    id: str
    name: str
    operates: bool
    created_at: datetime
