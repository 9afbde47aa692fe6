"""What many clients at once do to `pincel serve`: sound, damaged, malformed and slow requests, and killed workers.

    python benchmarks/campaigns/load.py [--clients 64] [--seconds 60] [--seed 0] [--eager]

Beside them a process of its own asks for /health and, by turns, for the answer of an empty asyncio server, so that
other load on the machine meets both. Clients that are sent away (429) come again when they were told to; eager ones at
once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

import pincel

ANSWER_SECONDS = 150.0  # longer than any limit of the server
PROBE_PAUSE = 0.02  # seconds between two questions of the probe


@dataclass
class Tally:
    """What came of all requests."""

    statuses: Counter[tuple[str, str]] = field(default_factory=Counter)  # (kind of request, status)
    seconds: list[float] = field(default_factory=list)  # of pictures that were painted
    no_problems: list[str] = field(default_factory=list)  # refusals that are not problem+json
    kills: int = 0

    def count(self, begins: str) -> int:
        return sum(count for (_, status), count in self.statuses.items() if status.startswith(begins))


@dataclass
class Request:
    """Bytes to send: at once, or in ``pieces`` with a pause between; ``leaves``: without waiting for the answer."""

    kind: str
    data: bytes
    pieces: int = 1
    pause: float = 0.0
    leaves: bool = False


class Requests:
    """Draws requests; equal seeds give equal ones."""

    def __init__(self, seed: int, large: bool = True) -> None:
        self.rng, self.large = random.Random(seed), large
        self.sound = [path.read_bytes() for path in (pincel.example("cat"), pincel.example("rocket"))]
        noise = np.random.default_rng(seed)
        grey = noise.integers(0, 255, (120, 160), np.uint8)
        deep = noise.integers(0, 65535, (60, 80), np.uint16)
        big = np.asarray(Image.open(pincel.example("cat")).convert("L").resize((2000, 1500)))
        pictures = [(grey, "PNG"), (grey, "TIFF"), (grey, "WEBP"), (grey, "BMP"), (deep, "PNG"), (deep, "TIFF")]
        for pixels, file_format in [*pictures, *([(big, "JPEG")] if large else [])]:
            buffer = io.BytesIO()
            Image.fromarray(pixels).save(buffer, file_format)
            self.sound.append(buffer.getvalue())

    def next(self) -> Request:
        kinds: list[tuple[int, Callable[[], Request]]] = [
            (40, self._painted),
            (15, self._damaged),
            (15, self._form),
            (12, self._malformed),
            (8, self._slow),
            (4, self._leaving),
            (4, self._no_http),
            (6, self._looking),
            (2, self._heavy),
        ]
        return self.rng.choices([make for _, make in kinds], [weight for weight, _ in kinds])[0]()

    def _painted(self) -> Request:
        return Request("sound", post(self.rng.choice(self.sound), query=self.rng.choice(["", "?format=png", "?x=1"])))

    def _damaged(self) -> Request:
        return Request("damaged", post(mutated(self.rng, self.rng.choice(self.sound))))

    def _form(self) -> Request:
        return Request("form", post(*a_form(self.rng.choice(self.sound))))

    def _malformed(self) -> Request:
        body, kind = a_form(self.rng.choice(self.sound)[:3000])
        odd = [
            "; charset=unicode_escape",
            "; charset=punycode",
            "; charset=undefined",
            "; boundary=",
            "; boundary=\xff",
        ]
        kind += self.rng.choice(odd)
        return Request("malformed", post(mutated(self.rng, body, among=200), kind))

    def _heavy(self) -> Request:
        return Request("heavy", post(*a_form(bytes(30_000_000) if self.large else bytes(1_000_000))))

    def _slow(self) -> Request:
        data = post(self.rng.choice(self.sound))
        return Request("slow", data, pieces=self.rng.randint(2, 12), pause=self.rng.uniform(0.02, 0.4))

    def _leaving(self) -> Request:
        data = post(self.rng.choice(self.sound))
        return Request("leaving", data[: self.rng.randint(1, len(data))], leaves=True)

    def _no_http(self) -> Request:
        return Request("no HTTP", mutated(self.rng, post(b"x" * 50), among=80) + b"\r\n\r\n")

    def _looking(self) -> Request:
        paths = ["/", "/docs", "/static/app.js", "/openapi.json", "/api/v1/models", "/examples/cat.jpg", "/nothing"]
        method = self.rng.choice(["GET", "HEAD", "PUT"])
        head = f"{method} {self.rng.choice(paths)} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n"
        return Request("looking", f"{head}Connection: close\r\n\r\n".encode())


def post(body: bytes, kind: str = "", query: str = "") -> bytes:
    lines = [f"POST /api/v1/colorize{query} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"Content-Type: {kind}"] if kind else []
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body


def a_form(picture: bytes) -> tuple[bytes, str]:
    field_ = b'--edge\r\nContent-Disposition: form-data; name="format"\r\n\r\npng\r\n'
    file = b'--edge\r\nContent-Disposition: form-data; name="picture"; filename="a.jpg"\r\n\r\n' + picture
    return field_ + file + b"\r\n--edge--\r\n", "multipart/form-data; boundary=edge"


def mutated(rng: random.Random, data: bytes, among: int | None = None) -> bytes:
    """With one to eight changes, in the first ``among`` bytes: bytes changed, left out, doubled; or cut off."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(min(len(changed), among or len(changed)) or 1)
        way = rng.randrange(4)
        if way == 0:
            changed[at : at + 1] = bytes([rng.randrange(256)])
        elif way == 1:
            del changed[at : at + rng.randint(1, 20)]
        elif way == 2:
            changed[at:at] = changed[at : at + rng.randint(1, 20)]
        elif rng.random() < 0.3:
            del changed[at:]
    return bytes(changed)


async def one(port: int, request: Request, tally: Tally) -> float:
    """Send a request and note its answer; seconds that the server asked to wait."""
    begin = time.monotonic()
    said = b""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        step = -(-len(request.data) // request.pieces)
        for start in range(0, len(request.data), step):
            writer.write(request.data[start : start + step])
            await writer.drain()
            await asyncio.sleep(request.pause)
        if not request.leaves:
            if request.kind == "no HTTP":  # the server may wait for more
                writer.write_eof()
            async with asyncio.timeout(ANSWER_SECONDS):
                said = await reader.read(-1)
        writer.close()
    except (OSError, TimeoutError) as error:
        status = "reset" if isinstance(error, ConnectionError) else "late"
    else:
        found = re.match(rb"HTTP/1\.1 (\d+)", said)
        status = "left" if request.leaves else found[1].decode() if found else "closed"
    tally.statuses[request.kind, status] += 1
    if status == "200" and request.kind in ("sound", "form"):
        tally.seconds.append(time.monotonic() - begin)
    head = said.partition(b"\r\n\r\n")[0].lower()
    if status.isdecimal() and int(status) >= 400 and b"application/problem+json" not in head:
        tally.no_problems.append(f"{request.kind} {status}")
    again = re.search(rb"retry-after: (\d+)", head)
    return float(again[1]) if again else 0.0


async def storm(
    port: int,
    tally: Tally,
    *,
    clients: int,
    seed: int = 0,
    seconds: float = 1e9,
    requests: int = 1 << 60,
    large: bool = True,
    eager: bool = False,
    kill: Callable[[random.Random], None] | None = None,
    kill_every: float = 5.0,
    kills: int = 1 << 60,
) -> None:
    """Many clients for so long, or for so many requests."""
    draw, rng = Requests(seed, large), random.Random(seed)
    end, left = time.monotonic() + seconds, requests

    async def client() -> None:
        nonlocal left
        while time.monotonic() < end and left > 0:
            left -= 1
            again = await one(port, draw.next(), tally)
            await asyncio.sleep(0 if eager else again)

    async def killer() -> None:
        while kill is not None and tally.kills < kills:
            await asyncio.sleep(kill_every)
            kill(rng)
            tally.kills += 1

    killing = asyncio.ensure_future(killer())
    await asyncio.gather(*(client() for _ in range(clients)))
    killing.cancel()


def children(parent: int) -> list[int]:
    """Worker processes of a server."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            is_child = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == parent
            if is_child and b"spawn_main" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


def kill_a_worker(server: int) -> Callable[[random.Random], None]:
    def kill(rng: random.Random) -> None:
        if workers := sorted(children(server)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(rng.choice(workers), signal.SIGKILL)

    return kill


async def empty_server() -> None:
    """An asyncio server that does nothing, to compare with."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def probe(ports: list[int]) -> None:
    """Ask both servers by turns until the input ends; prints the seconds of each answer."""
    import socket
    import threading

    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    open_: dict[int, socket.socket] = {}
    while not over.is_set():
        for port in ports:
            begin = time.perf_counter()
            try:
                if port not in open_:
                    open_[port] = socket.create_connection(("127.0.0.1", port), timeout=60)
                open_[port].sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                said = b""
                while not said.endswith(b"}"):
                    received = open_[port].recv(65536)
                    if not received:
                        raise ConnectionResetError
                    said += received
                status = said.split()[1].decode()
            except OSError as error:
                status = type(error).__name__
                open_.pop(port, None)
            print(port, status, time.perf_counter() - begin)
            time.sleep(PROBE_PAUSE)


def quantiles(seconds: list[float]) -> str:
    if not seconds:
        return "none"
    in_order = sorted(seconds)
    p50, p99 = (1000 * in_order[min(len(in_order) - 1, int(share * len(in_order)))] for share in (0.5, 0.99))
    return f"p50 {p50:7.1f} ms   p99 {p99:7.1f} ms   longest {1000 * in_order[-1]:7.1f} ms   n {len(in_order)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--eager", action="store_true", help="clients that are sent away come again at once")
    parser.add_argument("--empty", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--probe", type=int, nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.empty:
        asyncio.run(empty_server())
    elif given.probe:
        probe(given.probe)
    else:
        campaign(given.clients, given.seconds, given.seed, given.eager)


def campaign(clients: int, seconds: float, seed: int, eager: bool) -> None:
    print(f"{os.cpu_count()} processors; load {os.getloadavg()[0]:.1f} before it began; seed {seed}")
    tally = Tally()
    with tempfile.TemporaryFile("w+") as log, contextlib.ExitStack() as running:

        def start(*command: str, **options) -> subprocess.Popen[str]:
            process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True, **options)
            running.callback(process.wait)
            running.callback(process.terminate)
            return process

        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        server = start("-m", "pincel", "serve", "--no-browser", "--port", "0", stderr=log, env=environment)
        port = int(server.stdout.readline().split()[3].rpartition(":")[2])
        empty_port = int(start(__file__, "--empty").stdout.readline())
        asyncio.run(one(port, Request("first", post(pincel.example("cat").read_bytes())), Tally()))  # models are loaded
        with tempfile.TemporaryFile("w+") as measured:
            command = [sys.executable, __file__, "--probe", str(port), str(empty_port)]
            probing = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=measured, text=True)
            kill = kill_a_worker(server.pid)
            asyncio.run(storm(port, tally, clients=clients, seed=seed, seconds=seconds, eager=eager, kill=kill))
            probing.communicate("")
            measured.seek(0)
            rows = [line.split() for line in measured]
        server.send_signal(signal.SIGINT)
        server.wait()
        log.seek(0)
        logged = log.read()
    kinds = sorted({kind for kind, _ in tally.statuses})
    found = sorted({status for _, status in tally.statuses})
    print(f"{clients} clients for {seconds:.0f} s, {tally.kills} workers killed; answers by kind and status:")
    print("  " + " " * 10 + "".join(f"{status:>8}" for status in found))
    for kind in kinds:
        print(f"  {kind:10}" + "".join(f"{tally.statuses[kind, status] or '':>8}" for status in found))
    print(f"  answers {tally.count('')}, of them 5xx {tally.count('5')}; tracebacks {logged.count('Traceback')}")
    print(f"  refusals that are not problem+json: {Counter(tally.no_problems) or 'none'}")
    print(f"  painted       {quantiles(tally.seconds)}")
    for name, number in (("/health", port), ("empty server", empty_port)):
        good = [float(row[2]) for row in rows if row[0] == str(number) and row[1] == "200"]
        bad = Counter(row[1] for row in rows if row[0] == str(number) and row[1] != "200")
        print(f"  {name:13} {quantiles(good)}{f'   other answers: {dict(bad)}' if bad else ''}")
    other_lines = Counter(re.sub(r"\d+", "N", line)[:110] for line in logged.splitlines())
    for line, count in other_lines.most_common(8):
        print(f"  log: {count:5} x {line}")


if __name__ == "__main__":
    main()
