"""Rules that apply only where somebody asks for them: off as shipped, on at cameras where an override says so."""

import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from models.catalogue.codes import violation_code
from models.catalogue.overrides import Spot
from models.catalogue.resolving import resolve
from models.store import Store, catalogue
from models.store.devices import Route
from vision.judging.rules import RuleSet

EVERY_S = 15.0
"""How often the judge asks which cameras want them."""


class AskedRules:
    """The rules of each camera: the installation's, and those that are off but asked for there.

    A rule that a file of the installation switches on or leaves out is none of these.
    """

    def __init__(self, rules: RuleSet, store: Store) -> None:
        self._rules, self._store = rules, store
        self._codes = sorted(
            {rule.code for rule in rules.rules if rule.off and violation_code(rule.code).judged == "asked"}
        )
        self._asked: dict[str, frozenset[str]] = {}
        self._due = 0.0

    def of(self, device_id: str) -> RuleSet:
        """Return the rules of a camera as of the last renewal."""
        asked = self._asked.get(device_id)
        if not asked:
            return self._rules
        on = tuple(replace(rule, off=rule.off and rule.code not in asked) for rule in self._rules.rules)
        return replace(self._rules, rules=on)

    def renew(self, routes: Mapping[str, Route], devices: Collection[str], *, at: datetime) -> list[str]:
        """Look again, at most every `EVERY_S` seconds, which cameras want which rules; return those that changed.

        Raises:
            StoreUnavailable: the database does not answer; everything stays as it was.
        """
        if time.monotonic() < self._due:
            return []
        changed = self.look(routes, devices, at=at)
        self._asked = {device: codes for device, codes in self._asked.items() if device in routes}
        self._due = time.monotonic() + EVERY_S
        return changed

    def look(self, routes: Mapping[str, Route], devices: Collection[str], *, at: datetime) -> list[str]:
        """Look at once which rules some cameras want; return the cameras that changed.

        Raises:
            StoreUnavailable: the database does not answer; everything stays as it was.
        """
        spots = {device: Spot.of(routes[device]) for device in devices if device in routes}
        if not self._codes or not spots:
            return []
        with self._store.read() as r:
            overrides = catalogue.overrides_at(r, spots.values(), at=at, codes=self._codes)
        found = {
            device: frozenset(
                code
                for code in self._codes
                if resolve(violation_code(code), spot=spot, overrides=overrides, at=at).is_looked_for
            )
            for device, spot in spots.items()
        }
        changed = [device for device, codes in found.items() if codes != self._asked.get(device, frozenset())]
        self._asked |= found
        return changed
