"""Durable writes a second: many commits at once through the daemon's store, against one FULL commit at a time."""

import pathlib
import re
import sqlite3
import subprocess
import time


def one_at_a_time(work, seconds=3):
    """What SQLite itself gives on this disk with one synced transaction after another."""
    database = sqlite3.connect(pathlib.Path(work) / "peer.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, at TEXT, message TEXT)")
    count, started = 0, time.monotonic()
    while time.monotonic() - started < seconds:
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO events (at, message) VALUES ('2026-01-01T00:00:00.000Z', 'something happened')")
        database.execute("COMMIT")
        count += 1
    elapsed = time.monotonic() - started
    database.close()
    return count / elapsed


def measure(binaries, work, rounds=3):
    own, peer = [], []
    for index in range(rounds):
        directory = pathlib.Path(work) / f"writes-{index}"
        text = subprocess.run(
            [str(pathlib.Path(binaries) / "homie-write-bench"), str(directory)],
            check=True, capture_output=True, text=True).stdout
        own.append(float(re.search(r"([\d.]+) commits a second", text)[1]))
        for name in ("peer.db", "peer.db-wal", "peer.db-shm"):
            (pathlib.Path(work) / name).unlink(missing_ok=True)
        peer.append(one_at_a_time(work))
    return own, peer
