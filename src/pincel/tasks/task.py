"""`Task`: what a network is shown and what it paints, and all that the rest of Pincel asks about that.

One object without state, used by training and painting alike. What stands here is the plainest task, any picture to
any picture, both sRGB in -1..1; another one is a class that says where it departs, and a row of `pincel.tasks.TASKS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pincel.imaging.color import as_float, from_float, rgb_to_lab
from pincel.imaging.edges import SketchStyle
from pincel.imaging.resize import fit_size, resize

__all__ = ["Finish", "Task", "planes"]

MOST_SQUEEZED = 0.1  # relative change of a side; beyond it the edge is repeated instead

Finish = Callable[[float, int | None], np.ndarray]
"""(factor on chroma, threads) -> the painting at the picture's own size: sRGB (H, W, 3) of its dtype."""


class Task:
    """Any picture -> any picture. Pixels are sRGB (H, W[, 3]), uint8, uint16 or float32 in 0..1.

    Attributes:
        name: as in recipes and model cards.
        source_channels: planes of what the network is shown. target_channels: planes of what it paints.
        outside: the 8-bit value around a picture that does not fill its square.
        keeps_lightness: whether it paints the colour of a photo that keeps its lightness; otherwise whole pictures.
        keeps_alpha: whether the transparency of what was given is the painting's too.
        takes_pairs: whether what is shown may be a file of its own, the A of a pair.
        encodes_batches: whether `encode_batch` is known to give what `encode` and `encode_target` give.
        makes_source: whether what is shown can be made of the photo (`make_source`); a task that neither does so nor
            takes pairs is shown the photo itself.
        draws: whether that is a drawing, made as the recipe's ``sketch`` says.
        commands: that paint with it, the first one in examples. asks: what they are given there.
        model: name of the embedded model; "" for none.
        shown, shown_many: a word for what is shown. caption: over it, beside paintings. painted: for what is painted.
        unit: of what is painted; ``(plane - zero) * scale`` is in it.
        source_unit: of what is shown; a step of 1 in one of its planes is ``source_scale`` of it.
    """

    name: str
    source_channels: int = 3
    target_channels: int = 3
    outside: int = 0
    keeps_lightness: bool = False
    keeps_alpha: bool = True
    takes_pairs: bool = True
    encodes_batches: bool = False
    makes_source: bool = False
    draws: bool = False
    commands: tuple[str, ...] = ("translate",)
    asks: str = "PICTURE"
    model: str = ""
    shown: str = "source"
    shown_many: str = "sources"
    caption: str = "input"
    painted: str = "picture"
    unit: str = "levels of 255"
    scale: float = 127.5
    zero: float = -1.0
    source_unit: str = "grey level"
    source_scale: float = 127.5

    @staticmethod
    def fit(pixels: np.ndarray, height: int, width: int, alpha: np.ndarray | None = None) -> np.ndarray:
        """What a person gives, brought to the size that the network sees, ready for `encode`.

        Args:
            pixels: of any size.
            height: that the network sees.
            width: likewise.
            alpha: (H, W), opacity of the same dtype, where it is known.
        """
        return resize(_three(pixels), height, width)

    @staticmethod
    def encode(pixels: np.ndarray) -> np.ndarray:
        """What the network is shown: float32 (source_channels, H, W) in -1..1."""
        return planes(_three(pixels))

    @staticmethod
    def encode_target(rgb: np.ndarray) -> np.ndarray:
        """What the network should paint: float32 (target_channels, H, W) in -1..1."""
        return planes(rgb)

    @staticmethod
    def decode(source: np.ndarray, output: np.ndarray) -> np.ndarray:
        """The painted picture at the network's own size: float32 sRGB (H, W, 3) in 0..1."""
        return _rgb(output)

    @staticmethod
    def show(source: np.ndarray) -> np.ndarray:
        """What the network was shown, as a person would see it: float32 sRGB (H, W, 3) in 0..1."""
        return _rgb(source)

    @staticmethod
    def make_source(rgb: np.ndarray, style: SketchStyle, size: int | None = None) -> np.ndarray:
        """What is shown, made of the photo: uint8 (H, W[, 3]), ready for `encode`; the photo itself by default.

        Args:
            rgb: the photo, uint8 (H, W, 3).
            style: how sketches are drawn.
            size: long side in pixels at which it is looked at; larger photos are drawn coarser.
        """
        return rgb

    def inside(self, shown: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """What is shown, uint8 (H, W[, 3]), where ``mask`` (H, W) says that there is photo, and nothing around it."""
        return np.where(mask if shown.ndim == 2 else mask[..., None], shown, np.uint8(self.outside))

    @staticmethod
    def encode_batch(rgb: Any, rgb_to_lab: Callable[[Any], Any]) -> tuple[Any, Any]:
        """`encode` and `encode_target` of a batch of tensors: (N, source_channels, H, W), (N, target_channels, H, W).

        Args:
            rgb: (N, 3, H, W), sRGB in 0..1.
            rgb_to_lab: of such a batch, L in 0..100.
        """
        return rgb * 2 - 1, rgb * 2 - 1

    @staticmethod
    def to_rgb(source: Any, output: Any, lab_to_rgb: Callable[[Any, Any], Any]) -> Any:
        """`decode` of a batch of tensors, differentiable and not clipped: (N, 3, H, W), sRGB in 0..1.

        Args:
            source: (N, source_channels, H, W) in -1..1.
            output: (N, target_channels, H, W) in -1..1.
            lab_to_rgb: (N, 1, H, W) L in 0..100 and (N, 2, H, W) ab -> (N, 3, H, W) sRGB in 0..1.
        """
        return (output + 1) / 2

    def to_lab(self, source: np.ndarray, output: np.ndarray) -> np.ndarray:
        """`decode` in Lab: float32 (H, W, 3)."""
        return rgb_to_lab(self.decode(source, output))

    def unpainted(self, pixels: np.ndarray) -> np.ndarray:
        """What painting must beat: what is shown, left as it is; float32 sRGB (H, W, 3) in 0..1."""
        return self.show(self.encode(pixels))

    def working_shape(
        self, pixels: np.ndarray, long_side: int, multiple: int, largest_enlargement: float
    ) -> tuple[int, int]:
        """Height and width that the network sees: whole multiples where that hardly squeezes the picture.

        Args:
            pixels: of any size.
            long_side: that the network shall see, in pixels.
            multiple: of the sides it sees without padding.
            largest_enlargement: of small photos to be coloured, as of the model's card.
        """
        height, width = fit_size(pixels.shape[0], pixels.shape[1], long_side)
        whole = [max(multiple, round(side / multiple) * multiple) for side in (height, width)]
        return (
            whole[0] if abs(whole[0] / height - 1) <= MOST_SQUEEZED else height,
            whole[1] if abs(whole[1] / width - 1) <= MOST_SQUEEZED else width,
        )

    def finish(self, pixels: np.ndarray, source: np.ndarray, output: np.ndarray) -> Finish:
        """The painting of ``pixels``, of any size; its colours can be made stronger where they are painted alone."""
        painted = resize(self.decode(source, output), *pixels.shape[:2])
        whole = from_float(np.clip(painted, 0, 1), pixels.dtype)
        return lambda gain, workers: whole


def planes(pixels: np.ndarray) -> np.ndarray:
    """Pixels (H, W, C) or (H, W) of any dtype -> float32 planes (C, H, W) in -1..1."""
    values = as_float(pixels)
    values = values[None] if values.ndim == 2 else values.transpose(2, 0, 1)
    return np.ascontiguousarray(values * np.float32(2) - np.float32(1))


def _rgb(values: np.ndarray) -> np.ndarray:
    """Planes (1 or 3, H, W) in -1..1 -> float32 sRGB (H, W, 3) in 0..1."""
    rgb = np.clip((values.transpose(1, 2, 0) + np.float32(1)) / np.float32(2), 0, 1)
    return np.ascontiguousarray(np.broadcast_to(rgb, (*rgb.shape[:2], 3)))


def _three(pixels: np.ndarray) -> np.ndarray:
    return np.dstack([pixels] * 3) if pixels.ndim == 2 else pixels
