"""The only access to PostgreSQL: typed read and write transactions, named SQL, migrations."""

from models.store.connect import Read, Store, Write
from models.store.migrate import migrate
from models.store.scope import Scope

__all__ = ["Read", "Scope", "Store", "Write", "migrate"]
