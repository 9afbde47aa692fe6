"""What a discriminator and the generator against it learn from its verdicts."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from pincel.training.losses.pixels import masked_mean

__all__ = ["ADVERSARIAL", "discriminator_loss", "generator_adversarial_loss"]


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
