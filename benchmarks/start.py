"""What a start costs, beside the plainest start of the same kind.

    python benchmarks/start.py [--repeat 15]

Medians of whole processes, taken in turn. Loading: the default model by its path, which is tried first (as every file
of others), beside the same file by its name, which is not.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from pincel.runtime.model_file import embedded_models, load_model

PLAIN = [sys.executable, "-c", "import typer, rich.console"]
PINCEL = [sys.executable, "-m", "pincel"]
STARTS = {
    "import typer, rich": PLAIN,
    "pincel --help": [*PINCEL, "--help"],
    "pincel --version": [*PINCEL, "--version"],
    "pincel recipes": [*PINCEL, "recipes"],
    "a mistyped recipe key": [*PINCEL, "train", "colorize-lite", "data.siez=64", "-o", "run"],
    "a mistyped model": [*PINCEL, "evaluate", "defualt", "-d", ".", "-o", "report"],
}


def seconds_of(work) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def in_turn(works: dict, repeat: int) -> dict[str, float]:
    times = {name: [] for name in works}
    for turn in range(-1, repeat):
        for name, work in works.items():
            taken = seconds_of(work)
            if turn >= 0:
                times[name].append(taken)
    return {name: median(values) for name, values in times.items()}


def show(medians: dict[str, float]) -> None:
    first = next(iter(medians.values()))
    for name, value in medians.items():
        print(f"{name:40s} {1000 * value:8.1f} ms   {value / first:6.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=15)
    repeat = parser.parse_args().repeat

    def process(command: list[str]) -> None:
        subprocess.run(command, capture_output=True, check=False, env=os.environ)

    show(in_turn({name: lambda command=command: process(command) for name, command in STARTS.items()}, repeat))
    with tempfile.TemporaryDirectory() as folder:
        path = shutil.copy(embedded_models()["default"], Path(folder) / "mine.onnx")
        print()
        loads = {"load the default": lambda: load_model("default"), "load it as a file": lambda: load_model(path)}
        show(in_turn(loads, repeat))


if __name__ == "__main__":
    main()
