"""What painting costs: 12-megapixel JPEG against Pillow, peak memory, start-up, network latency.

    python benchmarks/painting.py [--model NAME|FILE] [--repeat 5]

All figures come from one run; ratios are of medians. Peak memory is the largest resident size of a child process.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

import pincel
from pincel.imaging.read import read
from pincel.imaging.write import write
from pincel.runtime.painter import finished, paint


def median_seconds(work, repeat: int) -> float:
    seconds = []
    for _ in range(repeat):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def photo(width: int, height: int, path: Path) -> Path:
    """A real photo, enlarged, with film grain, so that it compresses like a photo; grey values in RGB."""
    grey = np.asarray(Image.open(pincel.example("cat")).convert("L"))
    big = cv2.resize(grey, (width, height), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(0).normal(0, 3, (1024, 1024)).astype(np.int8)
    tiles = np.tile(grain, (-(-height // 1024), -(-width // 1024)))[:height, :width]
    noisy = cv2.add(big, tiles, dtype=cv2.CV_8U)
    Image.fromarray(cv2.cvtColor(noisy, cv2.COLOR_GRAY2RGB)).save(path, quality=90)
    return path


def peak_mib(*arguments: str) -> float:
    """Peak resident size of ``pincel ARGUMENTS`` in MiB."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    command = [sys.executable, "-c", code, sys.executable, "-m", "pincel", *arguments]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="default")
    parser.add_argument("--repeat", type=int, default=7)
    given = parser.parse_args()
    model = pincel.load_model(given.model)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        big = photo(4000, 3000, work / "12mp.jpg")

        def pillow() -> None:
            Image.open(big).convert("RGB").save(work / "pillow.jpg", quality=95)

        def ours() -> None:
            picture = read(big)
            write(finished(picture, paint(picture, model)), work / "ours.jpg")

        ours()
        pillow_seconds, our_seconds = median_seconds(pillow, given.repeat), median_seconds(ours, given.repeat)
        print(f"12 MP JPEG, file to file: {our_seconds:.3f} s; Pillow decode + encode: {pillow_seconds:.3f} s; "
              f"ratio {our_seconds / pillow_seconds:.2f}")  # fmt: skip
        source = np.zeros((1, 1, 256, 256), np.float32)
        model.run(source)
        print(f"network at 256 x 256: {1000 * median_seconds(lambda: model.run(source), 15):.1f} ms")
        small = work / "small.jpg"
        Image.open(pincel.example("cat")).save(small)
        start = median_seconds(
            lambda: subprocess.run(
                [sys.executable, "-m", "pincel", "colorize", str(small), "-o", str(work / "out"), "--overwrite",
                 "--model", given.model], check=True, capture_output=True), given.repeat)  # fmt: skip
        print(f"pincel colorize small.jpg, whole process: {start:.2f} s")
        show_help = [sys.executable, "-m", "pincel", "--help"]
        print(f"pincel --help: {median_seconds(lambda: subprocess.run(show_help, capture_output=True), 7):.2f} s")
        for name, path in (("12", big), ("100", photo(11600, 8700, work / "100mp.jpg"))):
            mib = peak_mib("colorize", str(path), "-o", str(work / "mem"), "--model", given.model)
            print(f"peak memory, {name} MP photo: {mib:.0f} MiB")
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors, "
          f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB here")  # fmt: skip


if __name__ == "__main__":
    main()
