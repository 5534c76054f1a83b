"""The one door to PostgreSQL: typed read and write connections, named SQL, migrations."""

from models.store.connect import Read, Store, Write
from models.store.migrate import migrate
from models.store.scope import Scope

__all__ = ["Read", "Scope", "Store", "Write", "migrate"]
