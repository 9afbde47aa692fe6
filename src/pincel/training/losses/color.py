"""Losses between colours at equal lightness, and the weights of rare colours; all are aware of the mask."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor
from torch.nn import functional as F

from pincel.metrics.color_batches import greyed, hue_terms
from pincel.tasks.colorize import AB_SCALE
from pincel.training.losses.pixels import masked_mean

__all__ = ["ChromaRebalance", "cie94", "ciede2000", "colourfulness"]


def cie94(painted: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean CIE94 difference of the colours, in units of 110 (CIE 116-1995, graphic arts, equal lightness).

    An error of a given size disturbs the eye less the more saturated the colours are; plain L1 does not know that,
    spends its effort on the most vivid pixels and hedges them with brown.

    Args:
        painted: (N, 2, H, W) ab / 110.
        target: the same shape.
        weight: (N, 1, H, W).
    """
    a, b = painted * AB_SCALE, target * AB_SCALE
    tiny = 1e-2  # Lab units; keeps the roots differentiable at grey
    chroma_a = (a.square().sum(1, keepdim=True) + tiny).sqrt()
    chroma_b = (b.square().sum(1, keepdim=True) + tiny).sqrt()
    mean_chroma = (chroma_a * chroma_b).sqrt()
    chroma_error = chroma_a - chroma_b
    hue_error_squared = ((a - b).square().sum(1, keepdim=True) - chroma_error.square()).clamp(min=0)
    squared = (chroma_error / (1 + 0.045 * mean_chroma)).square() + hue_error_squared / (
        1 + 0.015 * mean_chroma
    ).square()
    return masked_mean((squared + tiny).sqrt(), weight) / AB_SCALE


def ciede2000(painted: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean CIEDE2000 difference of the colours at equal lightness, in units of 110 (Sharma, Wu & Dalal 2005).

    Against CIE94 it counts the chroma of both colours in full, so that a painted colour near grey is not punished
    twice, and knows that hues are not equally far apart. The weights that depend on hue are taken as constants.

    Args:
        painted: (N, 2, H, W) ab / 110.
        target: the same shape.
        weight: (N, 1, H, W).
    """
    tiny = 1e-2  # Lab units; keeps the roots differentiable at grey

    def length(ab: Tensor) -> Tensor:
        return (ab.square().sum(1, keepdim=True) + tiny).sqrt()

    one, other = painted * AB_SCALE, target * AB_SCALE
    stretch = 1.5 - 0.5 * greyed((length(one) + length(other)) / 2)  # of a, so that greys come out right
    one, other = (torch.cat([ab[:, :1] * stretch, ab[:, 1:]], dim=1) for ab in (one, other))
    chroma_one, chroma_other = length(one), length(other)
    chroma = (chroma_one + chroma_other) / 2
    chroma_error = chroma_one - chroma_other
    hue_error_squared = ((one - other).square().sum(1, keepdim=True) - chroma_error.square()).clamp(min=0)
    with torch.no_grad():
        middle = one / chroma_one + other / chroma_other
        t, turn = hue_terms(torch.atan2(middle[:, 1:], middle[:, :1]), chroma)
        cross = one[:, :1] * other[:, 1:] - one[:, 1:] * other[:, :1]  # its sign is the hue error's
        side = -torch.sign(cross)
    c = chroma_error / (1 + 0.045 * chroma)
    h_squared = hue_error_squared / (1 + 0.015 * chroma * t).square()
    squared = c.square() + h_squared + turn * c * side * (h_squared + tiny).sqrt()
    return masked_mean((squared.clamp(min=0) + tiny).sqrt(), weight) / AB_SCALE


def colourfulness(painted: Tensor, target: Tensor, mask: Tensor, share: float) -> Tensor:
    """How far a batch stays below ``share`` of the real pictures' colourfulness, squared; 0 once it is reached.

    Where several colours are likely, every error-minimising loss pays for a greyish mean. This one asks for a total
    of colour and leaves to the others where it costs least: chroma goes where the network is sure.

    Colourfulness is Hasler & Suesstrunk's (2003, eq. 3) for CIELab: the length of the standard deviation of (a, b) plus
    0.37 times the length of their mean, one value a picture, averaged over the batch.

    Args:
        painted: (N, 2, H, W) ab / 110.
        target: the same shape.
        mask: (N, 1, H, W).
        share: of the real colourfulness that is asked for, above 0.
    """

    def of(ab: Tensor) -> Tensor:
        count = mask.sum((-2, -1)).clamp(min=1)  # (N, 1)
        mean = (ab * mask).sum((-2, -1)) / count  # (N, 2)
        variance = ((ab - mean[..., None, None]).square() * mask).sum((-2, -1)) / count
        tiny = 1e-8  # keeps the roots differentiable at grey
        return ((variance.sum(1) + tiny).sqrt() + 0.37 * (mean.square().sum(1) + tiny).sqrt()).mean()

    return F.relu(share - of(painted) / of(target)).square()


class ChromaRebalance:
    """Rare, saturated colours weigh more (Zhang et al. 2016, section 2.2, eq. 4, on a grid of 22 x 22 ab bins).

    Grass, sky and walls are so common that plain regression paints everything in their mean, which is brown.
    Zhang's weights are ((1 - 0.5) p + 0.5 / Q)^-1, normalised to mean 1 over the data; here they are raised to
    ``strength``, so that 0 is no rebalancing and 1 is Zhang's.

    Args:
        histogram: (22, 22) counts of (a, b) over the training pictures, bins of 10 Lab units from -110 to 110.
        strength: exponent, 0..1.
    """

    BINS = 22

    def __init__(self, histogram: np.ndarray, strength: float) -> None:
        smooth = gaussian_filter(histogram.astype(np.float64), sigma=0.5)
        share = smooth / smooth.sum()
        seen = histogram > 0
        weight = 1 / (0.5 * share + 0.5 / seen.sum())
        weight = weight**strength
        weight /= (weight * histogram).sum() / histogram.sum()
        self.table = torch.from_numpy(weight.astype(np.float32))

    @classmethod
    def count(cls, ab: np.ndarray) -> np.ndarray:
        """(n, 2) ab values in Lab units -> (22, 22) counts."""
        edges = np.linspace(-AB_SCALE, AB_SCALE, cls.BINS + 1)
        return np.histogram2d(ab[:, 0], ab[:, 1], bins=(edges, edges))[0]

    def __call__(self, target: Tensor) -> Tensor:
        """(N, 2, H, W) target ab / 110 -> (N, 1, H, W) weights of mean about 1."""
        bins = ((target + 1) * (self.BINS / 2)).long().clamp(0, self.BINS - 1)
        self.table = self.table.to(target.device)  # once: to bring it there waits for what the device is still doing
        return self.table[bins[:, 0], bins[:, 1]].unsqueeze(1)
