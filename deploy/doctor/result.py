"""The result of one check of `mingchu doctor`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One checked thing; `remedy` says how to mend or improve it."""

    good: bool
    what: str
    remedy: str = ""
