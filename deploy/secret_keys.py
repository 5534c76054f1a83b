"""The keys that encrypt secrets in the database, as the environment or the data folder gives them."""

import os

from deploy.places import Places
from models.base.sealed import FILE, KEYS, SecretBox, keys_of


def box_of(places: Places) -> SecretBox:
    """Return the box with the keys of the environment, else with those of the data folder; maybe without any.

    Raises:
        Invalid: the file can't be read, or holds no keys.
    """
    path = os.environ.get(FILE) or (str(places.secret_key) if places.secret_key.exists() else "")
    return SecretBox(keys_of({FILE: path, KEYS: os.environ.get(KEYS, "")}))
