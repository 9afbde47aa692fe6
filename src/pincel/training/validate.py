"""How good the painter is between epochs: a few honest numbers and a sheet of samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

from pincel.data.pairs import PairDataset
from pincel.imaging.color import from_float, rgb_to_lab
from pincel.metrics.color import ciede2000, colourfulness
from pincel.tasks import Colorize
from pincel.training.losses import pixel_loss

__all__ = ["validate", "write_samples"]


@torch.no_grad()
def validate(painter: nn.Module, pairs: PairDataset, device: torch.device, batch: int = 32) -> dict[str, float]:
    """Mean over validation pictures, padding left out.

    Returns:
        ``loss`` (L1 of ab / 110), ``ciede2000`` against the real colours, ``colourfulness_ratio`` (mean painted over
        mean real).
    """
    painter.eval()
    sums = {"loss": 0.0, "ciede2000": 0.0, "painted": 0.0, "real": 0.0}
    for start in range(0, len(pairs), batch):
        group = [pairs[i] for i in range(start, min(start + batch, len(pairs)))]
        source = torch.stack([pair.source for pair in group]).to(device, memory_format=torch.channels_last)
        outputs = painter(source, torch.stack([pair.label for pair in group]).to(device)).cpu()
        for pair, output in zip(group, outputs, strict=True):
            sums["loss"] += float(pixel_loss(output[None], pair.target[None], pair.mask[None], "l1"))
            mask = pair.mask[0].numpy() > 0
            painted, real = (_picture(pairs.task, pair.source, ab) for ab in (output, pair.target))
            sums["ciede2000"] += ciede2000(rgb_to_lab(painted), rgb_to_lab(real), mask)
            sums["painted"] += colourfulness(painted, mask)
            sums["real"] += colourfulness(real, mask)
    return {
        "loss": sums["loss"] / len(pairs),
        "ciede2000": sums["ciede2000"] / len(pairs),
        "colourfulness_ratio": sums["painted"] / max(sums["real"], 1e-9),
    }


@torch.no_grad()
def write_samples(painter: nn.Module, pairs: PairDataset, count: int, device: torch.device, path: Path) -> None:
    """A PNG of ``count`` validation pictures: source, painted and real, one below the other."""
    painter.eval()
    columns = []
    for i in np.linspace(0, len(pairs) - 1, min(count, len(pairs))).astype(int):
        pair = pairs[int(i)]
        output = painter(pair.source[None].to(device), pair.label[None].to(device))[0].cpu()
        grey = torch.zeros_like(pair.target)
        columns.append(np.vstack([_picture(pairs.task, pair.source, ab) for ab in (grey, output, pair.target)]))
    if columns:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.hstack(columns)).save(path)


def _picture(task: Colorize, source: torch.Tensor, output: torch.Tensor) -> np.ndarray:
    """uint8 (H, W, 3)."""
    return from_float(task.decode(source.numpy(), output.numpy()))
