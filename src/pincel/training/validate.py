"""How good the painter is between epochs: a few honest numbers and a sheet of samples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from pincel.data.pairs import Pair, PairDataset
from pincel.files import write_atomically
from pincel.imaging.color import from_float, rgb_to_lab
from pincel.metrics.color import ciede2000, colourfulness
from pincel.pages.write import png_bytes
from pincel.tasks import Task
from pincel.training.learner import Learner
from pincel.training.losses.pixels import l1
from pincel.training.outputs import SMALL_SIDE, Pictures, chosen_places, shrink
from pincel.training.plan import PlannedPhase

__all__ = ["Losses", "losses_of", "paint_all", "pictures_of", "shown_and_real", "validate", "write_samples"]

Losses = Callable[[Pair, Tensor], dict[str, Tensor]]
"""(batch, painted (N, C', H, W)) -> scalars by name."""


@torch.no_grad()
def validate(
    painter: nn.Module, pairs: PairDataset, device: torch.device, batch: int = 32, losses: Losses | None = None
) -> dict[str, float]:
    """Mean over validation pictures, padding left out.

    Args:
        painter: the generator.
        pairs: the validation pictures.
        device: of the painter.
        batch: pictures in a batch; the losses' means are over batches, each weighing as its number of pictures.
        losses: what else is measured on every batch (`losses_of`).

    Returns:
        ``loss`` (L1 of the output planes, in units of their -1..1), ``ciede2000`` against the real colours,
        ``colourfulness_ratio`` (mean painted over mean real), and the means of ``losses``.
    """
    sums = {"loss": 0.0, "ciede2000": 0.0, "painted": 0.0, "real": 0.0}
    learnt: dict[str, float] = defaultdict(float)
    for group, whole, outputs in _painted(painter, pairs, device, batch):
        if losses is not None:
            for name, value in losses(whole, outputs).items():
                learnt[name] += float(value) * len(group)
        for pair, output in zip(group, outputs.cpu(), strict=True):
            sums["loss"] += float(l1(output[None], pair.target[None], pair.mask[None]))
            mask = pair.mask[0].numpy() > 0
            painted, real = (_picture(pairs.task, pair.source, ab) for ab in (output, pair.target))
            sums["ciede2000"] += ciede2000(rgb_to_lab(painted), rgb_to_lab(real), mask)
            sums["painted"] += colourfulness(painted, mask)
            sums["real"] += colourfulness(real, mask)
    return {
        **{name: value / len(pairs) for name, value in learnt.items()},  # never over a score of the same name
        "loss": sums["loss"] / len(pairs),
        "ciede2000": sums["ciede2000"] / len(pairs),
        "colourfulness_ratio": sums["painted"] / max(sums["real"], 1e-9),
    }


def losses_of(learner: Learner, phase: PlannedPhase) -> Losses:
    """What a step of ``phase`` would log, with nothing learnt from it and the discriminator in evaluation mode.

    Returns:
        A function that gives ``loss_g``, each of its weighted parts (``l1``, ``adversarial``, ...) and, in an
        adversarial phase, ``loss_d`` (labels smoothed as in training), ``d_real`` and ``d_fake`` (mean verdicts, 0..1).
    """
    names = phase.losses.side_outputs()
    kept = 1 - learner.recipe.data.label_dropout  # training counts dropped labels as 0
    critic = learner.discriminator if phase.adversarial else None

    def measure(pair: Pair, painted: Tensor) -> dict[str, Tensor]:
        pair = learner.lesson(pair)
        also = learner.painter()(pair.source, pair.label, also=names) if names else {}
        if critic is None:
            return learner.losses(pair, painted, also, phase, kept)
        critic.eval()
        found = learner.losses(pair, painted, also, phase, kept) | learner.verdicts(pair, painted, phase)
        critic.train()
        return found

    return measure


@torch.no_grad()
def write_samples(painter: nn.Module, pairs: PairDataset, count: int, device: torch.device, path: Path) -> None:
    """A PNG of ``count`` validation pictures: what is shown, painted and real, one below the other."""
    painter.eval()
    columns = []
    for i in np.linspace(0, len(pairs) - 1, min(count, len(pairs))).astype(int):
        pair = pairs[int(i)]
        output = painter(pair.source[None].to(device), pair.label[None].to(device))[0].cpu()
        painted, real = (_picture(pairs.task, pair.source, planes) for planes in (output, pair.target))
        columns.append(np.vstack([_shown(pairs.task, pair.source), painted, real]))
    if columns:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, png_bytes(Image.fromarray(np.hstack(columns))))


@torch.no_grad()
def paint_all(painter: nn.Module, pairs: PairDataset, device: torch.device, batch: int) -> np.ndarray:
    """All pictures as they are painted: uint8 sRGB (n, S, S, 3)."""
    return np.stack(
        [
            _picture(pairs.task, pair.source, output)
            for group, _, outputs in _painted(painter, pairs, device, batch)
            for pair, output in zip(group, outputs.cpu(), strict=True)
        ]
    )


def pictures_of(pairs: PairDataset, keys: Sequence[str]) -> Pictures:
    """What `pincel.training.outputs` keeps of the validation pictures themselves."""
    chosen, whole = chosen_places(len(keys)), shown_and_real(pairs)
    small = [shrink(array, SMALL_SIDE) for array in whole]
    return Pictures(keys, chosen, *small, *(array[chosen] for array in whole))


def shown_and_real(pairs: PairDataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """uint8 (n, S, S, 3) what is shown and what should be painted, and (n, S, S) 255 where there is photo."""
    every = [pairs[i] for i in range(len(pairs))]
    shown = np.stack([_shown(pairs.task, pair.source) for pair in every])
    real = np.stack([_picture(pairs.task, pair.source, pair.target) for pair in every])
    return shown, real, np.stack([(pair.mask[0].numpy() * 255).astype(np.uint8) for pair in every])


def _painted(
    painter: nn.Module, pairs: PairDataset, device: torch.device, batch: int
) -> Iterator[tuple[list[Pair], Pair, Tensor]]:
    """Batch by batch: the pairs, all of them as one on the device, and (N, C', H, W) what is painted of them."""
    painter.eval()
    for start in range(0, len(pairs), batch):
        group = [pairs[i] for i in range(start, min(start + batch, len(pairs)))]
        whole = Pair(*(torch.stack(parts).to(device) for parts in zip(*group, strict=True))).to_channels_last()
        yield group, whole, painter(whole.source, whole.label)


def _shown(task: Task, source: Tensor) -> np.ndarray:
    """uint8 (H, W, 3)."""
    return from_float(task.show(source.numpy()))


def _picture(task: Task, source: Tensor, output: Tensor) -> np.ndarray:
    """uint8 (H, W, 3)."""
    return from_float(task.decode(source.numpy(), output.numpy()))
