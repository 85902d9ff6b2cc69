"""The engine's own floor: the same API calls as a deployment makes, bare, with several at a time."""

import concurrent.futures
import http.client
import json
import socket
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


def best(path, project, count):
    """Seconds with the best of several concurrencies."""
    times = []
    for workers in (2, 4, 8):
        times.append(deploy(path, project, count, workers))
        remove(path, project)
    return min(times)


def answers(address, port):
    try:
        with socket.create_connection((address, port), timeout=0.2) as connection:
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
