#!/usr/bin/env python3
"""Asks an HTTP server over kept connections, and counts what fails.

Usage: load.py --port PORT [--address ADDRESS] [--host NAME] [--path PATH] [--clients N] [--per-connection N] [--resend]
               [--websockets N --websocket-path PATH]

Goes on until its standard input ends. A line `mark NAME` begins a phase; a line `count` answers with the requests so far on
a line of standard output. At the end one JSON document says of each phase how many requests there were, what failed, the
median and 99th percentile of the times in milliseconds, how often each answer's first two words came, and of every first
answer of a kind when it came (seconds since the epoch).

A client is strict: a connection that ends without `Connection: close` before is a failure, and nothing is tried again. With
--resend it does as RFC 9112 §9.3.1 has it: a request on a kept connection that ended before an answer began is sent once more
on a new one. With --per-connection it ends a connection itself after so many requests.
"""

import argparse
import asyncio
import json
import sys
import time


class Phase:
    def __init__(self, name):
        self.name, self.times, self.failures, self.answers, self.first, self.last = name, [], [], {}, {}, {}

    def report(self):
        times = sorted(self.times)

        def percentile(share):
            return round(times[min(len(times) - 1, int(len(times) * share))] * 1000, 3) if times else None

        return {
            "name": self.name, "requests": len(times), "failed": len(self.failures), "failures": self.failures[:20],
            "p50": percentile(0.5), "p99": percentile(0.99), "answers": self.answers, "first": self.first, "last": self.last,
        }


class Load:
    def __init__(self, options):
        self.options, self.phases, self.stopped = options, [Phase("start")], False
        self.total, self.sockets, self.echoes, self.cut = 0, 0, 0, []

    @property
    def phase(self):
        return self.phases[-1]

    async def client(self):
        request = (
            f"GET {self.options.path} HTTP/1.1\r\nHost: {self.options.host}\r\nUser-Agent: load\r\n\r\n"
        ).encode()
        reader = writer = None
        asked = 0
        while not self.stopped:
            started = time.time()
            try:
                try:
                    if writer is None:
                        reader, writer = await self.connect()
                        asked = 0
                    head = await self.ask(reader, writer, request)
                except (ConnectionError, asyncio.IncompleteReadError) as error:
                    if not self.options.resend or asked == 0 or getattr(error, "partial", b""):
                        raise
                    writer.close()
                    reader, writer = await self.connect()
                    asked = 0
                    head = await self.ask(reader, writer, request)
                asked += 1
                lines = head.decode("latin-1").split("\r\n")
                status = int(lines[0].split(" ")[1])
                fields = {line.split(":")[0].lower(): line.split(":", 1)[1].strip() for line in lines[1:] if ":" in line}
                body = await self.body(reader, fields)
                if status != 200:
                    self.phase.failures.append(f"status {status}: {body[:60]!r}")
                kind = " ".join(body.decode("utf-8", "replace").split()[:2])
                now = time.time()
                self.phase.answers[kind] = self.phase.answers.get(kind, 0) + 1
                self.phase.first.setdefault(kind, now)
                self.phase.last[kind] = now
                self.phase.times.append(now - started)
                self.total += 1
                if fields.get("connection", "").lower() == "close" or asked == self.options.per_connection:
                    writer.close()
                    writer = None
            except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError, ValueError, IndexError) as error:
                moment = time.strftime("%H:%M:%S", time.gmtime()) + f"{time.time() % 1:.3f}"[1:]
                self.phase.failures.append(f"{moment} request {asked} of its connection: {type(error).__name__}: {error}")
                if writer is not None:
                    writer.close()
                writer = None
                await asyncio.sleep(0.01)
            if self.options.rate:
                await asyncio.sleep(self.options.clients / self.options.rate)

    async def connect(self):
        return await asyncio.open_connection(self.options.address, self.options.port)

    async def ask(self, reader, writer, request):
        writer.write(request)
        return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)

    async def body(self, reader, fields):
        if fields.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while True:
                size = int((await reader.readline()).split(b";")[0], 16)
                body += await reader.readexactly(size)
                await reader.readline()
                if size == 0:
                    return body
        return await reader.readexactly(int(fields.get("content-length", "0")))

    async def websocket(self):
        """Sends a text every 50 ms and expects it back; being cut is what is counted."""
        try:
            reader, writer = await self.connect()
            writer.write(
                f"GET {self.options.websocket_path} HTTP/1.1\r\nHost: {self.options.host}\r\nConnection: Upgrade\r\n"
                "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
            )
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            if b" 101 " not in head.split(b"\r\n")[0]:
                raise ValueError(head.split(b"\r\n")[0].decode())
            self.sockets += 1
            number = 0
            while not self.stopped:
                number += 1
                text = f"{number:08d}".encode()
                writer.write(text)
                if await asyncio.wait_for(reader.readexactly(len(text)), 30) != text:
                    raise ValueError("another text came back")
                self.echoes += 1
                await asyncio.sleep(0.05)
            writer.close()
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError, ValueError) as error:
            self.cut.append(f"{type(error).__name__}: {error}")

    async def commands(self):
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            words = line.decode().split()
            if words[:1] == ["mark"]:
                self.phases.append(Phase(" ".join(words[1:])))
            elif words[:1] == ["count"]:
                print(self.total, flush=True)
        self.stopped = True

    async def run(self):
        tasks = [asyncio.create_task(self.client()) for _ in range(self.options.clients)]
        tasks += [asyncio.create_task(self.websocket()) for _ in range(self.options.websockets)]
        await self.commands()
        await asyncio.wait(tasks, timeout=30)
        phases = [phase.report() for phase in self.phases]
        print(
            json.dumps(
                {
                    "requests": sum(phase["requests"] for phase in phases),
                    "failed": sum(phase["failed"] for phase in phases),
                    "failures": [text for phase in phases for text in phase["failures"]][:20],
                    "phases": phases, "websockets": self.sockets, "echoes": self.echoes, "cut": self.cut,
                }
            ),
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--per-connection", type=int, default=0, help="requests; 0 for no end")
    parser.add_argument("--resend", action="store_true")
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--path", default="/")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--rate", type=float, default=0, help="requests a second at most; 0 for as many as there can be")
    parser.add_argument("--websockets", type=int, default=0)
    parser.add_argument("--websocket-path", default="/ws")
    asyncio.run(Load(parser.parse_args()).run())


if __name__ == "__main__":
    main()
