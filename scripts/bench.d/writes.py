"""Durable writes a second: a burst of many commits at once, against one FULL commit at a time."""

import pathlib
import re
import sqlite3
import subprocess
import time

BURST = 1000


def store(binaries, directory, writers):
    """The daemon's store, with so many writers that each wait for their commit before they have the next one."""
    text = subprocess.run(
        [str(pathlib.Path(binaries) / "homie-write-bench"), str(writers), str(directory)],
        check=True, capture_output=True, text=True).stdout
    return float(re.search(r"([\d.]+) commits a second", text)[1])


def bare(directory, seconds=3):
    """What SQLite itself gives on this disk: a table of three columns, one synced transaction after another."""
    database = sqlite3.connect(directory, isolation_level=None)
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
    """The burst, the same store with one writer, and bare SQLite, in turns."""
    burst, single, plain = [], [], []
    for index in range(rounds):
        burst.append(store(binaries, pathlib.Path(work) / f"writes-burst-{index}", BURST))
        single.append(store(binaries, pathlib.Path(work) / f"writes-single-{index}", 1))
        plain.append(bare(pathlib.Path(work) / f"writes-{index}.db"))
    return burst, single, plain
