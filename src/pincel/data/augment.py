"""Random crops, flips and tones, drawn from torch's generator, the same for both sides of a pair."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as tf

from pincel.data.views import ASPECTS, AugmentRecipe
from pincel.imaging.resize import letterbox

__all__ = ["augment"]


def augment(pictures: Sequence[np.ndarray], size: int, recipe: AugmentRecipe) -> tuple[list[np.ndarray], np.ndarray]:
    """One random view, the same of every picture.

    Args:
        pictures: sRGB uint8 (H, W, 3), all of one size: the sides of a pair, or one photo alone.
        size: side of the result in pixels.
        recipe: what may happen.

    Returns:
        The views, uint8 (size, size, 3), and their mask, bool (size, size): true where there is photo.
    """
    mask = np.ones((size, size), bool)
    if torch.rand(()) < recipe.letterbox:
        squares = [letterbox(rgb, size) for rgb in pictures]
        mask = squares[0][1].mask(size)
        views = _stack([square for square, _ in squares])
    else:
        views = v2.RandomResizedCrop(size, (recipe.min_scale, 1), ASPECTS)(_stack(pictures))
    if recipe.flip and torch.rand(()) < 0.5:
        views, mask = views.flip(-1), mask[:, ::-1].copy()
    if recipe.flip_vertical and torch.rand(()) < 0.5:
        views, mask = views.flip(-2), mask[::-1].copy()
    if recipe.quarter_turns and torch.rand(()) < recipe.quarter_turns:
        turns = int(torch.randint(1, 4, ()))
        views, mask = views.rot90(turns, (-2, -1)), np.rot90(mask, turns).copy()
    if recipe.rotation or recipe.zoom:
        views, mask = _turn_and_zoom(views, mask, recipe)
    for change, adjust in ((recipe.brightness, tf.adjust_brightness), (recipe.contrast, tf.adjust_contrast)):
        if change:
            views = adjust(views, 1 + change * (2 * float(torch.rand(())) - 1))
    return [np.ascontiguousarray(view.permute(1, 2, 0).numpy()) * mask[..., None] for view in views], mask


def _stack(pictures: Sequence[np.ndarray]) -> Tensor:
    """Pictures (H, W, 3) -> uint8 (n, 3, H, W)."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)


def _turn_and_zoom(views: Tensor, mask: np.ndarray, recipe: AugmentRecipe) -> tuple[Tensor, np.ndarray]:
    """Turn (n, 3, S, S) and their mask about the middle and scale them; what comes from outside is no photo."""
    turn, scale = (2 * torch.rand(2) - 1).tolist()
    move = {
        "angle": turn * recipe.rotation,
        "translate": [0, 0],
        "scale": 1 + scale * recipe.zoom,
        "shear": [0.0, 0.0],
        "interpolation": v2.InterpolationMode.BILINEAR,
    }
    moved = tf.affine(torch.from_numpy(mask[None].astype(np.float32)), **move)[0]
    return tf.affine(views, **move), (moved > 0.999).numpy()
