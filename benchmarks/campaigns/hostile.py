"""What mutated pictures do to reading, painting and writing: a picture or one sentence must come of any file.

    python benchmarks/campaigns/hostile.py [--files 10000] [--seed 0] [--seconds 20] [--keep FOLDER]

Valid files of every kind (those of docs/formats.md) are cut, overwritten, spliced and told other numbers. Each is read,
painted and encoded in every format in a worker process; a watchdog ends it when a file takes longer than ``--seconds``.
What went wrong is kept in a folder. Exit code 1: something did.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import re
import struct
import sys
import tempfile
import time
import traceback
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "imaging"))  # the scans that the tests read

from scans import scans  # noqa: E402

KINDS = ("byte", "byte", "number", "number", "cut", "zeros", "noise", "insert", "splice", "repeat")


def seeds() -> list[bytes]:
    """Valid files of every kind."""
    return [scan.data for scan in scans() if scan.expected is not None]


def mutated(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """A file that somebody, or a failing disk, changed."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        at = chance.randrange(len(changed)) if changed else 0
        near = chance.randrange(min(len(changed), 400)) if changed else 0  # headers break more than pixels do
        kind = chance.choice(KINDS)
        if kind == "byte":
            changed[near : near + 1] = bytes([chance.randrange(256)])
        elif kind == "number":
            value = chance.choice((0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, len(data), 65_536))
            packed = struct.pack(chance.choice("<>") + "I", value)
            changed[near : near + 4] = packed[-chance.choice((2, 4)) :]
        elif kind == "cut":
            del changed[at:]
        elif kind == "zeros":
            changed[at : at + 64] = bytes(64)
        elif kind == "noise":
            changed[at : at + 32] = chance.randbytes(32)
        elif kind == "insert":
            changed[near:near] = chance.randbytes(chance.randrange(1, 40))
        elif kind == "splice":
            other = chance.choice(others)
            begin = chance.randrange(len(other))
            changed[at:at] = other[begin : begin + chance.randrange(1, 300)]
        else:
            changed[near:near] = changed[near : near + chance.randrange(1, 200)]
    return bytes(changed)


def try_one(data: bytes, model: object) -> str:
    """What becomes of a file: ``painted``, ``refused``, or the traceback of what should not have happened."""
    from pincel.errors import PictureError
    from pincel.imaging.read import PictureLimits, read
    from pincel.imaging.write import FORMATS, encode
    from pincel.runtime.painter import finished, paint

    try:
        try:
            picture = read(data, name="scan", limits=PictureLimits(pixels=4_000_000, memory=1_000_000_000))
        except PictureError as error:
            return "refused" if "\n" not in str(error) else f"several lines: {error}"
        result = finished(picture, paint(picture, model)) if model is not None else picture  # type: ignore[arg-type]
        for file_format in FORMATS:
            again = read(encode(result, file_format).data, limits=PictureLimits(pixels=8_000_000))
            if (again.height, again.width) != (picture.height, picture.width):
                return f"{file_format}: {picture.width} x {picture.height} came out {again.width} x {again.height}"
    except BaseException:
        return traceback.format_exc()
    return "painted"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--keep", type=Path, default=Path("hostile-found"))
    parser.add_argument("--no-paint", action="store_true")
    given = parser.parse_args()
    valid, chance = seeds(), random.Random(given.seed)
    counts: Counter[str] = Counter()
    residents: list[int] = []
    begin = time.monotonic()
    with tempfile.NamedTemporaryFile("rb") as stderr:
        worker = _Worker(Path(stderr.name), not given.no_paint)
        for number in range(given.files):
            data = mutated(chance.choice(valid), valid, chance)
            outcome, resident = worker.ask(data, given.seconds)
            residents.append(resident)
            kind = outcome if outcome in ("painted", "refused", "hang", "crash") else "traceback"
            counts[kind] += 1
            if kind not in ("painted", "refused"):
                given.keep.mkdir(exist_ok=True)
                (given.keep / f"{given.seed}-{number}.bin").write_bytes(data)
                (given.keep / f"{given.seed}-{number}.txt").write_text(outcome)
        worker.end()
        lines = stderr.read().decode(errors="replace").splitlines()
    alive = [size for size in residents if size]
    early = alive[min(len(alive) - 1, 200)] if alive else 0
    print(f"| seeds | files | painted | refused | tracebacks | hangs | crashes | lines on stderr | "
          f"MiB at file 200, end, peak |\n|---|---|---|---|---|---|---|---|---|\n"
          f"| {len(valid)} | {given.files} | {counts['painted']} | {counts['refused']} | {counts['traceback']} | "
          f"{counts['hang']} | {counts['crash']} | {len(lines)} | {early}, {alive[-1] if alive else 0}, {worker.peak} |"
          f"\n"
          f"{time.monotonic() - begin:.0f} s, seed {given.seed}")  # fmt: skip
    for line, count in Counter(re.sub(r"[0-9.]+", "N", line) for line in lines).most_common(10):
        print(f"stderr, {count} times: {line}")
    return 0 if counts["painted"] + counts["refused"] == given.files and not lines else 1


class _Worker:
    """A process that tries files one after the other, started again when it dies or is ended."""

    def __init__(self, stderr: Path, paints: bool) -> None:
        self._stderr, self._paints, self.peak = stderr, paints, 0
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def ask(self, data: bytes, seconds: float) -> tuple[str, int]:
        """What becomes of a file, and the worker's size in MiB; 0 when it had to be started again."""
        try:
            self._ours.send(data)
            if self._ours.poll(seconds):
                outcome, resident, peak = self._ours.recv()
                self.peak = max(self.peak, peak)
                return outcome, resident
            outcome = "hang"
        except (EOFError, BrokenPipeError, ConnectionResetError):
            outcome = "crash"
        self._process.kill()
        self._process.join()
        self._start()
        return outcome, 0

    def end(self) -> None:
        self._ours.close()
        self._process.join(10)
        self._process.kill()

    def _start(self) -> None:
        self._ours, theirs = self._context.Pipe()
        self._process = self._context.Process(target=_work, args=(theirs, self._stderr, self._paints))
        self._process.start()
        theirs.close()


def _work(ours: Connection, stderr: Path, paints: bool) -> None:
    import os

    os.dup2(os.open(stderr, os.O_WRONLY | os.O_APPEND), 2)
    from pincel.runtime.model_file import load_model

    model = load_model(threads=1) if paints else None
    while True:
        try:
            data = ours.recv()
        except EOFError:
            return
        outcome = try_one(data, model)
        status = Path("/proc/self/status").read_text()
        sizes = [int(size) // 1024 for size in re.findall(r"Vm(?:HWM|RSS):\s+(\d+)", status)][::-1]  # HWM comes first
        ours.send((outcome, *sizes))


if __name__ == "__main__":
    sys.exit(main())
