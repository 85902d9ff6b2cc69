"""What measuring costs: one collection of all containers against the stats API, a scrape, and the memory of it all."""

import concurrent.futures
import http.client
import os
import pathlib
import re
import socket
import time


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)

    def text(self, target):
        self.request("GET", target)
        answer = self.getresponse()
        body = answer.read().decode()
        if answer.status != 200:
            raise RuntimeError(f"{target}: {body}")
        return body


def resident(process):
    """Megabytes of memory that a process holds."""
    return int(re.search(r"VmRSS:\s*(\d+)", pathlib.Path(f"/proc/{process}/status").read_text())[1]) / 1024


def collections(text, purpose):
    """Processor seconds spent on collections, and how many there were."""
    def value(name):
        found = re.search(rf'^{name}_total{{for="{purpose}"}} (\S+)$', text, re.MULTILINE)
        return float(found[1]) if found else 0.0
    return value("homie_collection_cpu_seconds"), value("homie_collections")


def engine_seconds():
    """Processor seconds of everything of the engine that runs."""
    total = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            head, rest = stat.read_text().rsplit(")", 1)
        except (FileNotFoundError, ProcessLookupError):
            continue
        if head.split("(", 1)[1].startswith(("dockerd", "containerd")):
            fields = rest.split()
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def stats_pass(path, identifiers):
    """One look at each container, all at once: the engine makes each answer wait for its next look, up to a second."""
    def look(identifier):
        Unix(path).text(f"/v1.41/containers/{identifier}/stats?stream=false&one-shot=true")
    with concurrent.futures.ThreadPoolExecutor(len(identifiers)) as pool:
        list(pool.map(look, identifiers))


def stats_api(path, identifiers, passes=5):
    """Processor milliseconds of the engine for one look at every container through its stats API, for each pass."""
    costs = []
    stats_pass(path, identifiers)
    # What it spends anyway is not counted.
    started, before = time.monotonic(), engine_seconds()
    time.sleep(10)
    rest = (engine_seconds() - before) / (time.monotonic() - started)
    for _ in range(passes):
        started, before = time.monotonic(), engine_seconds()
        # Several looks, because the kernel counts in hundredths of a second.
        for _ in range(4):
            stats_pass(path, identifiers)
        spent = engine_seconds() - before - rest * (time.monotonic() - started)
        costs.append(max(0.0, spent) / 4 * 1000)
    return costs


def history(path, looks=6):
    """Processor milliseconds of one collection for the history, as the daemon counts them, for each look."""
    daemon, costs = Unix(path), []
    before = collections(daemon.text("/metrics"), "history")
    while len(costs) < looks:
        time.sleep(10.5)
        after = collections(daemon.text("/metrics"), "history")
        if after[1] > before[1]:
            costs.append((after[0] - before[0]) / (after[1] - before[1]) * 1000)
            before = after
    return costs


def scrapes(path, count=300):
    """Milliseconds that scrapes take over one connection, sorted."""
    daemon, times = Unix(path), []
    daemon.text("/metrics")
    for _ in range(count):
        started = time.monotonic()
        daemon.text("/metrics")
        times.append((time.monotonic() - started) * 1000)
    return sorted(times)
