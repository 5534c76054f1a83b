"""Devices, alerts, tasks and events of a synthetic province of duties, for measurements on a separate database."""

from uuid import UUID

from models.store.connect import Read, Write

CHUNK = 100_000


def add_devices(w: Write, *, first: int, last: int) -> None:
    """Add a node, two cameras and three sensors to each of the enterprises `first` … `last` of `synthetic_duties`."""
    w.run("synthetic_duties", "without_checks")
    params = {"first": first, "last": last}
    w.run("synthetic_findings", "add_nodes", params)
    w.run("synthetic_findings", "add_devices", params)


def add_alerts(w: Write, *, first: int, last: int, total: int, entities: int, own: int) -> None:
    """Add the alerts `first` … `last` of `total` with their violations and, of the confirmed ones, tasks.

    Of 100 alerts 3 wait for a verdict, 30 are confirmed; of their tasks one in ten is open. Enterprise
    `own` has one in 1,000 alerts, the others share the rest.
    """
    w.run("synthetic_duties", "without_checks")
    params = {"first": first, "last": last, "total": total, "entities": entities, "own": own}
    w.run("synthetic_findings", "add_alerts", params)
    w.run("synthetic_findings", "add_violations")
    w.run("synthetic_findings", "add_tasks")


def add_events(w: Write) -> None:
    """Add two events of each task to the feed."""
    w.run("synthetic_duties", "without_checks")
    w.value("synthetic", "year_of_partitions")
    w.run("synthetic_findings", "add_events")


def an_alert(r: Read, entity_id: UUID) -> UUID:
    """Return an alert of an enterprise that waits for a verdict."""
    found: UUID = r.value("synthetic_findings", "an_alert", {"entity_id": entity_id})
    return found


def a_task(r: Read, entity_id: UUID) -> UUID:
    """Return the newest task of an enterprise."""
    found: UUID = r.value("synthetic_findings", "a_task", {"entity_id": entity_id})
    return found


def counts(r: Read) -> dict[str, int]:
    """Return the number of rows by kind."""
    return {kind: int(count) for kind, count in r.tuples("synthetic_findings", "counts")}
