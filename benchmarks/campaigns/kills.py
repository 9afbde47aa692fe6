"""What a SIGKILL costs: commands are killed, run again as a user would, and looked at.

    python benchmarks/campaigns/kills.py [--kills 200] [--seed 0] [--only KIND] [--keep FOLDER]

Each trial begins in an empty folder. The command is killed once to three times: at a random moment, or aimed at a file
(half of it written under its temporary name; whole, before the rename; just renamed). After every kill no file under a
final name may be half-written. Then the command runs again, `train` with --resume where a checkpoint is (and by chance
where none is yet), and must end well, leave nothing under a temporary name, and give what an undisturbed command gives,
bit for bit (of an exported model: the same weights). Every command is a process of its own, forked from this one after
the slow imports; photos, recipe and networks are tiny. All that it made is removed at the end.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
import torch
import yaml
from lightning.fabric import Fabric
from onnx import numpy_helper
from PIL import Image
from safetensors.numpy import load_file

from pincel.cli import main as pincel
from pincel.training import loop  # noqa: F401 - imported once for all
from pincel.training.run import Run

LONGEST = 300.0  # s a command may take before it counts as a dead end
PHOTOS = 18
RECIPE = {
    "data": {"size": 32, "batch": 4, "cache_side": 40, "workers": 0},
    "generator": {"name": "stage_unet", "encoder_weights": "none", "options": {"stages": "8k4s2 16k4s2"}, "ema": 0.9},
    "losses": {"smooth_l1": 1.0},
    "phases": [{"epochs": 3}],
    "validation": {"pictures": 2, "samples": 2, "every": 0.5},
}


@dataclass(frozen=True)
class Kind:
    """A command and where it is killed.

    Attributes:
        arguments: of `pincel`, in the trial's folder.
        aims: (what is done to the file, a part of its name); none: a random moment.
        share: of all kills.
        first: what is done before the first kill.
        result: everything that the command made and that must be as it always is.
    """

    name: str
    arguments: list[str]
    aims: list[tuple[str, str]]
    share: float
    result: Callable[[Path], object]
    first: Callable[[Path], None] = lambda folder: None


@dataclass
class Row:
    """What was seen of a kind."""

    kills: int = 0
    half: list[str] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)


def run_of(folder: Path) -> object:
    run = Run(folder / "run")
    rows = [(row["kind"], row["step"], row.get("loss_g")) for row in run.rows()]
    return (
        digest_of(run.weights("last")),
        digest_of(run.weights("best")),
        rows,
        sorted(path.name for path in run.samples.iterdir()),
    )


def model_of(folder: Path) -> object:
    tensors = onnx.load(folder / "model.onnx").graph.initializer
    return hashlib.sha256(b"".join(numpy_helper.to_array(tensor).tobytes() for tensor in tensors)).hexdigest()


def files_of(folder: Path) -> object:
    return {str(path.relative_to(folder)): digest_of(path) for path in sorted((folder / "out").rglob("*.jpg"))}


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def many_rows(folder: Path) -> None:
    """A run that was stopped by a kill after its checkpoint, with so many rows that writing them takes a while."""
    shutil.copytree(folder.parent / "train, any moment" / "run", folder / "run")
    run = Run(folder / "run")
    run.checkpoint.write_bytes((folder.parent / "early.ckpt").read_bytes())
    rows = list(run.rows())
    one = json.dumps(rows[0] | {"step": 0, "kind": "note"}) + "\n"
    run.metrics.write_text(one * 60_000 + "".join(json.dumps(row) + "\n" for row in rows))


def without_notes(folder: Path) -> object:
    last, best, rows, samples = run_of(folder)  # type: ignore[misc]
    return last, best, [row for row in rows if row[0] != "note"], samples


TRAIN = ["train", "../recipe.yaml", "-d", "../photos", "-o", "run"]
EXPORT = ["export", "../train, any moment/run", "-o", "model.onnx"]
BEGIN = [("half", "checkpoint.ckpt"), ("before", "checkpoint.ckpt"), ("before", "facts.json"), ("half", "split.csv")]
LATER = [("half", "last.safetensors"), ("before", "best.safetensors"), ("half", "step-"), ("before", "step-")]
METRICS = [("half", "metrics.jsonl"), ("before", "metrics.jsonl"), ("after", "metrics.jsonl")]
MODEL = [("half", "model.onnx"), ("before", "model.onnx"), ("after", "model.onnx")]
PAIRS = [("half", "color_"), ("before", "gray_"), ("half", "manifest"), ("before", "manifest"), ("after", "classes")]
KINDS = [
    Kind("train, any moment", TRAIN, [], 0.2, run_of),
    Kind("train, first checkpoint", TRAIN, BEGIN, 0.15, run_of),
    Kind("train, weights and samples", TRAIN, LATER, 0.1, run_of),
    Kind("train, rows on resume", [*TRAIN, "--resume"], METRICS, 0.1, without_notes, many_rows),
    Kind("export, any moment", EXPORT, [], 0.05, model_of),
    Kind("export, its write", EXPORT, MODEL, 0.1, model_of),
    Kind("prepare, any moment", ["data", "prepare", "../photos", "-o", "out", "--size", "64"], [], 0.1, files_of),
    Kind("prepare, its writes", ["data", "prepare", "../photos", "-o", "out", "--size", "64"], PAIRS, 0.05, files_of),
    Kind("colorize, any moment", ["colorize", "../photos", "-o", "out"], [], 0.1, files_of),
    Kind(
        "colorize, its writes", ["colorize", "../photos", "-o", "out"], [("half", ""), ("before", "")], 0.05, files_of
    ),
]


def start(arguments: list[str], folder: Path, aim: tuple[str, str, int] | None = None) -> int:
    """Fork a process that runs `pincel` in ``folder``; what it prints goes to ``folder/log.txt``."""
    process = os.fork()
    if process:
        return process
    status = 70
    try:
        os.setsid()
        os.chdir(folder)
        log = os.open("log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for stream in (1, 2):
            os.dup2(log, stream)
        os.environ["PINCEL_CACHE"] = str(folder / "cache")
        sys.argv = ["pincel", *arguments]
        if aim is not None:
            take_aim(*aim)
        pincel()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def take_aim(what: str, name: str, number: int) -> None:
    """Let this process die when it writes a file of such a name for the ``number``-th time."""
    seen = 0

    def hit(path: Path, moment: str) -> bool:
        nonlocal seen
        seen += path.name.startswith(".") and name in path.name and moment == what
        return seen == number

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    write_bytes, replace, save = Path.write_bytes, Path.replace, Fabric.save

    def half_written(path: Path, data: bytes) -> int:
        if hit(path, "half"):
            write_bytes(path, data[: len(data) // 2])
            die()
        return write_bytes(path, data)

    def half_saved(fabric: Fabric, path: Path, *state: object) -> None:
        save(fabric, path, *state)  # type: ignore[arg-type]
        if hit(path, "half"):
            os.truncate(path, path.stat().st_size // 2)
            die()

    def replaced(path: Path, target: Path) -> Path:
        if hit(path, "before"):
            die()
        done = replace(path, target)
        if hit(path, "after"):
            die()
        return done

    Path.write_bytes, Path.replace, Fabric.save = half_written, replaced, half_saved  # type: ignore[assignment]


def end_of(process: int, kill_after: float | None = None) -> int:
    """The exit status, below 0 for a signal; killed after so many seconds, or after `LONGEST` in any case."""
    began, limit = time.monotonic(), LONGEST if kill_after is None else kill_after
    while True:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            break
        if time.monotonic() - began >= limit:
            os.kill(process, signal.SIGKILL)
            limit = float("inf")
        time.sleep(0.002)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)  # what it started itself
    return os.waitstatus_to_exitcode(status)


READERS: dict[str, Callable[[Path], object]] = {
    ".jpg": lambda path: np.asarray(Image.open(path)),
    ".png": lambda path: np.asarray(Image.open(path)),
    ".json": lambda path: json.loads(path.read_bytes()),
    ".yaml": lambda path: yaml.safe_load(path.read_bytes()),
    ".safetensors": load_file,
    ".ckpt": lambda path: torch.load(path, weights_only=True),
    ".onnx": onnx.load,
    ".npz": lambda path: dict(np.load(path)),
    ".csv": lambda path: whole_lines(path),
    ".jsonl": lambda path: whole_lines(path),
}


def whole_lines(path: Path) -> None:
    """Of files that grow by lines, the last line may be cut off; they never lose the first."""
    lines = path.read_text(encoding="utf-8").split("\n")
    if path.suffix == ".jsonl":
        for line in lines[:-1]:
            json.loads(line)
    elif "manifest.unfinished" not in path.name and lines[-1]:
        raise ValueError("ends in the middle of a line")


def half_written(folder: Path) -> list[str]:
    """Files under final names that cannot be read."""
    wrong = []
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix in READERS and not any(part.startswith(".") for part in path.parts[-3:]):
            try:
                READERS[path.suffix](path)
            except Exception as error:  # whatever a half-written file leads to
                wrong.append(f"{path}: {error}")
    return wrong


def left_over(folder: Path) -> list[str]:
    """What is there under temporary names."""
    return [str(path) for path in folder.rglob("*") if ".tmp" in path.name or path.name.endswith(".probe")]


def try_once(
    kind: Kind, folder: Path, chance: random.Random, row: Row, most: int, seconds: float, wanted: object
) -> None:
    """Kill, look, run again, look."""
    folder.mkdir()
    kind.first(folder)
    arguments = list(kind.arguments)
    for _ in range(min(most, chance.choice([1, 1, 2, 3]))):
        if kind.aims:
            process = start(arguments, folder, (*chance.choice(kind.aims), chance.choice([1, 1, 2])))
            status = end_of(process)
        else:
            status = end_of(start(arguments, folder), chance.uniform(0, seconds))
        row.half += half_written(folder)
        if status != -signal.SIGKILL:
            break  # it was through already, or its file is not written so often
        row.kills += 1
        checkpoint = (folder / "run" / "checkpoint.ckpt").is_file()
        arguments = [*kind.arguments]
        if kind.arguments[0] == "train" and "--resume" not in arguments and (checkpoint or chance.random() < 0.5):
            arguments.append("--resume")
    if status == -signal.SIGKILL:
        status = end_of(start(arguments, folder))
    said = (folder / "log.txt").read_text(errors="replace")
    if status or "Traceback" in said:
        row.dead.append(f"{folder}: {' '.join(arguments)}: {said[-300:]}")
        return
    row.half += half_written(folder)
    row.left += left_over(folder)
    if kind.result(folder) != wanted:
        row.other.append(str(folder))


def prepare(work: Path) -> dict[str, tuple[float, object]]:
    """Photos, a recipe, and what the undisturbed commands take in seconds and make; each command runs once."""
    noise = np.random.default_rng(0)
    for number in range(PHOTOS):
        path = work / "photos" / "abc"[number % 3] / f"{number:02d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(noise.integers(0, 256, (5, 5, 3), np.uint8))
        coarse.resize((300 + 10 * number, 240), Image.Resampling.BICUBIC).save(path, quality=95)
    (work / "recipe.yaml").write_text(yaml.safe_dump(RECIPE))
    found: dict[str, tuple[float, object]] = {}
    for kind in KINDS:
        arguments = TRAIN if kind.first is not Kind.first else kind.arguments
        if alike := [other.name for other in KINDS if other.name in found and other.arguments == arguments]:
            found[kind.name] = found[alike[0]]
            continue
        folder = work / kind.name
        folder.mkdir(parents=True)
        began = time.monotonic()
        if end_of(start(kind.arguments, folder)):
            sys.exit(f"{kind.name} does not work undisturbed: {(folder / 'log.txt').read_text()}")
        found[kind.name] = time.monotonic() - began, kind.result(folder)
    early = work / "early"
    early.mkdir()
    end_of(start(TRAIN, early, ("before", "checkpoint.ckpt", 4)))
    shutil.copy(early / "run" / "checkpoint.ckpt", work / "early.ckpt")
    return found


def campaign(kills: int, seed: int, only: str, work: Path) -> dict[str, Row]:
    """So many kills, dealt to the kinds by their shares."""
    references = prepare(work)
    kinds = [kind for kind in KINDS if only in kind.name]
    total = sum(kind.share for kind in kinds)
    rows = {kind.name: Row() for kind in kinds}
    for kind in kinds:
        wanted, row, chance = (
            max(1, round(kills * kind.share / total)),
            rows[kind.name],
            random.Random(f"{seed} {kind.name}"),
        )
        for trial in range(3 * wanted):
            if row.kills >= wanted:
                break
            folder = work / f"{kind.name} {trial}"
            seconds, result = references[kind.name]
            try_once(kind, folder, chance, row, wanted - row.kills, seconds, result)
            if not row.dead or not row.dead[-1].startswith(str(folder)):
                shutil.rmtree(folder)
        print(".", end="", flush=True, file=sys.stderr)
    print(file=sys.stderr)
    return rows


def table(rows: dict[str, Row]) -> str:
    heads = ["kind", "kills", "half-written", "dead ends", "left-overs", "other results"]
    lines = [
        [name, row.kills, *(len(found) for found in (row.half, row.dead, row.left, row.other))]
        for name, row in rows.items()
    ]
    lines.append(["all", *(sum(line[place] for line in lines) for place in range(1, len(heads)))])  # type: ignore[misc]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in [heads, ["---"] * len(heads), *lines])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="kinds with this in their name")
    parser.add_argument("--keep", type=Path, help="work here, and remove nothing that went wrong")
    options = parser.parse_args()
    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory(prefix="pincel-kills-") as folder:
        work = (options.keep or Path(folder)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        rows = campaign(options.kills, options.seed, options.only, work)
    print(table(rows))
    wrong = [text for row in rows.values() for found in (row.half, row.dead, row.left, row.other) for text in found]
    print("\n".join(wrong))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
