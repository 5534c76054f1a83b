"""The link of the first administrator: printed where nobody can log in yet, and never logged."""

from alerts.registry.accounts import invite
from models.base.clock import SystemClock
from models.store import Store, accounts

PATH = "/console/welcome"


def first_link(store: Store, public_url: str) -> str | None:
    """Make the link at which the first administrator sets a password; None if there are users.

    An earlier link ends. What follows `#` in it is no part of a request, so no server logs it.
    """
    with store.write() as w:
        if not accounts.nobody_yet(w):
            return None
        return f"{public_url}{PATH}#{invite(w, None, actor='mingchu', at=SystemClock().now())}"
