"""Losses of what a generator says beside its painting."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from pincel.tasks.colorize import AB_SCALE
from pincel.training.losses.pixels import masked_mean
from pincel.training.losses.view import View

__all__ = ["bins", "classification", "of_bins", "of_labels"]


def bins(logits: Tensor, target: Tensor, mask: Tensor, colors: Tensor, near: int = 5) -> Tensor:
    """Mean cross-entropy between bins of ab and the target's soft ones (Zhang et al. 2016, eq. 2).

    The target, averaged over the photo within each place of the logits, is spread over its nearest bins by a Gaussian
    of half a bin's side.

    Args:
        logits: (N, K, h, w).
        target: (N, 2, H, W) ab / 110.
        mask: (N, 1, H, W).
        colors: (K, 2) of the bins, Lab units on a regular grid.
        near: bins that a colour is spread over.
    """
    size = (logits.shape[-2], logits.shape[-1])
    weight = F.adaptive_avg_pool2d(mask, size)  # (N, 1, h, w)
    ab = F.adaptive_avg_pool2d(target * mask, size) / weight.clamp(min=1e-6) * AB_SCALE
    distance, nearest = torch.cdist(ab.permute(0, 2, 3, 1).flatten(1, 2), colors[None]).topk(near, largest=False)
    step = torch.pdist(colors[:16]).min()
    share = F.softmax(-distance.square() / (2 * (step / 2) ** 2), dim=-1)  # (N, h * w, near)
    likely = logits.flatten(2).transpose(1, 2).log_softmax(-1).gather(2, nearest)
    return masked_mean(-(likely * share).sum(-1)[:, None], weight.flatten(2))


def classification(logits: Tensor, label: Tensor, share: float) -> Tensor:
    """Cross-entropy over the pictures whose label was not dropped.

    Args:
        logits: (N, classes).
        label: int64 (N,); one past the last class was dropped.
        share: of the labels that count, where none was dropped: what a training would count of them.
    """
    error = F.cross_entropy(logits, label, ignore_index=logits.shape[1], reduction="sum") / len(label)
    return error * share


def of_bins(view: View, weight: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What `bins` is given of a batch."""
    return view.side["bins"].float(), view.pair.target, weight, view.bin_colors


def of_labels(view: View, weight: Tensor) -> tuple[Tensor, Tensor, float]:
    """What `classification` is given of a batch; no pixel weighs there."""
    return view.side["label_logits"], view.pair.label, view.label_share
