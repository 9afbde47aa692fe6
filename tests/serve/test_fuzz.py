"""Hundreds of requests as nobody should send them, with fixed seeds. None is the server's fault."""

import asyncio
import random
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from serve_helpers import Process

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "campaigns"))
import load

CHARSETS = [
    "unicode_escape",
    "punycode",
    "undefined",
    "utf-7",
    "idna",
    "rot13",
    "zlib",
    "\x00",
    "utf-16",
    "raw_unicode_escape",
]
QUERIES = [
    "",
    "?format=png",
    "?label=%00",
    "?label=%ff%ed%a0%80",
    "?model=%2e%2e",
    "?saturation=1e999",
    "?" + "a=b&" * 500,
]
NAMES = [b"picture", b"label", b"pic\x00ture", b"\xed\xa0\x80", b"*", b'"', b"x" * 5000]


BOUNDARIES = ["edge", "edge", "edge", "", "x" * 300, '"ed', "ÿ"]
FILES = [b"", b'; filename="a.png"', b"; filename*=utf-8''%00", b"; filename"]


def a_request(rng):
    """Bytes of one request: sound in its length alone."""
    parts = []
    for _ in range(rng.choice([0, 1, 1, 2, 3, 40])):
        head = b'Content-Disposition: form-data; name="' + rng.choice(NAMES) + b'"' + rng.choice(FILES)
        parts.append(b"--edge\r\n" + head + b"\r\n\r\n" + rng.randbytes(rng.choice([0, 5, 2000])) + b"\r\n")
    body = b"".join([*parts, b"--edge--\r\n"])
    if rng.random() < 0.6:
        body = load.mutated(rng, body)
    kind = "multipart/form-data; boundary=" + rng.choice(BOUNDARIES)
    if rng.random() < 0.5:
        kind += "; charset=" + rng.choice(CHARSETS)
    kind = rng.choice([kind, kind, kind, "multipart/form-data", "multipart/mixed; boundary=edge", ";;=;"])
    return load.post(body, kind, rng.choice(QUERIES))


def status(port, data):
    """The status of the answer; a refusal is a problem."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(data)
        said = b""
        while received := connection.recv(65536):
            said += received
    head = said.partition(b"\r\n\r\n")[0].lower()
    number = int(head.split()[1])
    assert number < 400 or b"application/problem+json" in head, said[:500]
    return number


def test_malformed_forms_are_never_the_servers_fault(toys, capfd):
    rng = random.Random(21)
    with ThreadPoolExecutor(8) as clients:
        found = set(clients.map(lambda data: status(toys.port, data), [a_request(rng) for _ in range(600)]))
    assert found <= {200, 400, 413, 422, 429}
    assert {200, 400, 422} <= found
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("way", ["body", "head"])
def test_mutated_requests_are_never_the_servers_fault(toys, capfd, way):
    rng = random.Random(4)
    sound = load.post(*load.a_form(b"picture"))

    def send(data):
        with socket.create_connection(("127.0.0.1", toys.port), timeout=60) as connection:
            connection.sendall(data)
            connection.settimeout(0.2)  # where the length became larger, the server waits for more
            try:
                return connection.recv(65536).split()[1:2]
            except (TimeoutError, ConnectionError):
                return []

    requests = [load.mutated(rng, sound, among=None if way == "body" else 150) for _ in range(300)]
    with ThreadPoolExecutor(16) as clients:
        found = [status for one in clients.map(send, requests) for status in one]
    assert len(found) > 50
    assert not any(status.startswith(b"5") for status in found)
    assert "Traceback" not in capfd.readouterr().err


def test_a_mutated_picture_is_painted_or_the_clients_fault(server):
    draw = load.Requests(seed=5, large=False)
    small = [data for data in draw.sound if len(data) < 60_000]
    bodies = [load.mutated(draw.rng, draw.rng.choice(small)) for _ in range(40)]
    port = int(server.url.rpartition(":")[2])
    with ThreadPoolExecutor(4) as clients:
        found = list(clients.map(lambda body: status(port, load.post(body)), bodies))
    assert set(found) == {200, 422}


def test_many_clients_and_a_killed_worker_bring_no_fault_and_no_traceback():
    server = Process("--workers", 2, "--max-mb", 2)
    tally = load.Tally()
    port = int(server.url.rpartition(":")[2])
    kill = load.kill_a_worker(server.process.pid)
    asyncio.run(load.storm(port, tally, clients=12, requests=40, large=False, kill=kill, kill_every=1, kills=1))
    _, logged = server.stop()
    assert tally.kills == 1
    assert tally.count("5") == 0, tally.statuses
    assert tally.count("2") > 5
    assert tally.no_problems == []
    assert "Traceback" not in logged
