"""The gateway: what a request through it costs, what a switch of versions does to requests, and the API over HTTPS."""

import asyncio
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import time

import health

PROJECT = "homie-bench"
CONNECTIONS = 16
SERVICES = "/api/v1/services"
MINIMAL = """global
    maxconn 4000
defaults
    mode http
    timeout connect 3s
    timeout client 60s
    timeout server 60s
frontend minimal
    bind 127.0.0.1:{port}
    option forwardfor
    default_backend service
backend service
    server one {address}:80
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def children(process):
    found = [process]
    for parent in found:
        for task in pathlib.Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(text) for text in task.read_text().split()]
    return found


def cpu_seconds(master):
    return sum(health.thread_seconds(process) for process in children(master))


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


class Side:
    """One HAProxy under a constant load."""

    def __init__(self, port, host, master):
        self.port, self.host, self.master = port, host, master
        self.cost, self.p99 = [], []

    def load(self, root, seconds, rate):
        before = cpu_seconds(self.master)
        load = start_load(root, self.port, self.host, CONNECTIONS, rate)
        time.sleep(seconds)
        report = end_load(load)
        spent = cpu_seconds(self.master) - before
        self.cost.append(spent / report["requests"] * 1e6)
        self.p99.append(report["phases"][0]["p99"])


def start_load(root, port, host, clients, rate):
    """Clients are other machines: they do not wait for this one's processors."""
    return subprocess.Popen(
        ["python3", str(root / "scripts/lib/load.py"), "--port", str(port), "--host", host, "--clients", str(clients), "--rate",
         str(rate)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: os.nice(-15))


def end_load(load):
    """The report; every request must have been answered."""
    load.stdin.close()
    report = json.loads(load.stdout.read())
    load.wait()
    if report["failed"] or not report["requests"]:
        raise SystemExit(f"{report['failed']} of {report['requests']} requests failed: {report['failures']}")
    return report


async def ask(port, path, token, seconds, rate, authority):
    """Milliseconds of requests over HTTPS, from connections that each wait for their answer and for their turn."""
    context = ssl.create_default_context(cafile=authority)
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    times = []

    async def client(index):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        await asyncio.sleep(index / rate)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            started = time.monotonic()
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            if " 200 " not in head.split("\r\n")[0]:
                raise SystemExit(f"{path}: {head}{(await reader.read(1000)).decode()}")
            await reader.readexactly(int(re.search(r"(?i)content-length: (\d+)", head)[1]))
            times.append((time.monotonic() - started) * 1000)
            await asyncio.sleep(max(0, CONNECTIONS / rate - (time.monotonic() - started)))
        writer.close()

    await asyncio.gather(*(client(index) for index in range(CONNECTIONS)))
    return times


class Gateway:
    """homied with a gateway on loopback ports of its own, in the bench's place."""

    def __init__(self, bench):
        self.bench = bench
        self.port, self.tls, paths = free_port(), free_port(), free_port()
        os.environ.update({"HOMIE_GATEWAY": "on", "HOMIE_GATEWAY_HTTP": f"127.0.0.1:{self.port}",
                           "HOMIE_GATEWAY_HTTPS": f"127.0.0.1:{self.tls}", "HOMIE_GATEWAY_DOMAIN": "homie.local",
                           "HOMIE_GATEWAY_PATH_PORT": str(paths), "HOMIE_API_RATE": "1000000"})
        bench.stop_daemon()
        bench.start_daemon()

    @property
    def master(self):
        return int((self.bench.work / "state/gateway/haproxy.pid").read_text().split()[0])

    def close(self):
        try:
            master = self.master
        except FileNotFoundError:
            master = None
        for name in ("HOMIE_GATEWAY", "HOMIE_GATEWAY_HTTP", "HOMIE_GATEWAY_HTTPS", "HOMIE_GATEWAY_PATH_PORT",
                     "HOMIE_GATEWAY_DOMAIN", "HOMIE_API_RATE"):
            os.environ.pop(name, None)
        self.bench.stop_daemon()
        if master:
            os.kill(master, signal.SIGTERM)
        self.bench.start_daemon()

    def up(self, name, services):
        path = self.bench.work / f"{name}.json"
        path.write_text(json.dumps({"services": services}))
        return self.bench.up_homie(path)

    def await_answer(self, host):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            text = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", f"Host: {host}",
                                   f"http://127.0.0.1:{self.port}/"], capture_output=True, text=True).stdout
            if text == "200":
                return
            time.sleep(0.2)
        raise SystemExit(f"{host} is not answered for: {text}\n{(self.bench.work / 'log').read_text()}")


def cost(bench, rounds, seconds=6, rate=400):
    """Microseconds of CPU a request and its 99th percentile in ms: the gateway, and a minimal HAProxy before the same container."""
    bench.clean()
    gateway = Gateway(bench)
    minimal = None
    try:
        gateway.up("routed", {"web": {"image": "homie/static:1", "labels": {"io.homie.expose": "80"}}})
        gateway.await_answer("web.homie.local")
        address = bench.docker("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", f"{PROJECT}-web-1").strip()
        port = free_port()
        file = bench.work / "minimal.cfg"
        file.write_text(MINIMAL.format(port=port, address=address))
        minimal = subprocess.Popen(["haproxy", "-W", "-db", "-f", str(file)], stderr=subprocess.DEVNULL)
        time.sleep(1)
        ours = Side(gateway.port, "web.homie.local", gateway.master)
        theirs = Side(port, "web.homie.local", minimal.pid)
        for side in (ours, theirs):
            side.load(bench.root, 2, rate)
            side.cost.clear(), side.p99.clear()
        for _ in range(rounds):
            ours.load(bench.root, seconds, rate)
            theirs.load(bench.root, seconds, rate)
        return ours, theirs
    finally:
        if minimal:
            minimal.terminate()
        bench.clean()
        gateway.close()


def switch(bench, rounds, rate=200):
    """Milliseconds: the 99th percentile around blue-green switches and in steady state, and from a new version being ready until
    nothing but it answers."""
    bench.clean()
    subprocess.run([str(bench.root / "scripts/fixtures"), "actor"], env=bench.environment, check=True, capture_output=True)
    gateway = Gateway(bench)
    steady, during, moved = [], [], []
    try:
        def deploy(version):
            return gateway.up(f"version-{version}", {"web": {
                "image": "homie/actor:1", "environment": {"VERSION": str(version)}, "labels": {"io.homie.expose": "80"},
                "stop_grace_period": "5s", "restart": "always",
                "x-homie": {"update": {"strategy": "blue-green", "monitor": "1s"}}}})
        deploy(1)
        gateway.await_answer("web.homie.local")
        for version in range(2, rounds + 2):
            load = start_load(bench.root, gateway.port, "web.homie.local", 10, rate)
            time.sleep(6)
            print("mark switch", file=load.stdin, flush=True)
            begin = time.time()
            deploy(version)
            print("mark after", file=load.stdin, flush=True)
            time.sleep(2)
            report = end_load(load)
            phases = {phase["name"]: phase for phase in report["phases"]}
            steady.append(phases["start"]["p99"])
            during.append(phases["switch"]["p99"])
            first = min(phase["first"].get(f"version {version}", float("inf")) for phase in report["phases"])
            last = max(phase["last"].get(f"version {version - 1}", 0) for phase in report["phases"])
            moved.append(max(0.0, first - switched(bench, begin), last - switched(bench, begin)) * 1000)
        return during, steady, moved
    finally:
        bench.clean()
        gateway.close()


def switched(bench, begin):
    """When homied decided that all requests go to the new version: as soon as that has proved itself."""
    from datetime import datetime
    answer = subprocess.run([bench.homie, "events", "--json", "--limit", "100"], env=bench.environment, capture_output=True, text=True)
    for event in json.loads(answer.stdout)["events"]:
        at = datetime.fromisoformat(event["at"].replace("Z", "+00:00")).timestamp()
        if at >= begin and event["kind"] == "rollout.switched":
            return at
    raise SystemExit("no event tells of a switch")


def api(bench, rounds, seconds=6, rate=160):
    """Milliseconds: the 99th percentile of GET on all services of the device and of GET /healthz over HTTPS, from 16 connections."""
    bench.clean()
    gateway = Gateway(bench)
    try:
        bench.up_homie(bench.file(bench.options.services))
        password = bench.work / "password"
        password.write_text("quite a long one\n")
        run = lambda *words: subprocess.run([bench.homie, *words], env=bench.environment, check=True, capture_output=True, text=True)  # noqa: E731
        with open(password) as text:
            subprocess.run([bench.homie, "user", "add", "bench", "--role", "viewer", "--password-file", "-"], env=bench.environment,
                           check=True, capture_output=True, stdin=text)
        token = json.loads(run("token", "create", "bench", "--user", "bench", "--scope", "stacks:read", "--json").stdout)["secret"]
        times = {SERVICES: [], "/healthz": []}
        authority = str(bench.work / "state/gateway/authority/root.pem")
        for round_ in range(rounds + 1):
            for path, found in times.items():
                sample = asyncio.run(ask(gateway.tls, path, token, seconds, rate, authority))
                if round_:
                    found.append(percentile(sample, 0.99))
        return times[SERVICES], times["/healthz"]
    finally:
        bench.clean()
        gateway.close()
