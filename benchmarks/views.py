"""Training views a second: made one by one by the loader, and in batches as on a device.

    python benchmarks/views.py photos/natural_images [--recipes colorize-lite vgg16-unet] [--batches 15] [--device cpu]

Both in this process, in turns, batch by batch; the median of each counts. On a processor it is the time of one thread
that counts (`time.thread_time`), so that others may compute as well. On a GPU the clock stops when the batch is there;
the loader stays on the processor, and a training has one of it in each of ``data.workers`` processes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import torch
from lightning.fabric import Fabric

from pincel.data.pairs import Pair, PositionSampler
from pincel.training.dataset import load_training_data
from pincel.training.memory import keep_freed_memory
from pincel.training.recipe import load_recipe
from pincel.training.view_place import place_views

WARM_UP = 3  # batches


def clock(device: torch.device) -> float:
    """Seconds: of this thread's work, or on the wall when the GPU has finished."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        return time.perf_counter()
    return time.thread_time()


def seconds(batches: Iterator[Pair], device: torch.device) -> float:
    begin = clock(device)
    next(batches)
    return clock(device) - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("--recipes", nargs="+", default=["colorize-lite", "vgg16-unet"])
    parser.add_argument("--batches", type=int, default=15)
    parser.add_argument("--batch", type=int, help="pictures in one; the recipe's by default")
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    keep_freed_memory()
    device, processor = torch.device(given.device), Fabric(accelerator="cpu", devices=1)
    print("| recipe | px | batch | loader, pictures/s | device, pictures/s | device over loader |")
    print("|---|---|---|---|---|---|")
    for name in given.recipes:
        recipe = load_recipe(name, ["data.workers=0"])
        size, batch = recipe.data.size, given.batch or recipe.data.batch
        data = load_training_data(recipe, [given.photos])
        placed, line = place_views(data, "device", device, 10**15)
        assert placed.photos is not None, line
        sampler = PositionSampler(data.passes, batch, WARM_UP + given.batches, seed=recipe.seed)
        ways = [(made.batches(size, sampler, processor), where) for made, where in ((data, "cpu"), (placed, device))]
        took = [[seconds(batches, torch.device(where)) for batches, where in ways] for _ in range(sampler.steps)]
        loader, on_device = (batch / statistics.median(times[WARM_UP:]) for times in zip(*took, strict=True))
        print(f"| `{name}` | {size} | {batch} | {loader:.0f} | {on_device:.0f} | {on_device / loader:.2f} |")
    print(f"torch {torch.__version__} on {device}, one thread; load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
