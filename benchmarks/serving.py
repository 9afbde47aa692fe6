"""What serving costs: a 1-megapixel photo through HTTP, 16 clients at once, live drawing.

    python benchmarks/serving.py [--repeat 15] [--seconds 60]

Server and client run on one machine. Times are of the clock, medians; the in-process time is of the same work, from
JPEG bytes to JPEG bytes, measured by turns with the requests so that other load on the machine meets both. Processor
time is that of the server and its workers; it hardly depends on what else the machine does.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import cv2
import httpx
import numpy as np
from PIL import Image, ImageDraw

import pincel
from pincel.imaging.read import read
from pincel.imaging.write import encode
from pincel.runtime.painter import finished, paint


def one_megapixel() -> bytes:
    """A real photo, enlarged, with film grain, so that it compresses like a photo: 1152 x 868 JPEG."""
    grey = np.asarray(Image.open(pincel.example("cat")).convert("L"))
    big = cv2.resize(grey, (1152, 868), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(0).normal(0, 3, big.shape).astype(np.int8)
    buffer = io.BytesIO()
    Image.fromarray(cv2.add(big, grain, dtype=cv2.CV_8U)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def drawing(strokes: int) -> bytes:
    """A canvas of 256 px with so many strokes on it, PNG."""
    image = Image.new("RGB", (256, 256), "white")
    pen = ImageDraw.Draw(image)
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    for angle in angles[:strokes]:
        x, y = 128 + 70 * np.cos(angle), 128 + 70 * np.sin(angle)
        pen.ellipse((x - 34, y - 34, x + 34, y + 34), outline="black", width=3)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


class Server:
    """`pincel serve` in a process of its own."""

    def __enter__(self) -> Server:
        command = [sys.executable, "-m", "pincel", "serve", "--no-browser", "--port", "0"]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[3] + "/api/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    def mib(self) -> float:
        """Resident memory of the server and its workers; pages that they share count in each."""
        return sum(resident(pid) for pid in [self.process.pid, *children(self.process.pid)])

    def processor_seconds(self) -> float:
        """Spent so far by the server and its workers."""
        return sum(processor_seconds(pid) for pid in [self.process.pid, *children(self.process.pid)])


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == parent:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def resident(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        return 0.0


def timed(work) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def ms(seconds: list[float]) -> str:
    return f"{1000 * statistics.median(seconds):.0f} ms"


def one_photo(server: Server, repeat: int) -> None:
    data, model = one_megapixel(), pincel.load_model()

    def in_process() -> None:
        picture = read(data)
        encode(finished(picture, paint(picture, model)))

    stages: dict[str, list[float]] = {}
    with httpx.Client(timeout=120) as client:

        def through_http() -> None:
            answer = client.post(server.url + "/colorize", content=data)
            answer.raise_for_status()
            for part in answer.headers["Server-Timing"].split(", "):
                name, value = part.split(";dur=")
                stages.setdefault(name, []).append(float(value) / 1000)

        for _ in range(3):
            in_process(), through_http()
        stages.clear()
        spent, spent_here = server.processor_seconds(), time.process_time()
        pairs = [(timed(in_process), timed(through_http)) for _ in range(repeat)]
        cost = (server.processor_seconds() - spent) / repeat
        cost_here = (time.process_time() - spent_here) / repeat
    inside, outside = ([pair[i] for pair in pairs] for i in (0, 1))
    ratio = statistics.median(outside) / statistics.median(inside)
    print(f"1 MP JPEG ({len(data) / 1e6:.2f} MB), {repeat} times: in process {ms(inside)}, POST {ms(outside)}")
    print(
        f"  processor time: here {1000 * cost_here:.0f} ms (the client's share included), server {1000 * cost:.0f} ms"
    )
    print(f"  ratio {ratio:.2f} (asked: under 1.5); stages: " + ", ".join(f"{k} {ms(v)}" for k, v in stages.items()))


def many_clients(server: Server, clients: int, seconds: float) -> None:
    data = one_megapixel()
    counts: Counter[str] = Counter()
    end = time.monotonic() + seconds

    def ask() -> None:
        with httpx.Client(timeout=120) as client:
            while time.monotonic() < end:
                try:
                    status = str(client.post(server.url + "/colorize", content=data).status_code)
                except httpx.HTTPError as error:
                    status = type(error).__name__
                counts[status] += 1

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    time.sleep(min(10, seconds / 2))
    early = server.mib()
    time.sleep(max(0, end - time.monotonic() - 0.5))
    late = server.mib()
    for thread in threads:
        thread.join()
    wrong = sum(count for status, count in counts.items() if status not in ("200", "429"))
    print(f"{clients} clients for {seconds:.0f} s: {dict(counts)}; other than 200 and 429: {wrong} (asked: 0)")
    print(
        f"  {counts['200'] / seconds:.1f} pictures a second; memory {early:.0f} MiB after 10 s, {late:.0f} at the end"
    )
    print(f"  ({100 * (late / early - 1):+.1f} %, asked: within 10)")


def live_drawing(server: Server, repeat: int) -> None:
    canvases = [drawing(strokes) for strokes in range(1, 13)]
    url = server.url + "/translate?model=sketch"
    with httpx.Client(timeout=60) as client:
        for _ in range(3):
            client.post(url, content=canvases[0])
        spent = server.processor_seconds()
        seconds = [timed(lambda i=i: client.post(url, content=canvases[i % 12])) for i in range(repeat)]
        cost = 1000 * (server.processor_seconds() - spent) / repeat
    worst = 1000 * sorted(seconds)[round(0.9 * (repeat - 1))]
    print(f"live drawing, 256 px, {repeat} canvases: {ms(seconds)} to the picture, nine of ten under {worst:.0f} ms")
    print(f"  (asked: under 150 ms); processor time {cost:.0f} ms each")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    print(f"{os.cpu_count()} processors; load {os.getloadavg()[0]:.1f} before it began")
    with Server() as server:
        one_photo(server, given.repeat)
        live_drawing(server, 2 * given.repeat)
        many_clients(server, 16, given.seconds)


if __name__ == "__main__":
    main()
