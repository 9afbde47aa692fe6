"""What the label changes in one picture: it is painted with every label, and each painting compared with its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pincel.explain.explained import Explained
from pincel.imaging.color import from_float
from pincel.metrics.color import ciede2000
from pincel.runtime.painter import UNKNOWN

__all__ = ["LabelPainting", "paint_with_each_label"]


@dataclass(frozen=True)
class LabelPainting:
    """One picture painted with one label.

    Attributes:
        label: what the network was told.
        rgb: uint8 (H, W, 3).
        ciede2000: mean difference from the painting with the label that the picture was explained with.
        shift: how far the mean a and b are from that painting's, Lab units.
        chroma: mean chroma, Lab units.
    """

    label: str
    rgb: np.ndarray
    ciede2000: float
    shift: tuple[float, float]
    chroma: float


def paint_with_each_label(explained: Explained, source: np.ndarray, own: str) -> list[LabelPainting]:
    """The picture with every label, `unknown` last.

    Args:
        explained: a model with labels.
        source: float32 (C, H, W).
        own: the label that others are compared with.
    """
    outputs = {
        label: explained.paint(source[None], explained.label_number(label))[0]
        for label in [*explained.classes, UNKNOWN]
    }
    labs = {label: explained.task.to_lab(source, output) for label, output in outputs.items()}
    paintings = []
    for label, output in outputs.items():
        lab, reference = labs[label], labs[own]
        shift = (lab - reference)[..., 1:].mean((0, 1))
        rgb = from_float(np.clip(explained.task.decode(source, output), 0, 1))
        chroma = float(np.hypot(lab[..., 1], lab[..., 2]).mean())
        paintings.append(
            LabelPainting(label, rgb, ciede2000(lab, reference), (float(shift[0]), float(shift[1])), chroma)
        )
    return paintings
