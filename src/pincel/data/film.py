"""Old film: the lightness of a photo of today as an old camera, its plates and the years would have left it.

Only what the network is shown changes, never the colours that it should paint. Tensors are batches, so that this is
the same on any device. `pincel.data.views.FilmRecipe` says how much.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pincel.data.photos_on_device import sent
from pincel.data.view_choices import FILM_NUMBERS
from pincel.data.views import FilmRecipe
from pincel.imaging.color import lightness
from pincel.metrics.tensor_color import constant

__all__ = ["Film", "develop", "draw_film", "make_film"]

REC_601 = (0.299, 0.587, 0.114)
BLIND = (0.0, 0.5, 0.5)  # of encoded red, green and blue: plates that see no red


class Film(NamedTuple):
    """What happens to each picture of a batch, float32 (N, 1, 1, 1) each; the grain is (N, 1, H, W).

    Attributes:
        blind: how blind to red its plates are, 0..1; below 0: its lightness stays that of its source.
        gamma: exponent of the lightness in 0..1. gain: factor on its distance from the middle. lift: added to it.
        halved, soft: 1 where half of the resolution is left, and where it is out of focus.
        grain: added at last to middle grey, in 0..1 of the lightness; less of it to what is dark or light.
    """

    blind: Tensor
    gamma: Tensor
    gain: Tensor
    lift: Tensor
    halved: Tensor
    soft: Tensor
    grain: Tensor


def draw_film(recipe: FilmRecipe, size: int) -> Film | None:
    """The film of one picture of ``size`` x ``size`` px (N is 1), by torch's generator; None: it is on none.

    A change that is switched off changes nothing else of what is drawn.
    """
    if not recipe.share or torch.rand(()) >= recipe.share:
        return None
    numbers = torch.rand(FILM_NUMBERS)[None]
    return make_film(recipe, numbers, torch.randn(1, 1, size, size))


def make_film(recipe: FilmRecipe, numbers: Tensor, noise: Tensor) -> Film:
    """The films of a batch.

    Args:
        recipe: how much of what.
        numbers: (N, 9), evenly spread in 0..1.
        noise: (N, 1, H, W), normally distributed; may lie on another device than the numbers.
    """
    plates, blind, gamma, gain, lift, halved, soft, grainy, grain = numbers.T[..., None, None, None]
    strength = torch.where(grainy < recipe.grainy, recipe.grain * grain, 0.0)
    return Film(
        torch.where(plates < recipe.red_blind, blind, -1.0),
        (1 + recipe.gamma) ** (2 * gamma - 1),
        1 + recipe.gain * (2 * gain - 1),
        recipe.lift * (2 * lift - 1),
        (halved < recipe.halved).float(),
        (soft < recipe.soft).float(),
        sent(strength, noise.device) * noise,
    )


def develop(film: Film, source: Tensor, rgb: Tensor, mask: Tensor) -> Tensor:
    """What the network is shown instead of ``source``.

    Args:
        film: of each picture; what is not its grain on the processor, whatever the device, to be looked at.
        source: float32 (N, 1, H, W), L / 50 - 1.
        rgb: (N, 3, H, W), whole levels of 0..255: the photos behind it, sRGB.
        mask: float32 (N, 1, H, W), 1 where there is photo; what is outside stays as it is.

    Returns:
        float32 (N, 1, H, W) in -1..1.
    """
    light = ((source + 1) / 2).clamp(0, 1)
    blind, blurred = bool((film.blind >= 0).any()), [bool(wanted.any()) for wanted in (film.halved, film.soft)]
    film = Film(*(sent(part, source.device) for part in film))
    if blind:
        light = torch.where(film.blind < 0, light, _on_plates(rgb, film.blind))
    light = (light**film.gamma - 0.5) * film.gain + 0.5 + film.lift
    for wanted, blur, any_of_it in zip((film.halved, film.soft), (_halve, _soften), blurred, strict=True):
        if any_of_it:
            light = torch.where(wanted > 0, blur(light * mask) / blur(mask).clamp(min=1e-6), light)  # of photo alone
    light = light.clamp(0, 1)
    light = light + film.grain * 2 * (light * (1 - light)).sqrt()
    return torch.where(mask > 0, light.clamp(0, 1) * 2 - 1, source)


def _on_plates(rgb: Tensor, blind: Tensor) -> Tensor:
    """L / 100 of photos (N, 3, H, W) that plates between Rec. 601 (0) and no red at all (1) would have taken."""
    seen, unseen = (constant(weights, rgb.device)[None, :, None, None] for weights in (REC_601, BLIND))
    grey = (rgb * ((1 - blind) * seen + blind * unseen)).sum(1, keepdim=True) / 255
    return _lightness_table(rgb.device)[(grey * 65535).round().long().clamp(0, 65535)]


@cache
def _lightness_table(device: torch.device) -> Tensor:
    """L / 100 of 65,536 grey levels."""
    return torch.from_numpy(lightness(np.arange(65536, dtype=np.uint16)[None])[0] / np.float32(100)).to(device)


def _soften(planes: Tensor) -> Tensor:
    """The mean of 3 x 3 pixels."""
    return F.avg_pool2d(F.pad(planes, (1, 1, 1, 1), mode="replicate"), 3, 1)


def _halve(planes: Tensor) -> Tensor:
    """Half as large, and back to its size."""
    small = F.avg_pool2d(planes, 2, ceil_mode=True)
    return F.interpolate(small, planes.shape[2:], mode="bilinear", align_corners=False)
