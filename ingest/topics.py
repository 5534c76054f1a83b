"""Topics: `mingchu/v1/{tenant}/{site}/{node}/{device}/{kind}`. Pure."""

from dataclasses import dataclass
from typing import Self

from models.base.errors import Invalid
from models.base.ids import is_slug

ROOT = "mingchu"
PREFIX = f"{ROOT}/v1"
NODE_LEVEL = "_"
UP_KINDS = ("frame", "reading", "event", "status")
TENANT_AT, NODE_AT, DEVICE_AT = 2, 4, 5
"""Positions of tenant (before site and node), node and device among a topic's levels."""
_UP_LEVELS = 7
_COMMAND_LEVELS = 8
_ANSWER_LEVELS = 9


class WrongTopic(Invalid):
    """The topic has none of the known shapes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Address of a message; `device` is `_` for the node itself."""

    tenant: str
    site: str
    node: str
    device: str
    kind: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the parts of a topic from node to platform.

        Raises:
            WrongTopic: another shape, prefix or kind, or a level that is not a slug.
        """
        levels = text.split("/")
        if levels[:2] != ["mingchu", "v1"] or len(levels) not in {_UP_LEVELS, _ANSWER_LEVELS}:
            raise WrongTopic(f"topic {text[:200]!r}: expected {PREFIX}/tenant/site/node/device/kind")
        tenant, site, node, device = levels[2:6]
        kind = "/".join(levels[6:])
        if kind not in UP_KINDS and not (kind.startswith("cmd/") and kind.endswith("/res")):
            raise WrongTopic(f"topic kind {kind[:80]!r}: expected one of {', '.join(UP_KINDS)} or cmd/…/res")
        for level in (tenant, site, node):
            if not is_slug(level):
                raise WrongTopic(f"topic level {level[:80]!r}: expected 1–64 of a–z, 0–9, '-' and '_'")
        if device != NODE_LEVEL and not is_slug(device):
            raise WrongTopic(f"topic level {device[:80]!r}: expected a device id or '_'")
        return cls(tenant=tenant, site=site, node=node, device=device, kind=kind)

    def __str__(self) -> str:
        return f"{PREFIX}/{self.tenant}/{self.site}/{self.node}/{self.device}/{self.kind}"


def receipt_topic(tenant: str, site: str, node: str) -> str:
    """Return the topic on which a node receives the receipts of stored messages."""
    return f"{PREFIX}/{tenant}/{site}/{node}/{NODE_LEVEL}/cmd/receipt"


def frames_of_site(tenant: str, site: str) -> str:
    """Return a subscription filter for the frames of all cameras of one site."""
    return f"{PREFIX}/{tenant}/{site}/+/+/frame"


def everything(group: str) -> str:
    """Return a shared subscription filter for every topic under our name, whatever its version and shape."""
    return f"$share/{group}/{ROOT}/#"


def up_filter(kind: str, *, tenant: str = "+", group: str | None = None) -> str:
    """Return a subscription filter for one kind; with `group` shared between the members of that group."""
    plain = f"{PREFIX}/{tenant}/+/+/+/{kind}"
    return plain if group is None else f"$share/{group}/{plain}"
