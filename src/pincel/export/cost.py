"""What it costs to paint with a network and to train it: size, multiply-adds, latency, memory, file, time an epoch."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from pincel.errors import PincelError
from pincel.export import export_run
from pincel.export.export import executed_macs
from pincel.models.generators.base import Generator
from pincel.runtime.model_file import Model, load_model
from pincel.tasks import TASKS
from pincel.training.networks import could_hold, count_parameters, load_painter, new_generator
from pincel.training.run import Run

__all__ = [
    "MACS_EXECUTED",
    "MACS_OUTPUT_SIZE",
    "Cost",
    "costs_of",
    "output_size_macs",
    "peak_memory",
    "processor",
    "seconds_per_epoch",
]

MACS_EXECUTED = "executed: a transposed convolution multiplies each of its input positions by its kernel"
MACS_OUTPUT_SIZE = "output-size convention: every output element times kernel area times input channels"
WARM_UP = 5  # paintings before the clock runs
PEAK_SCRIPT = """
import sys
import numpy as np
from pincel.runtime.model_file import load_model

def peak():
    try:
        lines = open("/proc/self/status").read().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)

before = peak()
model = load_model(sys.argv[1], threads=int(sys.argv[2]))
side, channels = int(sys.argv[3]), model.session.get_inputs()[0].shape[1]
model.run(np.zeros((1, channels, side, side), np.float32))
print(before, peak())
"""


@dataclass(frozen=True)
class Cost:
    """The cost of one network; None: not known for this kind of model.

    Attributes:
        name: file or run. size: side of the pictures in pixels.
        parameters: of the generator.
        macs: multiply-adds of a picture, as executed. macs_output_size: by the other rule.
        latency_p50, latency_p95: seconds for one picture in onnxruntime, of ``runs`` paintings on ``threads`` threads.
        peak_memory: bytes of a process that loads the file and paints once; idle_memory: before it loads it.
        file_size: of the .onnx file in bytes.
        seconds_per_epoch: of the training steps; validations are not in it.
    """

    name: str
    size: int
    parameters: int
    macs: int | None
    macs_output_size: int | None
    latency_p50: float
    latency_p95: float
    runs: int
    threads: int
    peak_memory: int | None
    idle_memory: int | None
    file_size: int
    seconds_per_epoch: float | None


@dataclass(frozen=True)
class _Network:
    """A network ready to be measured: its file is loaded, its torch module at hand where it can be had."""

    name: str
    model: Model
    module: Generator | None
    run: Run | None


def costs_of(
    subjects: Sequence[str | Path],
    size: int,
    *,
    threads: int | None = None,
    runs: int = 50,
    on_progress: Callable[[str], None] | None = None,
) -> list[Cost]:
    """Measure runs and model files side by side: they paint in turns, so that a busy moment hits all of them.

    Args:
        subjects: folders of runs (exported to a temporary file), .onnx files, or names of embedded models.
        size: side of the square pictures in pixels.
        threads: of onnxruntime; the processors this process may use by default.
        runs: paintings timed for each.
        on_progress: called with what is done next, in words.

    Raises:
        PincelError: one cannot be loaded or exported.
    """
    say = on_progress or (lambda _text: None)
    threads = threads or _processors()
    with tempfile.TemporaryDirectory(prefix="pincel-") as work:
        networks = []
        for number, subject in enumerate(subjects):
            say(f"preparing {subject}")
            networks.append(_prepare(subject, Path(work) / f"{number}.onnx", threads))
        say(f"painting {runs} times")
        seconds = _latencies([network.model for network in networks], size, runs)
        say("measuring memory")
        return [_cost(network, size, threads, times) for network, times in zip(networks, seconds, strict=True)]


def output_size_macs(generator: Generator, height: int, width: int) -> int:
    """Multiply-adds by the output-size convention for one picture: output elements x kernel area x input channels.

    For plain convolutions and matrix products it is what is executed; for a transposed convolution of stride s it is
    s^2 times as much, since most products of that count are with zeros nobody multiplies. Many papers count this way.

    Args:
        generator: the network; publishes ``in_channels``.
        height: of the picture in pixels.
        width: of the picture in pixels.
    """
    source = torch.zeros(1, generator.in_channels, height, width)
    rules: dict[Any, Any] = dict.fromkeys((torch.ops.aten.convolution, torch.ops.aten._convolution), _output_size_flop)
    with FlopCounterMode(display=False, custom_mapping=rules) as counter, torch.no_grad():
        generator.eval()(source)
    return counter.get_total_flops() // 2


def seconds_per_epoch(run: Run) -> float | None:
    """Mean time of a pass over the training pictures, by the logged steps; None where the run logged no time."""
    rows = list(run.rows("step"))
    if not rows or not rows[-1]["epoch"] or any("seconds" not in row for row in rows):
        return None
    return sum(row["seconds"] for row in rows) / rows[-1]["epoch"]


def peak_memory(file: Path, size: int, threads: int = 1) -> tuple[int, int] | None:
    """Resident bytes of a new process before it loads a model and at its peak after painting one picture with it.

    None where the operating system does not tell.
    """
    command = [sys.executable, "-c", PEAK_SCRIPT, str(file), str(threads), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or len(done.stdout.split()) != 2:
        return None
    before, peak = map(int, done.stdout.split())
    return before * 1024, peak * 1024


def processor() -> str:
    """What this machine calls its processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _prepare(subject: str | Path, file: Path, threads: int) -> _Network:
    if Path(subject).is_dir():
        run = Run.open(subject)
        which = run.recipe().validation.keep
        model = load_model(export_run(run.folder, file), threads=threads)
        return _Network(Path(subject).resolve().name, model, load_painter(run, which), run)
    model = load_model(subject, threads=threads)
    return _Network(model.card.name or model.path.stem, model, _rebuilt(model), None)


def _rebuilt(model: Model) -> Generator | None:
    """The network that a model's card describes, with other weights; None where it does not fit the file any more."""
    from pincel.training.recipe import Recipe

    if not model.card.recipe:
        return None
    try:
        recipe = Recipe.model_validate(model.card.whole_recipe())
        count = count_parameters(lambda: new_generator(recipe, len(model.card.classes)))
        fits = count == model.card.parameters and could_hold(model.path, count)
        return new_generator(recipe, len(model.card.classes)) if fits else None
    except (ValueError, PincelError):
        return None


def _cost(network: _Network, size: int, threads: int, seconds: np.ndarray) -> Cost:
    module, memory = network.module, peak_memory(network.model.path, size, threads)
    p50, p95 = np.percentile(seconds, [50, 95])
    return Cost(
        name=network.name,
        size=size,
        parameters=sum(p.numel() for p in module.parameters()) if module else network.model.card.parameters,
        macs=executed_macs(module, size, size) if module else None,
        macs_output_size=output_size_macs(module, size, size) if module else None,
        latency_p50=float(p50),
        latency_p95=float(p95),
        runs=len(seconds),
        threads=threads,
        peak_memory=memory[1] if memory else None,
        idle_memory=memory[0] if memory else None,
        file_size=network.model.path.stat().st_size,
        seconds_per_epoch=seconds_per_epoch(network.run) if network.run else None,
    )


def _latencies(models: Sequence[Model], size: int, runs: int) -> list[np.ndarray]:
    """Seconds of each painting, (runs,) a model."""
    rng = np.random.default_rng(0)
    sources = [
        rng.uniform(-1, 1, (1, TASKS[model.card.task].source_channels, size, size)).astype(np.float32)
        for model in models
    ]
    seconds = np.zeros((len(models), runs))
    for turn in range(-WARM_UP, runs):
        for place, (model, source) in enumerate(zip(models, sources, strict=True)):
            begin = time.perf_counter()
            model.run(source)
            if turn >= 0:
                seconds[place, turn] = time.perf_counter() - begin
    return list(seconds)


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _output_size_flop(
    x_shape: Sequence[int], w_shape: Sequence[int], *_: Any, out_shape: Sequence[int] | None = None, **__: Any
) -> int:
    """Two a multiply-add, as torch counts; the product of a weight's sizes is outputs x inputs a group x area."""
    assert out_shape is not None
    return 2 * x_shape[0] * prod(out_shape[2:]) * prod(w_shape)
