"""Health checks and healing: what a check costs, and how soon something is done."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

CHECK = {"test": ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1/healthz"], "interval": "1s", "timeout": "1s", "retries": 1}
OWN = {"http": {"path": "/healthz", "port": 80}, "interval": "1s", "timeout": "1s", "retries": 1}


def write(bench, name, services):
    path = bench.work / f"{name}.json"
    for service in services.values():
        service.update({"image": "homie/static:1", "stop_grace_period": "1s", "restart": "always"})
    path.write_text(json.dumps({"services": services}))
    return path


# What a check costs.

def cost(bench, count, seconds):
    """CPU milliseconds a check: Homie's own in homied, the engine's in all that it starts for it."""
    services = {f"s{index}": {"x-homie": {"health": OWN}} for index in range(count)}
    own = per_check(bench, write(bench, "own", services), [bench.daemon.pid], count, seconds)
    services = {f"s{index}": {"healthcheck": CHECK} for index in range(count)}
    # homied's own part of following the engine's verdicts is not counted.
    peer = per_check(bench, write(bench, "engine", services), None, count, seconds)
    return own, peer


def per_check(bench, file, processes, count, seconds):
    bench.clean()
    idle = write(bench, "idle", {f"s{index}": {} for index in range(count)})
    bench.up_homie(idle)
    time.sleep(5)
    measure = thread_seconds if processes else cpu
    rest = spent(processes or engine_processes(), seconds, measure)
    bench.clean()
    bench.up_homie(file)
    time.sleep(5)
    busy = spent(processes or engine_processes(), seconds, measure)
    bench.clean()
    return max(0.0, busy - rest) / (count * seconds) * 1000


def engine_processes():
    names = {"dockerd", "containerd", "containerd-shim"}
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "comm").read_text().strip()[:15] in {name[:15] for name in names}:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def spent(processes, seconds, measure):
    """CPU seconds that processes use in a while."""
    before = sum(map(measure, processes))
    time.sleep(seconds)
    return sum(map(measure, processes)) - before


def thread_seconds(process):
    """CPU seconds of a process's living threads, to the nanosecond; stat counts ticks, which timers run close to."""
    total = 0
    for file in pathlib.Path(f"/proc/{process}/task").glob("*/schedstat"):
        try:
            total += int(file.read_text().split()[0])
        except (OSError, IndexError):
            continue
    return total / 1e9


def cpu(process):
    """CPU seconds of a process and its ended children."""
    try:
        fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


# How soon something is done: from homied's event that tells of the trouble to the engine's that tells of the deed.

def crash(bench, rounds):
    return rounds_of(bench, rounds, {}, lambda name: kill(bench, name), "container.died", "start")


def memory(bench, rounds):
    eater = {"command": ["/bin/sh", "-c", "sleep 12; x=aaaaaaaa; while :; do x=$$x$$x; done"], "mem_limit": "16m",
             "memswap_limit": "16m"}
    return rounds_of(bench, rounds, eater, lambda name: None, "container.died", "start", wait=60)


def hang(bench, rounds, is_own):
    service = {"x-homie": {"health": OWN}} if is_own else {"healthcheck": CHECK}
    return rounds_of(bench, rounds, service, lambda name: freeze(bench, name), "check.failed" if is_own else "service.unhealthy", "kill")


def rounds_of(bench, rounds, service, hurt, told, deed, wait=30):
    times = []
    for _ in range(rounds):
        bench.clean()
        bench.up_homie(write(bench, "heal", {"s0": dict(service)}))
        time.sleep(3)
        begin = time.time()
        last = newest(bench)
        hurt("homie-bench-s0-1")
        at = moment(told_of(bench, told, last, wait)["at"])
        done = until(lambda: next((t for t in deeds(bench, deed, begin) if t >= at - 0.05), None), wait)
        times.append(max(0.0, done - at))
    bench.clean()
    return times


def dependency(bench, rounds):
    """What another one shares the network of dies: from the word of that to the stop of the one that follows it."""
    times = []
    for _ in range(rounds):
        bench.clean()
        # In the other's network, which is a new one after its restart.
        client = {"network_mode": "service:db", "command": ["/bin/sh", "-c", "while :; do sleep 1; done"]}
        services = {"db": {}, "s0": client}
        bench.up_homie(write(bench, "depend", services))
        time.sleep(3)
        begin = time.time()
        last = newest(bench)
        kill(bench, "homie-bench-db-1")
        at = moment(told_of(bench, "container.died", last, 30)["at"])
        done = until(lambda: next((t for t in deeds(bench, "kill", begin) if t >= at - 0.05), None), 30)
        times.append(max(0.0, done - at))
    bench.clean()
    return times


class Private:
    """An engine of the bench's own on a small disk, that can be stopped and filled, with a homied of its own beside it."""

    def __init__(self, bench, size="160m"):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="homie-engine-"))
        self.data = self.directory / "data"
        self.data.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(self.data)], check=True)
        self.bench, self.engine, self.daemon = bench, None, None
        self.root, self.work, self.homie = bench.root, self.directory, bench.homie
        self.socket = str(self.directory / "docker.sock")
        self.environment = dict(bench.environment, DOCKER_HOST=f"unix://{self.socket}", HOMIE_SOCKET=str(self.directory / "s"))

    def __enter__(self):
        self.start()
        image = subprocess.run(["docker", "save", "homie/static:1"], env=self.bench.environment, check=True, capture_output=True)
        subprocess.run(["docker", "load"], env=self.environment, input=image.stdout, check=True, capture_output=True)
        log = open(self.directory / "log", "ab")
        self.daemon = subprocess.Popen(
            [self.bench.homied, "--state-directory", str(self.directory / "state"), "--socket", self.environment["HOMIE_SOCKET"],
             "--docker-socket", self.socket, "--log-level", "warning"], stderr=log, stdout=log)
        until(lambda: True if self.answers([self.homie, "version"]) else None, 30)
        return self

    def __exit__(self, *_):
        if self.daemon:
            self.daemon.terminate()
            self.daemon.wait()
        if self.answers(["docker", "version"]):
            names = subprocess.run(["docker", "ps", "-aq"], env=self.environment, capture_output=True, text=True).stdout.split()
            subprocess.run(["docker", "rm", "-f", *names], env=self.environment, capture_output=True)
        self.stop()
        subprocess.run(["umount", "--lazy", str(self.data)])
        shutil.rmtree(self.directory, ignore_errors=True)

    def answers(self, command):
        return subprocess.run(command, env=self.environment, capture_output=True).returncode == 0

    def start(self):
        for name in ("docker.pid", "exec/containerd/containerd.pid"):
            (self.directory / name).unlink(missing_ok=True)
        log = open(self.directory / "engine.log", "ab")
        # In a network namespace of its own: otherwise it would remove the bridge of the machine's other engine.
        self.engine = subprocess.Popen(
            ["unshare", "--net", "dockerd", "--data-root", str(self.data), "--exec-root", str(self.directory / "exec"),
             "--host", f"unix://{self.socket}", "--pidfile", str(self.directory / "docker.pid"), "--bridge", "none",
             "--iptables=false", "--ip6tables=false", "--ip-forward=false"], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        until(lambda: True if self.answers(["docker", "version"]) else None, 60)

    def stop(self):
        if self.engine:
            self.engine.terminate()
            self.engine.wait()
            self.engine = None

    def docker(self, *arguments):
        return subprocess.run(["docker", *arguments], env=self.environment, check=True, capture_output=True, text=True).stdout

    def up(self, value):
        service = {"network_mode": "none", "environment": {"STEP": value}}
        subprocess.run([self.homie, "up", "-f", str(write(self, "compose", {"s0": service})), "-p", "homie-bench", "--no-wait"],
                       env=self.environment, check=True, capture_output=True)

    def runs(self):
        return self.docker("ps", "-q", "--filter", "status=running").strip() != ""


def engine_restart(bench, rounds):
    """The engine restarts: from the word that it is back to the start of what ran."""
    times = []
    with Private(bench) as other:
        other.up("0")
        until(lambda: True if other.runs() else None, 60)
        for _ in range(rounds):
            last, begin = newest(other), time.time()
            other.stop()
            other.start()
            at = moment(told_of(other, "engine.connected", last, 60)["at"])
            done = until(lambda: next((t for t in deeds(other, "start", begin) if t >= at - 0.05), None), 60)
            times.append(max(0.0, done - at))
            until(lambda: True if other.runs() else None, 60)
    return times


def full_disk(bench, rounds):
    """The engine's disk is full: from the step that finds no room to the clearing of what can be had again."""
    times = []
    for _ in range(rounds):
        # The disk is cleared once an hour at most: each round has a daemon of its own.
        with Private(bench) as other:
            other.up("0")
            until(lambda: True if other.runs() else None, 60)
            # What can be had again: an image without a name.
            layer = subprocess.run(["tar", "-c", "-C", "/usr/bin", "tar"], check=True, capture_output=True).stdout
            subprocess.run(["docker", "import", "-"], env=other.environment, input=layer, check=True, capture_output=True)
            # The next look that is made anyway comes half a minute after the first.
            time.sleep(5)
            begin = time.time()
            subprocess.run(["dd", "if=/dev/zero", f"of={other.data}/filler", "bs=4k"], capture_output=True)
            last = newest(other)
            other.up("1")
            at = moment(told_of(other, "step.failed", last, 60)["at"])
            done = until(lambda: next((t for t in deeds(other, "delete", begin, None) if t >= at - 0.05), None), 60)
            times.append(max(0.0, done - at))
            (other.data / "filler").unlink()
    return times


def kill(bench, name):
    os.kill(int(bench.docker("inspect", "-f", "{{.State.Pid}}", name)), signal.SIGKILL)


def freeze(bench, name):
    for line in bench.docker("top", name, "-o", "pid").split()[1:]:
        os.kill(int(line), signal.SIGSTOP)


def events(bench):
    answer = subprocess.run([bench.homie, "events", "--json", "--limit", "200"], env=bench.environment, capture_output=True, text=True)
    return json.loads(answer.stdout)["events"] if answer.returncode == 0 else []


def newest(bench):
    return max((event["id"] for event in events(bench)), default=0)


def told_of(bench, kind, last, wait):
    """The first event of a kind after the one with the ID `last`."""
    return until(lambda: next((e for e in events(bench) if e["id"] > last and e["kind"] == kind), None), wait)


def deeds(bench, action, begin, container="homie-bench-s0-1"):
    which = ["--filter", f"container={container}"] if container else []
    text = bench.docker("events", "--since", f"{begin:.3f}", "--until", f"{time.time():.3f}", "--filter", f"event={action}",
                        *which, "--format", "{{.TimeNano}}")
    return sorted(int(line) / 1e9 for line in text.split())


def moment(text):
    from datetime import datetime
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def until(look, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (found := look()) is not None:
            return found
        time.sleep(0.05)
    raise SystemExit(f"it did not happen within {seconds} s")
