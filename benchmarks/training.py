"""What a training step of pix2pix costs, as a share of the rate at which this machine multiplies matrices.

    python benchmarks/training.py [--steps 5] [--threads N] [--plain] [--stages pix2pix_256] [--clock wall|cpu]

A step is the Learner's own: the generator paints, the discriminator learns from real and painted pictures in batches of
their own, the generator learns from L1 and the discriminator's verdict. For the original at 256 px 87 GFLOP a picture
are counted, for others what torch's flop counter finds. The rate is that of float32 `torch.mm` of 4096 x 4096, measured
before each step in the same process, after a few unmeasured steps. Data are noise in memory. With ``--plain`` torch's
own weight gradients are used.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
import warnings

import torch
from lightning.fabric import Fabric
from torch.utils.flop_counter import FlopCounterMode

from pincel.data.pairs import Pair
from pincel.models import convolutions
from pincel.models.stages import STAGE_LISTS
from pincel.training.learner import Learner
from pincel.training.plan import make_plan
from pincel.training.recipe import Recipe

GFLOP_A_PICTURE = 87  # of the original at 256 px, by hand: generator 3 x 12.1, discriminator (2 x 3 + 2) x 6.4
MATRIX = 4096
WARM_UP = 4  # steps until malloc keeps all the memory that a step needs; the first ones wait for the kernel to clear it


def recipe(stages: str, size: int, batch: int) -> Recipe:
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


def noise(size: int, batch: int) -> Pair:
    random = torch.Generator().manual_seed(0)
    source, target = (torch.rand(batch, 3, size, size, generator=random) * 2 - 1 for _ in range(2))
    return Pair(source, target, torch.zeros(batch, dtype=torch.int64), torch.ones(batch, 1, size, size))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--plain", action="store_true", help="torch's own weight gradients")
    parser.add_argument("--stages", default="pix2pix_256", help=f"{', '.join(STAGE_LISTS)} or a list of stages")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall", help="cpu: where others compute as well")
    given = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)
    torch.set_num_threads(given.threads)
    clock = time.perf_counter if given.clock == "wall" else lambda: time.process_time() / given.threads

    def seconds(work) -> float:
        begin = clock()
        work()
        return clock() - begin

    experiment = recipe(given.stages, given.size, given.batch)
    phase = make_plan(experiment, 1000 * given.batch)[0]
    learner = Learner(experiment, Fabric(accelerator="cpu", devices=1))
    pair = noise(given.size, given.batch)
    one, other = torch.randn(MATRIX, MATRIX), torch.randn(MATRIX, MATRIX)
    torch.mm(one, other)
    quick = convolutions.FEWEST_CHANNELS
    convolutions.FEWEST_CHANNELS = sys.maxsize  # torch's own: the products' zeros are no work to be paid for
    with FlopCounterMode(display=False) as counter:
        learner.step(pair, phase, 0)
    if not given.plain:
        convolutions.FEWEST_CHANNELS = quick
    for step in range(1, WARM_UP + 1):
        learner.step(pair, phase, step)
    executed = counter.get_total_flops() / given.batch / 1e9
    original = (given.stages, given.size) == ("pix2pix_256", 256)
    counted = GFLOP_A_PICTURE if original else executed
    products, steps = [], []
    for step in range(WARM_UP + 1, WARM_UP + given.steps + 1):
        products.append(seconds(lambda: torch.mm(one, other)))
        steps.append(seconds(lambda step=step: learner.step(pair, phase, step)))
    rate = 2 * MATRIX**3 / statistics.median(products) / 1e9
    step_seconds = statistics.median(steps)
    speed = counted * given.batch / step_seconds
    kind = "torch's own weight gradients" if given.plain else "weight gradients by products"
    print(
        f"{given.stages} at {given.size} px, batch {given.batch}, {given.threads} threads, {kind}, {given.clock} time"
    )
    print(f"torch.mm {MATRIX}: {rate:.1f} GFLOP/s, median of {given.steps}")
    spread = f"{min(steps):.2f} to {max(steps):.2f}"
    print(f"step: {step_seconds:.2f} s ({spread}), {given.batch / step_seconds:.2f} pictures/s")
    print(f"counted: {counted:.1f} GFLOP a picture; torch's flop counter finds {executed:.1f}")
    print(f"share of the matrix rate: {100 * speed / rate:.1f} %; load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
