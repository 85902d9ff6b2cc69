"""The engine's own floor: the same API calls as a deployment makes, bare, with several at a time."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time


class Engine(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)

    def call(self, method, target, body=None):
        self.request(method, "/v1.41" + target, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
        answer = self.getresponse()
        text = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {target}: {text.decode()}")
        return json.loads(text) if text else None


def deploy(path, project, count, workers):
    labels = {"com.docker.compose.project": project}
    started = time.monotonic()
    Engine(path).call("POST", "/networks/create", {"Name": f"{project}_default", "Labels": labels, "CheckDuplicate": True})

    def one(index):
        engine = Engine(path)
        made = engine.call(
            "POST", f"/containers/create?name={project}-s{index}-1",
            {"Image": "homie/static:1", "Env": ["STEP=0"], "Labels": labels, "HostConfig": {"NetworkMode": f"{project}_default"},
             "NetworkingConfig": {"EndpointsConfig": {f"{project}_default": {"Aliases": [f"s{index}"]}}}})
        engine.call("POST", f"/containers/{made['Id']}/start")

    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, range(count)))
    return time.monotonic() - started


def remove(path, project):
    engine = Engine(path)
    query = json.dumps({"label": [f"com.docker.compose.project={project}"]})
    for container in engine.call("GET", f"/containers/json?all=1&filters={query.replace(' ', '')}"):
        engine.call("DELETE", f"/containers/{container['Id']}?force=1")
    engine.call("DELETE", f"/networks/{project}_default")


def best_concurrency(path, project, count):
    """How many calls at a time the engine is quickest with."""
    times = {}
    for workers in (2, 4, 8):
        times[workers] = deploy(path, project, count, workers)
        remove(path, project)
    return min(times, key=times.get)


def create(engine, name, network):
    body = {"Image": "homie/static:1", "Env": ["STEP=0"], "StopTimeout": 1, "HostConfig": {"NetworkMode": network}}
    return engine.call("POST", f"/containers/create?name={name}", body)["Id"]


def change(path, network):
    """Seconds for what a changed service needs: a new container, the old one's stop, the new one's start."""
    engine = Engine(path)
    old = create(engine, "floor-old", network)
    engine.call("POST", f"/containers/{old}/start")
    started = time.monotonic()
    new = create(engine, "floor-new", network)
    engine.call("POST", f"/containers/{old}/stop")
    engine.call("POST", f"/containers/{new}/start")
    elapsed = time.monotonic() - started
    for container in (old, new):
        engine.call("DELETE", f"/containers/{container}?force=1")
    return elapsed


def successor(path, network):
    """Seconds for the new container's part of that alone: what is left when the old one's stop costs nothing."""
    engine = Engine(path)
    started = time.monotonic()
    new = create(engine, "floor-new", network)
    engine.call("POST", f"/containers/{new}/start")
    elapsed = time.monotonic() - started
    engine.call("DELETE", f"/containers/{new}?force=1")
    return elapsed


def restart(path, network):
    """Seconds from the kill of a process to the engine's answer that its container is started again: told by its events, as
    soon as it can be."""
    engine, listener = Engine(path), Engine(path)
    container = create(engine, "floor-restart", network)
    engine.call("POST", f"/containers/{container}/start")
    state = engine.call("GET", f"/containers/{container}/json")["State"]
    filters = json.dumps({"container": [container], "event": ["die"]}).replace(" ", "")
    listener.request("GET", f"/v1.41/events?filters={filters}")
    events = listener.getresponse()
    started = time.monotonic()
    os.kill(state["Pid"], signal.SIGKILL)
    events.readline()
    engine.call("POST", f"/containers/{container}/start")
    elapsed = time.monotonic() - started
    listener.close()
    engine.call("DELETE", f"/containers/{container}?force=1")
    return elapsed


def chain(path, count):
    """Seconds for starting containers one after another, without any waiting for health."""
    engine = Engine(path)
    engine.call("POST", "/networks/create", {"Name": "floor-chain", "CheckDuplicate": True})
    made, started = [], time.monotonic()
    for index in range(count):
        made.append(create(engine, f"floor-{index}", "floor-chain"))
        engine.call("POST", f"/containers/{made[-1]}/start")
    elapsed = time.monotonic() - started
    for container in made:
        engine.call("DELETE", f"/containers/{container}?force=1")
    engine.call("DELETE", "/networks/floor-chain")
    return elapsed


@contextlib.contextmanager
def neighbour(address, hardware):
    """The container's hardware address made known: it keeps it over a restart, and the kernel asks for it only once a second
    while nobody has it, which would be all that is measured."""
    device = json.loads(subprocess.run(["ip", "-j", "route", "get", address], check=True, capture_output=True).stdout)[0]["dev"]
    entry = [address, "dev", device]
    subprocess.run(["ip", "neigh", "replace", *entry, "lladdr", hardware, "nud", "permanent"], check=True)
    try:
        yield
    finally:
        subprocess.run(["ip", "neigh", "del", *entry], check=False)


def answers(address, port):
    try:
        # On this machine a server that is there answers within a millisecond.
        with socket.create_connection((address, port), timeout=0.02) as connection:
            connection.settimeout(0.2)
            connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            return connection.recv(12).startswith(b"HTTP/1")
    except OSError:
        return False


def until_gone(address, port):
    end = time.monotonic() + 1
    while answers(address, port) and time.monotonic() < end:
        time.sleep(0.002)


def until_answering(address, port):
    end = time.monotonic() + 30
    while not answers(address, port):
        if time.monotonic() > end:
            raise RuntimeError("the container did not come back")
        time.sleep(0.005)
