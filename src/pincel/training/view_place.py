"""Where training views are made: by worker processes, or on the device that learns."""

from __future__ import annotations

from dataclasses import replace

import torch
from lightning.fabric import Fabric

from pincel.data.photos_on_device import PhotosOnDevice
from pincel.data.views import Views
from pincel.tasks import TASKS
from pincel.training.dataset import TrainingData

__all__ = ["free_bytes", "place_views"]

SHARE = 0.5  # of a device's free memory that photos may take; the rest is for training


def place_views(data: TrainingData, asked: Views, device: torch.device, free: int) -> tuple[TrainingData, str]:
    """The data, with the photos on the device where views are made there, and one line for the user, or "".

    Args:
        data: what is learnt from.
        asked: ``auto`` takes a GPU that has room; a processor goes on with worker processes, which are as quick there.
        device: that learns.
        free: bytes of its memory that nobody uses (`free_bytes`).
    """
    if asked == "loader" or (asked == "auto" and device.type != "cuda"):
        return data, ""
    where = {"cuda": "GPU", "cpu": "processor"}.get(device.type, device.type)
    caches = [data.cache, *([data.sources] if data.sources is not None else [])]
    needed, why = sum(cache.pixels.nbytes for cache in caches), ""
    if not TASKS[data.recipe.task].encodes_batches:
        why = f"what the task {data.recipe.task} is shown is made picture by picture"
    elif device.type != "cpu" and needed > SHARE * free:
        why = (
            f"the decoded pictures are {needed / 1e9:.1f} GB, and may take half of the {free / 1e9:.1f} GB that are "
            "free there; a smaller data.cache_side may fit"
        )
    if why:
        return data, f"views are made by worker processes (data.workers) and not on the {where}: {why}"
    photos, *sources = (PhotosOnDevice(cache, device) for cache in caches)
    data = replace(data, photos=photos, shown=sources[0] if sources else None)
    held = "" if device.type == "cpu" else f", which holds {needed / 1e9:.1f} GB of decoded pictures"
    return data, f"views are made on the {where}{held}"


def free_bytes(fabric: Fabric) -> int:
    """Bytes of memory that are free on each device; 0 on those whose photos stay in their file or that do not tell."""
    if fabric.device.type != "cuda":
        return 0
    free, _ = torch.cuda.mem_get_info(fabric.device)
    return int(torch.as_tensor(fabric.all_gather(torch.tensor(free, device=fabric.device))).min())
