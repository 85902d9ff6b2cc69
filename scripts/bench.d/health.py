"""Health checks and healing: what a check costs, and how soon something is done."""

import json
import os
import pathlib
import signal
import subprocess
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
        last = max((event["id"] for event in events(bench)), default=0)
        hurt("homie-bench-s0-1")
        first = until(lambda: next((e for e in events(bench) if e["id"] > last and e["kind"] == told), None), wait)
        at = moment(first["at"])
        done = until(lambda: next((t for t in deeds(bench, deed, begin) if t >= at - 0.05), None), wait)
        times.append(max(0.0, done - at))
    bench.clean()
    return times


def kill(bench, name):
    os.kill(int(bench.docker("inspect", "-f", "{{.State.Pid}}", name)), signal.SIGKILL)


def freeze(bench, name):
    for line in bench.docker("top", name, "-o", "pid").split()[1:]:
        os.kill(int(line), signal.SIGSTOP)


def events(bench):
    answer = subprocess.run([bench.homie, "events", "--json", "--limit", "200"], env=bench.environment, capture_output=True, text=True)
    return json.loads(answer.stdout)["events"] if answer.returncode == 0 else []


def deeds(bench, action, begin):
    text = bench.docker("events", "--since", f"{begin:.3f}", "--until", f"{time.time():.3f}", "--filter", f"event={action}",
                        "--filter", "container=homie-bench-s0-1", "--format", "{{.TimeNano}}")
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
