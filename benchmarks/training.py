"""What a training step costs, as a share of the rate at which this device multiplies matrices.

    python benchmarks/training.py [--steps 5] [--threads N] [--plain] [--stages pix2pix_256] [--clock wall|cpu]
    python benchmarks/training.py --recipe vgg16-unet [--device cuda] [--data FOLDER] [--phase 0] [KEY=VALUE ...]
    python benchmarks/training.py --recipe vgg16-unet --against OTHER_TREE --clock cpu

A step is the Learner's own: the generator paints, the discriminator learns from real and painted pictures in batches of
their own, the generator learns from L1 and the discriminator's verdict. For pix2pix's original at 256 px, which is
trained without ``--recipe``, 87 GFLOP a picture are counted, for others what torch's flop counter finds. The rate is
that of `torch.mm` of 4096 x 4096 (GPU: 8192 x 8192) in the precision of the training, measured before each step (GPU:
before every 20 steps) in the same process, after a few unmeasured ones. Data are noise on the device, or those of a
folder by ``--data``, whose views are then made as in training. With ``--plain`` a CPU uses torch's weight gradients.
``--against`` takes the steps of one phase in turns with another tree of this repository, and prints old over new.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import torch
from lightning.fabric import Fabric
from rich.console import Console
from torch.utils.flop_counter import FlopCounterMode

from pincel.data.pairs import Pair
from pincel.models import convolutions
from pincel.models.stages import STAGE_LISTS
from pincel.tasks import TASKS
from pincel.training.learner import Learner
from pincel.training.plan import PlannedPhase, make_plan
from pincel.training.recipe import Recipe, load_recipe

GFLOP_A_PICTURE = 87  # of the original at 256 px, by hand: generator 3 x 12.1, discriminator (2 x 3 + 2) x 6.4
MATRIX = {"cpu": 4096, "cuda": 8192}
AT_ONCE = {"cpu": 1, "cuda": 20}  # steps between two looks at the clock: a GPU is told of the next ones while it works
WARM_UP = 4  # steps until malloc keeps all the memory that a step needs; the first ones wait for the kernel to clear it
DTYPES = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}


def original(stages: str, size: int, batch: int) -> Recipe:
    """pix2pix's own: Adam without weight decay or averages, L1 x 100, cross-entropy."""
    return Recipe.model_validate(
        {
            "task": "paired",
            "data": {"size": size, "batch": batch},
            "generator": {
                "name": "stage_unet",
                "options": {"stages": stages},
                "encoder_weights": "none",
                "ema": 0,
            },
            "discriminator": {"adversarial_kind": "bce"},
            "losses": {"l1": 100},
            "optimizer": {"lr": 2e-4, "betas": [0.5, 0.999], "weight_decay": 0, "clip_norm": None},
            "phases": [{"epochs": 1, "adversarial": 1}],
        }
    )


def noise(recipe: Recipe, phase: PlannedPhase, device: torch.device) -> Pair:
    random, task = torch.Generator().manual_seed(0), TASKS[recipe.task]
    shapes = ((phase.batch, planes, phase.size, phase.size) for planes in (task.source_channels, task.target_channels))
    source, target = (torch.rand(shape, generator=random) * 2 - 1 for shape in shapes)
    labels, mask = torch.zeros(phase.batch, dtype=torch.int64), torch.ones(phase.batch, 1, phase.size, phase.size)
    return Pair(*(part.to(device) for part in (source, target, labels, mask)))


def learner_on_noise(
    recipe: Recipe, device: str
) -> tuple[Learner, list[PlannedPhase], Callable[[PlannedPhase], Iterator[Pair]], Any]:
    """A learner with weights of its own, its phases, the batches of each, and nothing that is waited for."""
    fabric = Fabric(accelerator=device, devices=1, precision=recipe.precision)
    classes = ["one", "other"] if recipe.generator.conditional else []
    learner = Learner(recipe, fabric, classes=classes, pretrained=False)
    plan = make_plan(recipe, 10_000)
    return learner, plan, lambda phase: repeat(noise(recipe, phase, fabric.device)), None


def learner_on_photos(
    recipe: Recipe, device: str, folder: Path, out: str
) -> tuple[Learner, list[PlannedPhase], Callable[[PlannedPhase], Iterator[Pair]], Any]:
    """The same of a real training's beginning, and its log, which knows how long batches are waited for."""
    from pincel.training.begin import open_session
    from pincel.training.options import TrainingOptions

    options = TrainingOptions(accelerator=device, devices="1", console=Console(stderr=True))
    session = open_session(recipe, [folder], Path(out) / "run", options)

    def batches(phase: PlannedPhase) -> Iterator[Pair]:
        session.progress.step = phase.start
        return session.log.waiting(session.batches(phase))

    return session.learner, session.plan, batches, session.log


def measure(
    given: argparse.Namespace, learner: Learner, phase: PlannedPhase, batches: Iterator[Pair], log: Any
) -> dict:
    """Seconds a step, GFLOP a picture, GFLOP/s of the device, and the share of the time that batches are waited for."""
    device, threads = learner.fabric.device, given.threads
    clock = time.perf_counter if given.clock == "wall" else lambda: time.process_time() / threads
    wait = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    at_once, side = AT_ONCE[device.type], MATRIX[device.type]

    def seconds(work: Callable[[], object]) -> float:
        begin = clock()
        for _ in range(at_once):
            work()
        wait()
        return (clock() - begin) / at_once

    def step() -> None:
        learner.step(next(batches), phase, phase.start + phase.critic_steps)

    if given.in_turns:
        learner.train(phase)
        for _ in sys.stdin:
            print(seconds(step), flush=True)
        return {}
    dtype = DTYPES.get(learner.recipe.precision, torch.float32)
    one, other = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    torch.mm(one, other)
    learner.train(phase)
    began = time.perf_counter()
    quick = convolutions.FEWEST_CHANNELS
    convolutions.FEWEST_CHANNELS = sys.maxsize  # torch's own: the products' zeros are no work to be paid for
    with FlopCounterMode(display=False) as counter, torch.compiler.set_stance("force_eager"):
        step()
    if not given.plain:
        convolutions.FEWEST_CHANNELS = quick
    for _ in range(WARM_UP):
        step()
    wait()
    start = time.perf_counter() - began
    products, steps, waited = [], [], []
    for _ in range(given.steps):
        products.append(seconds(lambda: torch.mm(one, other)))
        before = log.wait_seconds if log is not None else 0.0
        steps.append(seconds(step))
        waited.append((log.wait_seconds if log is not None else 0.0) - before)
    return {
        "steps": steps,
        "start": start,
        "wait_share": sum(waited) / (sum(steps) * at_once),
        "gflop": counter.get_total_flops() / phase.batch / 1e9,
        "rate": 2 * side**3 / statistics.median(products) / 1e9,
        "matrix": f"torch.mm {side}" + (f" in {str(dtype).removeprefix('torch.')}" if dtype != torch.float32 else ""),
    }


def report(given: argparse.Namespace, phase: PlannedPhase, found: dict[str, Any], title: str, counted: float) -> None:
    step_seconds = statistics.median(found["steps"])
    print(title)
    print(f"{found['matrix']}: {found['rate']:.1f} GFLOP/s, median of {given.steps}")
    spread = f"{min(found['steps']):.3g} to {max(found['steps']):.3g}"
    waiting = f", {100 * found['wait_share']:.0f} % of it waiting for data" if given.data else ""
    print(f"step: {step_seconds:.3g} s ({spread}), {phase.batch / step_seconds:.2f} pictures/s{waiting}")
    print(f"counted: {counted:.1f} GFLOP a picture; torch's flop counter finds {found['gflop']:.1f}")
    share = 100 * counted * phase.batch / step_seconds / found["rate"]
    print(f"share of the matrix rate: {share:.1f} %; load average {os.getloadavg()[0]:.1f}")
    if given.recipe:
        print(f"the first {WARM_UP + 1} steps: {found['start']:.1f} s")


def compare(given: argparse.Namespace) -> None:
    """Old over new: steps of both trees in turns, each in a process of its own."""
    trees = {"old": given.against.resolve(), "new": Path(__file__).resolve().parents[1]}
    arguments = [argument for argument in sys.argv[1:] if argument not in ("--against", str(given.against))]
    command, pipe = [sys.executable, __file__, *arguments, "--in-turns"], subprocess.PIPE
    taken: dict[str, list[float]] = {name: [] for name in trees}
    running = {
        name: subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(tree / "src")}, stdin=pipe, stdout=pipe)
        for name, tree in trees.items()
    }
    for _ in range(WARM_UP + given.steps):
        for name, process in running.items():
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"step\n")
            process.stdin.flush()
            taken[name].append(float(process.stdout.readline()))
    for process in running.values():
        process.communicate()
    old, new = (seconds[WARM_UP:] for seconds in taken.values())
    ratios = [one / other for one, other in zip(old, new, strict=True)]
    print(
        f"{given.recipe}, phase {given.phase or 0}: {statistics.median(old):.3f} s a step before, "
        f"{statistics.median(new):.3f} s now, medians of {given.steps} in turns, {given.clock} time; "
        f"old over new {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("changes", nargs="*", metavar="KEY=VALUE", help="changes to the recipe")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--plain", action="store_true", help="torch's own weight gradients")
    parser.add_argument("--stages", default="pix2pix_256", help=f"{', '.join(STAGE_LISTS)} or a list of stages")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall", help="cpu: where others compute as well")
    parser.add_argument("--device", choices=[*MATRIX], default="cpu")
    parser.add_argument("--recipe", help="name of a shipped recipe, or a YAML file, instead of --stages")
    parser.add_argument("--phase", type=int, help="of the recipe; all by default")
    parser.add_argument("--data", type=Path, help="folder of photos; noise by default")
    parser.add_argument("--against", type=Path, metavar="TREE", help="another tree of the repository, to compare with")
    parser.add_argument("--in-turns", action="store_true", help="a step for each line of input; for --against")
    given = parser.parse_intermixed_args()
    warnings.filterwarnings("ignore", category=UserWarning)
    torch.set_num_threads(given.threads)
    if given.against:
        compare(given)
        return
    recipe = (
        load_recipe(given.recipe, given.changes) if given.recipe else original(given.stages, given.size, given.batch)
    )
    if given.device == "cuda":
        from pincel.training.quick import quicken

        print(quicken(torch.device("cuda")))
    with tempfile.TemporaryDirectory() as out:
        if given.data:
            learner, plan, batches, log = learner_on_photos(recipe, given.device, given.data, out)
        else:
            learner, plan, batches, log = learner_on_noise(recipe, given.device)
        for number, phase in enumerate(plan):
            if given.phase not in (None, number) or (given.in_turns and number != (given.phase or 0)):
                continue
            found = measure(given, learner, phase, iter(batches(phase)), log)
            if given.in_turns:
                continue
            where = torch.cuda.get_device_name() if given.device == "cuda" else f"{given.threads} threads"
            kind = "torch's own weight gradients" if given.plain else "weight gradients by products"
            kind = recipe.precision if given.device == "cuda" else kind
            name = f"{given.recipe}, phase {number}," if given.recipe else given.stages
            title = f"{name} at {phase.size} px, batch {phase.batch}, {where}, {kind}, {given.clock} time"
            known = not given.recipe and (given.stages, given.size) == ("pix2pix_256", 256)
            report(given, phase, found, title, GFLOP_A_PICTURE if known else found["gflop"])


if __name__ == "__main__":
    main()
