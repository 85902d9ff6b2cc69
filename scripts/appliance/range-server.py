#!/usr/bin/env python3
"""Serves one folder over HTTP on loopback, with ranges, and counts what is fetched.

Usage: range-server.py FOLDER PORT

RAUC streams bundles in ranges (RFC 9110, 14), which Python's own server does not know. GET /count answers with the bytes and requests
so far as JSON, GET /count/reset sets both to zero.
"""

import http.server
import json
import pathlib
import re
import sys
import threading

CHUNK = 1 << 18
RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
counted = {"bytes": 0, "requests": 0}
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        if self.path.startswith("/count"):
            self.count()
        else:
            self.answer(body=True)

    def count(self):
        with lock:
            if self.path == "/count/reset":
                counted.update(bytes=0, requests=0)
            text = json.dumps(counted).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def span(self, size):
        """First and last byte that are wanted; None for a range that cannot be met."""
        header = self.headers.get("Range")
        if not header:
            return 0, size - 1
        match = RANGE.match(header)
        if not match or not (match[1] or match[2]):
            return None
        first = int(match[1]) if match[1] else max(0, size - int(match[2]))
        last = min(int(match[2]), size - 1) if match[1] and match[2] else size - 1
        return (first, last) if first <= last else None

    def answer(self, body):
        file = folder / pathlib.PurePosixPath(self.path).name
        if not file.is_file():
            self.send_error(404)
            return
        size = file.stat().st_size
        span = self.span(size)
        if span is None:
            self.send_error(416)
            return
        first, last = span
        partial = "Range" in self.headers
        self.send_response(206 if partial else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(last - first + 1))
        if partial:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.end_headers()
        with lock:
            counted["requests"] += 1
        if body:
            self.send_file(file, first, last)

    def send_file(self, file, first, last):
        with file.open("rb") as source:
            source.seek(first)
            left = last - first + 1
            while left > 0:
                data = source.read(min(left, CHUNK))
                self.wfile.write(data)
                left -= len(data)
                with lock:
                    counted["bytes"] += len(data)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        # A machine whose power is cut hangs up.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


if len(sys.argv) != 3:
    sys.exit(__doc__)
folder = pathlib.Path(sys.argv[1])
Server(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
