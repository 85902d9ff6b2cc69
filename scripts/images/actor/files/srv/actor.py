"""A web service on demand: what it does is decided by its environment (see scripts/images/README.md).

Keeps connections, echoes on /ws after an upgrade, and ends at once when it is told to: whoever is still served then is cut.
"""

import asyncio
import os
import random
import signal
import socket

VERSION = os.environ.get("VERSION", "1")
DELAY = float(os.environ.get("DELAY_MS", "0")) / 1000
ERRORS = float(os.environ.get("ERROR_SHARE", "0"))
READY_AFTER = float(os.environ.get("READY_AFTER", "0"))
PORT = int(os.environ.get("PORT", "80"))


async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if b"upgrade: websocket" in head.lower():
                writer.write(
                    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
                )
                while data := await reader.read(4096):
                    writer.write(data)
                    await writer.drain()
                return
            is_check = head.startswith(b"GET /healthz")
            if DELAY and not is_check:
                await asyncio.sleep(DELAY * random.uniform(0.9, 1.1))
            status = "500 Internal Server Error" if not is_check and random.random() < ERRORS else "200 OK"
            body = f"version {VERSION} of {socket.gethostname()}\n".encode()
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    if READY_AFTER:
        await asyncio.sleep(READY_AFTER)
    server = await asyncio.start_server(serve, "", PORT, backlog=512)
    print(f"serving version {VERSION} on port {PORT}", flush=True)
    async with server:
        await server.serve_forever()


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
asyncio.run(main())
