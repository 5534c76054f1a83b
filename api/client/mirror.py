"""A platform that mirrors everything into SQLite: `python mirror.py https://kitchens.example.gov.cn mk_… mirror.db`."""

import json
import sqlite3
import sys

from mingchu_client import Client, Cursor


def mirror(client: Client, db: sqlite3.Connection, *, follow: bool = True) -> None:
    """Store each event and the cursor after it in one transaction, so a killed mirror misses and repeats nothing."""
    db.execute("CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, type TEXT, body TEXT)")
    db.execute("CREATE TABLE IF NOT EXISTS place (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER, epoch TEXT)")
    kept = db.execute("SELECT seq, epoch FROM place").fetchone()
    for event, cursor in client.events(Cursor(*kept) if kept else Cursor(), follow=follow):
        with db:
            if event is not None:
                row = event["seq"], event["type"], json.dumps(event, ensure_ascii=False)
                db.execute("INSERT INTO event VALUES (?, ?, ?)", row)
            db.execute("INSERT OR REPLACE INTO place VALUES (1, ?, ?)", (cursor.seq, cursor.epoch))


if __name__ == "__main__":
    mirror(Client(sys.argv[1], sys.argv[2]), sqlite3.connect(sys.argv[3]))
