"""What the networks are trained for: pixel, perceptual and adversarial losses, all of them aware of the mask."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor
from torch.nn import functional as F

from pincel.metrics.lite import LiteFeatures, lite0_distance
from pincel.tasks import Task
from pincel.tasks.colorize import AB_SCALE

__all__ = [
    "ADVERSARIAL",
    "ChromaRebalance",
    "bins_loss",
    "cie94_loss",
    "ciede2000_loss",
    "colourfulness_loss",
    "discriminator_loss",
    "generator_adversarial_loss",
    "masked_mean",
    "output_to_rgb",
    "perceptual_loss",
    "pixel_loss",
    "psnr_loss",
]


def masked_mean(values: Tensor, weight: Tensor) -> Tensor:
    """Mean of (N, C, H, W) ``values`` with (N, 1, H, W) weights; 0 when nothing weighs."""
    return (values * weight).sum() / (weight.sum() * values.shape[1]).clamp(min=1e-6)


def pixel_loss(painted: Tensor, target: Tensor, weight: Tensor, kind: str) -> Tensor:
    """Mean absolute error (``l1``) or Huber with its bend at 10 Lab units (``smooth_l1``).

    Args:
        painted: (N, C, H, W) in -1..1.
        target: the same shape.
        weight: (N, 1, H, W); the mask, possibly times a rebalancing weight.
        kind: ``l1`` or ``smooth_l1``.
    """
    if kind == "l1":
        return masked_mean((painted - target).abs(), weight)
    return masked_mean(F.smooth_l1_loss(painted, target, reduction="none", beta=10 / AB_SCALE), weight)


def cie94_loss(painted: Tensor, target: Tensor, weight: Tensor) -> Tensor:
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


def ciede2000_loss(painted: Tensor, target: Tensor, weight: Tensor) -> Tensor:
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

    def greyed(mean_chroma: Tensor) -> Tensor:
        return (mean_chroma**7 / (mean_chroma**7 + 25.0**7)).sqrt()

    one, other = painted * AB_SCALE, target * AB_SCALE
    stretch = 1.5 - 0.5 * greyed((length(one) + length(other)) / 2)  # of a, so that greys come out right
    one, other = (torch.cat([ab[:, :1] * stretch, ab[:, 1:]], dim=1) for ab in (one, other))
    chroma_one, chroma_other = length(one), length(other)
    chroma = (chroma_one + chroma_other) / 2
    chroma_error = chroma_one - chroma_other
    hue_error_squared = ((one - other).square().sum(1, keepdim=True) - chroma_error.square()).clamp(min=0)
    with torch.no_grad():
        middle = one / chroma_one + other / chroma_other
        hue = torch.atan2(middle[:, 1:], middle[:, :1])
        t = (
            1
            - 0.17 * torch.cos(hue - math.radians(30))
            + 0.24 * torch.cos(2 * hue)
            + 0.32 * torch.cos(3 * hue + math.radians(6))
            - 0.20 * torch.cos(4 * hue - math.radians(63))
        )
        from_blue = torch.rad2deg(torch.remainder(hue, 2 * math.pi)) - 275
        turn = -2 * greyed(chroma) * torch.sin(math.radians(60) * torch.exp(-(from_blue / 25).square()))
        cross = one[:, :1] * other[:, 1:] - one[:, 1:] * other[:, :1]  # its sign is the hue error's
        side = -torch.sign(cross)
    c = chroma_error / (1 + 0.045 * chroma)
    h_squared = hue_error_squared / (1 + 0.015 * chroma * t).square()
    squared = c.square() + h_squared + turn * c * side * (h_squared + tiny).sqrt()
    return masked_mean((squared.clamp(min=0) + tiny).sqrt(), weight) / AB_SCALE


def colourfulness_loss(painted: Tensor, target: Tensor, mask: Tensor, share: float) -> Tensor:
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

    def colourfulness(ab: Tensor) -> Tensor:
        count = mask.sum((-2, -1)).clamp(min=1)  # (N, 1)
        mean = (ab * mask).sum((-2, -1)) / count  # (N, 2)
        variance = ((ab - mean[..., None, None]).square() * mask).sum((-2, -1)) / count
        tiny = 1e-8  # keeps the roots differentiable at grey
        return ((variance.sum(1) + tiny).sqrt() + 0.37 * (mean.square().sum(1) + tiny).sqrt()).mean()

    return F.relu(share - colourfulness(painted) / colourfulness(target)).square()


def psnr_loss(painted: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """What the mean PSNR of a batch lacks to that of equal 8-bit pictures, in bel: ``log10(1 + mean squared error)``.

    The error is counted in steps of 8 bits, one mean a picture: the loss is 0 for equal pictures, and a tenth of it is
    a decibel where errors are large. A mean of decibels asks for the same *share* of every picture's error: nearly grey
    photos, where a little wrong colour costs much, count as much as vivid ones, and a hopeless one counts no more.
    It follows `pincel.metrics.quality.psnr` of the whole square, with one step added so that equal pictures are finite.

    Args:
        painted: (N, 3, H, W) sRGB in 0..1; what lies outside is not clipped, so that it learns to come back.
        target: the same shape.
        mask: (N, 1, H, W); what it leaves out counts as equal, as the black bars of a letterboxed picture do.
    """
    error = ((painted - target) * mask).square().mean((-3, -2, -1))  # (N,)
    return torch.log10(1 + 255**2 * error).mean()


def bins_loss(logits: Tensor, target: Tensor, mask: Tensor, colours: Tensor, near: int = 5) -> Tensor:
    """Mean cross-entropy between bins of ab and the target's soft ones (Zhang et al. 2016, eq. 2).

    The target, averaged over the photo within each place of the logits, is spread over its nearest bins by a Gaussian
    of half a bin's side.

    Args:
        logits: (N, K, h, w).
        target: (N, 2, H, W) ab / 110.
        mask: (N, 1, H, W).
        colours: (K, 2) of the bins, Lab units on a regular grid.
        near: bins that a colour is spread over.
    """
    size = (logits.shape[-2], logits.shape[-1])
    weight = F.adaptive_avg_pool2d(mask, size)  # (N, 1, h, w)
    ab = F.adaptive_avg_pool2d(target * mask, size) / weight.clamp(min=1e-6) * AB_SCALE
    distance, nearest = torch.cdist(ab.permute(0, 2, 3, 1).flatten(1, 2), colours[None]).topk(near, largest=False)
    step = torch.pdist(colours[:16]).min()
    share = F.softmax(-distance.square() / (2 * (step / 2) ** 2), dim=-1)  # (N, h * w, near)
    likely = logits.flatten(2).transpose(1, 2).log_softmax(-1).gather(2, nearest)
    return masked_mean(-(likely * share).sum(-1)[:, None], weight.flatten(2))


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
        return self.table.to(target.device)[bins[:, 0], bins[:, 1]].unsqueeze(1)


def perceptual_loss(features: LiteFeatures, painted: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """`lite0_distance` between two batches in sRGB 0..1, (N, 3, H, W), with padding black in both; a scalar."""
    return lite0_distance(features, painted * mask, target * mask, mask).mean()


def output_to_rgb(task: Task, source: Tensor, output: Tensor) -> Tensor:
    """Differentiable `Task.decode` of a batch: (N, C, H, W) source and output in -1..1 -> sRGB (N, 3, H, W) in 0..1."""
    return task.to_rgb(source, output, _lab_to_rgb)


def _lab_to_rgb(light: Tensor, ab: Tensor) -> Tensor:
    """Differentiable: L (N, 1, H, W) in 0..100 and ab (N, 2, H, W) -> sRGB (N, 3, H, W), not clipped."""
    from kornia.color import lab_to_rgb

    return lab_to_rgb(torch.cat([light, ab], dim=1), clip=False)


def _bce(logits: Tensor, real: bool, smoothing: float) -> Tensor:
    wanted = torch.full_like(logits, 1 - smoothing if real else 0.0)
    return F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")


def _lsgan(logits: Tensor, real: bool, smoothing: float) -> Tensor:
    return (logits - (1 - smoothing if real else 0.0)).square()


def _hinge(logits: Tensor, real: bool, smoothing: float) -> Tensor:
    return F.relu(1 - logits if real else 1 + logits)


# How far the discriminator's logits are from what it should say: f(logits, real, smoothing) -> (N, 1, h, w)
ADVERSARIAL: dict[str, Callable[[Tensor, bool, float], Tensor]] = {
    "bce": _bce,  # Goodfellow et al. 2014, non-saturating
    "lsgan": _lsgan,  # Mao et al. 2017
    "hinge": _hinge,  # Lim & Ye 2017
}


def discriminator_loss(real: Tensor, fake: Tensor, weight: Tensor, kind: str, smoothing: float = 0.0) -> Tensor:
    """(L_real + L_fake) / 2 over the patches (Isola et al. 2017, section 3.3 halves it).

    Args:
        real: (N, 1, h, w) logits of real pictures.
        fake: logits of painted pictures.
        weight: (N, 1, h, w) share of each patch that is photo.
        kind: a key of `ADVERSARIAL`.
        smoothing: one-sided label smoothing (Salimans et al. 2016): real patches should reach 1 - smoothing.
    """
    loss = ADVERSARIAL[kind]
    return (masked_mean(loss(real, True, smoothing), weight) + masked_mean(loss(fake, False, 0.0), weight)) / 2


def generator_adversarial_loss(fake: Tensor, weight: Tensor, kind: str) -> Tensor:
    """How far the discriminator is from calling the painted patches real; arguments as `discriminator_loss`."""
    return masked_mean(-fake if kind == "hinge" else ADVERSARIAL[kind](fake, True, 0.0), weight)
