"""How good the painter is between epochs: a few honest numbers and a sheet of samples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from operator import mul
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from pincel.data.pairs import Pair, PairDataset
from pincel.files import write_atomically
from pincel.imaging.color import from_float, rgb_to_lab
from pincel.metrics import color_batches as batches
from pincel.metrics import tensor_color
from pincel.metrics.color import ciede2000, colourfulness
from pincel.pages.write import png_bytes
from pincel.tasks import Task
from pincel.training.kept_pairs import KeptPairs
from pincel.training.learner import Learner
from pincel.training.losses.pixels import l1
from pincel.training.outputs import SMALL_SIDE, Pictures, chosen_places, shrink
from pincel.training.plan import PlannedPhase

__all__ = ["Losses", "losses_of", "paint_all", "pictures_of", "shown_and_real", "validate", "write_samples"]

Losses = Callable[[Pair, Tensor], dict[str, Tensor]]
"""(batch, painted (N, C', H, W)) -> scalars by name."""


@torch.no_grad()
def validate(
    painter: nn.Module,
    pairs: PairDataset | KeptPairs,
    device: torch.device,
    batch: int = 32,
    losses: Losses | None = None,
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
    figures, learnt, counts = [], defaultdict(list), []
    for whole, outputs in _painted(painter, pairs, device, batch):
        if losses is not None:
            for name, value in losses(whole, outputs).items():
                learnt[name].append(value)
        counts.append(len(outputs))
        measure = _figures_one_by_one if device.type == "cpu" else _figures
        figures.append(measure(pairs.task, whole, outputs))
    loss, difference, painted, real = (sum(column) for column in torch.cat(figures).T.tolist())  # waits for the device
    return {
        **{name: sum(map(mul, torch.stack(values).tolist(), counts)) / len(pairs) for name, values in learnt.items()},
        "loss": loss / len(pairs),  # never under a loss of the same name
        "ciede2000": difference / len(pairs),
        "colourfulness_ratio": painted / max(real, 1e-9),
    }


@tensor_color.exact_products()
def _figures(task: Task, pair: Pair, output: Tensor) -> Tensor:
    """(N, 4) of each picture: L1, CIEDE2000, colourfulness as it is painted, and of the real one."""
    mask = pair.mask
    painted, real = (batches.eight_bits(task, pair.source, planes) for planes in (output, pair.target))
    loss = batches.masked_means((output - pair.target).abs(), mask).mean(1)
    lab, wanted = (tensor_color.rgb_to_lab(rgb / 255) for rgb in (painted, real))
    difference = batches.ciede2000(lab, wanted, mask)
    return torch.stack([loss, difference, *(batches.colourfulness(rgb, mask) for rgb in (painted, real))], dim=1)


def _figures_one_by_one(task: Task, whole: Pair, outputs: Tensor) -> Tensor:
    """`_figures` by numpy: float64."""
    rows = []
    for source, target, photo, output in zip(whole.source, whole.target, whole.mask, outputs, strict=True):
        mask = photo[0].numpy() > 0
        painted, real = (_picture(task, source, planes) for planes in (output, target))
        loss = float(l1(output[None], target[None], photo[None]))
        difference = ciede2000(rgb_to_lab(painted), rgb_to_lab(real), mask)
        rows.append([loss, difference, colourfulness(painted, mask), colourfulness(real, mask)])
    return torch.tensor(rows, dtype=torch.float64)


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
def write_samples(
    painter: nn.Module, pairs: PairDataset | KeptPairs, count: int, device: torch.device, path: Path
) -> None:
    """A PNG of ``count`` validation pictures: what is shown, painted and real, one below the other."""
    painter.eval()
    columns = []
    for i in np.linspace(0, len(pairs) - 1, min(count, len(pairs))).astype(int):
        pair = pairs[int(i)]
        output = painter(pair.source[None].to(device), pair.label[None].to(device))[0]
        painted, real = (_picture(pairs.task, pair.source, planes) for planes in (output, pair.target))
        columns.append(np.vstack([_shown(pairs.task, pair.source), painted, real]))
    if columns:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, png_bytes(Image.fromarray(np.hstack(columns))))


@torch.no_grad()
def paint_all(painter: nn.Module, pairs: PairDataset | KeptPairs, device: torch.device, batch: int) -> np.ndarray:
    """All pictures as they are painted: uint8 sRGB (n, S, S, 3)."""
    return np.stack(
        [
            _picture(pairs.task, source, output)
            for whole, outputs in _painted(painter, pairs, device, batch)
            for source, output in zip(whole.source.cpu(), outputs.cpu(), strict=True)
        ]
    )


def pictures_of(pairs: PairDataset | KeptPairs, keys: Sequence[str]) -> Pictures:
    """What `pincel.training.outputs` keeps of the validation pictures themselves."""
    chosen, whole = chosen_places(len(keys)), shown_and_real(pairs)
    small = [shrink(array, SMALL_SIDE) for array in whole]
    return Pictures(keys, chosen, *small, *(array[chosen] for array in whole))


def shown_and_real(pairs: PairDataset | KeptPairs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """uint8 (n, S, S, 3) what is shown and what should be painted, and (n, S, S) 255 where there is photo."""
    every = [pairs[i] for i in range(len(pairs))]
    shown = np.stack([_shown(pairs.task, pair.source) for pair in every])
    real = np.stack([_picture(pairs.task, pair.source, pair.target) for pair in every])
    return shown, real, np.stack([(pair.mask[0].cpu().numpy() * 255).astype(np.uint8) for pair in every])


def _painted(
    painter: nn.Module, pairs: PairDataset | KeptPairs, device: torch.device, batch: int
) -> Iterator[tuple[Pair, Tensor]]:
    """Batch by batch: pairs as one on the device, and (N, C', H, W) what is painted of them."""
    painter.eval()
    for start in range(0, len(pairs), batch):
        group = [pairs[i] for i in range(start, min(start + batch, len(pairs)))]
        whole = Pair(*(torch.stack(parts).to(device) for parts in zip(*group, strict=True))).to_channels_last()
        yield whole, painter(whole.source, whole.label)


def _shown(task: Task, source: Tensor) -> np.ndarray:
    """uint8 (H, W, 3)."""
    return from_float(task.show(source.cpu().numpy()))


def _picture(task: Task, source: Tensor, output: Tensor) -> np.ndarray:
    """uint8 (H, W, 3)."""
    return from_float(task.decode(source.cpu().numpy(), output.cpu().numpy()))
