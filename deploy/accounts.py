"""The broker's accounts, kept up to date by what changed in the registry."""

import threading
from collections.abc import Sequence

from deploy.embedded.broker import BrokerUser, mosquitto_hash
from deploy.places import PLATFORM_USERS, Places
from models.store import Read, devices, following
from models.store.connect import read_once

_SALT_BYTES = 12


class Accounts:
    """The accounts of the platform's roles and of every node that is not revoked.

    A call returns the same tuple as before if nothing changed, so that the broker's files are compared and written only
    after a change. All nodes are read once.

    Args:
        places: the data folder with the secrets of the roles, and of nodes where the broker needs them in clear.
        database_url: where the registry is.
    """

    def __init__(self, places: Places, database_url: str) -> None:
        self._places, self._database_url = places, database_url
        self._lock = threading.Lock()
        self._place: str | None = None
        self._hashes: dict[str, str] = {}
        self._secrets: tuple[dict[str, str], dict[str, str]] | None = None
        self._users: tuple[BrokerUser, ...] = ()

    def __call__(self) -> Sequence[BrokerUser]:
        """Return the accounts as of now.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        with self._lock:
            with read_once(self._database_url) as r:
                changed = self._catch_up(r)
            secrets = {name: self._places.platform_secret(name) for name in PLATFORM_USERS}
            now = secrets, self._places.known_node_secrets()
            if changed or now != self._secrets:
                self._secrets = now
                self._users = (*(_role(name, secret) for name, secret in secrets.items()), *self._nodes(now[1]))
            return self._users

    def _nodes(self, clear: dict[str, str]) -> list[BrokerUser]:
        return [
            BrokerUser(name=node, mosquitto_hash=hashed, secret=clear.get(node))
            for node, hashed in self._hashes.items()
        ]

    def _catch_up(self, r: Read) -> bool:
        """Apply the changes since the last call; return whether there were any."""
        if self._place is None:
            place = following.here(r)  # before the nodes are read: what changes meanwhile is read again
            self._hashes, self._place = dict(devices.node_logins(r)), place
            return True
        changes = following.changes(r, since=self._place)
        if changes.everything:
            self._hashes = dict(devices.node_logins(r))
        else:
            admitted = following.logins_of(r, changes.nodes) if changes.nodes else {}
            for gone in changes.nodes - admitted.keys():
                self._hashes.pop(gone, None)
            self._hashes.update(admitted)
        self._place = changes.here
        return changes.everything or bool(changes.nodes)


def _role(name: str, secret: str) -> BrokerUser:
    salt = name.encode().ljust(_SALT_BYTES)[-_SALT_BYTES:]  # fixed, so that the file changes only with the accounts
    return BrokerUser(name=name, mosquitto_hash=mosquitto_hash(secret, salt=salt), secret=secret, platform=True)
