"""Changes of a camera that need a supervisor: a large mask, or a move to a zone with fewer rules."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from models.base.clock import rfc3339
from models.base.errors import Conflict, NotAllowed
from models.catalogue.terms import Role, Zone
from models.domain.access import Actor
from models.domain.devices import Device
from models.domain.masking import APPROVED, MOVED, WISH, loses_rules, needs_second, share_of, waits_for_supervisor

SUPERVISORS = frozenset({Role.regulator, Role.admin})


def weighed(known: Device, wished: Device, *, by: Actor, at: datetime) -> Device:
    """Return the change to store: large masks wait for a second person, a move that loses rules is marked.

    Raises:
        Invalid: a mask that nobody may set.
    """
    config = dict(wished.config)
    signed = {"by": by.name, "at": rfc3339(at)}
    if config.get("regions") != known.config.get("regions"):
        _forget(config, WISH)
        if needs_second(known.config, config):
            config[WISH] = {**signed, "regions": config["regions"], "share": round(share_of(config), 3)}
            del config["regions"]
            config |= {key: value for key, value in known.config.items() if key == "regions"}
    if wished.zone is not known.zone:
        was = _forget(config, MOVED)
        first = Zone(was["zone"]) if isinstance(was, dict) and was.get("zone") in set(Zone) else known.zone
        if by.role not in SUPERVISORS and loses_rules(first, wished.zone):
            config[MOVED] = {**signed, "zone": str(first)}
    return replace(wished, config=config)


def settled(known: Device, *, approve: bool, by: Actor) -> Device:
    """Return a camera after a supervisor's decision on its waiting change.

    Raises:
        NotAllowed: whoever wished it can't approve it, nor can somebody who supervises nothing.
        Conflict: nothing waits.
    """
    if by.role not in SUPERVISORS:
        raise NotAllowed("only a regulator or an administrator approves what is hidden from supervision")
    waits = waits_for_supervisor(known.config)
    if waits is None:
        raise Conflict(f"nothing of device {known.id!r} waits for a supervisor")
    config = dict(known.config)
    wish, moved = _forget(config, WISH), _forget(config, MOVED)
    if approve and isinstance(wish, dict):
        _require_another(wish, by)
        config["regions"] = wish.get("regions", [])
    if approve:
        config[APPROVED] = round(share_of(config), 3)
    elif waits == "camera_masked" and not isinstance(wish, dict):
        config["regions"] = []  # drawn before anybody had to approve it
    back = moved.get("zone") if isinstance(moved, dict) and not approve else None
    return replace(known, config=config, zone=Zone(back) if back in set(Zone) else known.zone)


def _require_another(wish: dict[str, Any], by: Actor) -> None:
    if wish.get("by") == by.name:
        raise NotAllowed("a large mask takes a second person: somebody else has to approve it")


def _forget(config: dict[str, Any], key: str) -> object:
    """Take a setting away and give it; it stays as none, since settings are merged when they are stored."""
    if key not in config:
        return None
    was, config[key] = config[key], None
    return was
