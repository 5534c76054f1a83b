"""What `mingchu doctor` found about one thing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at; a remedy where it is not well, or could be better."""

    good: bool
    what: str
    remedy: str = ""
