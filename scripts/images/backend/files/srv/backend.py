"""The example's backend: counts visits in PostgreSQL and answers JSON on port 8080.

DATABASE_URL names the database. GET /healthz answers while the process lives, GET /readyz while the database answers too.
"""

import json
import os
import signal
import sys
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2

DATABASE_URL = os.environ["DATABASE_URL"]


def query(*statements):
    """Runs the statements in one transaction and returns the only value of the last one's only row."""
    with closing(psycopg2.connect(DATABASE_URL, connect_timeout=3)) as connection, connection:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchone()[0]


def count_visits():
    return query("SELECT count(*) FROM visits")


def add_visit():
    return query("INSERT INTO visits DEFAULT VALUES", "SELECT count(*) FROM visits")


def ready():
    return query(
        "CREATE TABLE IF NOT EXISTS visits (id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())",
        "SELECT 1",
    )


class Handler(BaseHTTPRequestHandler):
    routes = {
        ("GET", "/healthz"): lambda: {"status": "alive"},
        ("GET", "/readyz"): lambda: {"status": "ready", "database": ready()},
        ("GET", "/api/visits"): lambda: {"visits": count_visits()},
        ("POST", "/api/visits"): lambda: {"visits": add_visit()},
    }

    def answer(self):
        route = self.routes.get((self.command, self.path))
        if route is None:
            return self.send(404, {"error": f"no {self.command} {self.path} here"})
        try:
            self.send(200, route())
        except psycopg2.Error as error:
            self.send(503, {"error": "the database does not answer", "cause": str(error).strip()})

    do_GET = do_POST = answer

    def send(self, status, body):
        content = json.dumps(body).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format, *arguments):
        if self.path not in ("/healthz", "/readyz"):
            super().log_message(format, *arguments)


if __name__ == "__main__":
    # A first process gets no default signal handlers from the kernel: without this, stopping takes the whole grace period.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("", 8080), Handler).serve_forever()
