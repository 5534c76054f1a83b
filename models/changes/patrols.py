"""Changes of online patrols: each is stored and logged by one call. Its hazards are announced as alerts and tasks."""

from datetime import datetime

from models.changes.log import log_signature
from models.domain.patrols import Patrol
from models.store import patrols
from models.store.connect import Write


def store_patrol(w: Write, new: Patrol, *, by: str, at: datetime) -> bool:
    """Store a signed patrol and log it, which seals it into the chain of evidence; return whether it is new."""
    if not patrols.add_patrol(w, new):
        return False
    log_signature(w, "patrol", new, row_id=new.id, version=1, from_state="draft", signature=new.signature, by=by, at=at)
    return True
