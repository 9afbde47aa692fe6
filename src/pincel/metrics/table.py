"""Every figure of one picture: its function, which way is better, and in which words it is written.

A new metric is a function and a row here; evaluation measures and prints the rows of its task by itself. What a set of
pictures has beside them (ratios of means, gaps, Frechet distances) follows in `pincel.evaluation.scores`. The Lite0
distance is no row: it looks at pictures in batches through a network, so `pincel.evaluation.sets` takes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

from pincel.metrics.color import ab_psnr, ciede2000, colourfulness, patchiness
from pincel.metrics.quality import PSNR_OF_EQUAL, psnr, ssim
from pincel.metrics.residual import intensity_gap, mean_absolute_error, mse, residual_std, residual_variance

__all__ = ["PICTURE_METRICS", "Metric", "PictureMetric", "score_pair"]

Function = Callable[[np.ndarray, np.ndarray, np.ndarray | None], float]
Space = Literal["rgb", "lab"]


@dataclass(frozen=True)
class Metric:
    """How a figure is written and read.

    Attributes:
        name: in full.
        group: heading over its column and its neighbours'; rows of one group stand together.
        title: of the column below that.
        decimals: shown.
        better: ``more``, ``less``, or what it should be near to.
        meaning: one sentence.
    """

    name: str
    group: str
    title: str
    decimals: int
    better: str
    meaning: str

    @property
    def higher_is_better(self) -> bool | None:
        """The direction; None where a figure should be near something."""
        return {"more": True, "less": False}.get(self.better)

    def facts(self) -> dict[str, Any]:
        """The words, and the direction, for JSON."""
        return {word.name: getattr(self, word.name) for word in fields(Metric)} | {
            "higher_is_better": self.higher_is_better
        }


@dataclass(frozen=True)
class PictureMetric(Metric):
    """A figure of one painted picture against the real one.

    Attributes:
        function: (painted, real, mask) -> value. The mask is bool (H, W), pixels that count; all when None.
        space: of the pictures that it takes: ``rgb``, uint8 sRGB (H, W, 3), or ``lab``, the same as exact float Lab.
        scale: of its values, in words.
        of_equal: its value for equal pictures; None: whatever the real one has.
        reports: of evaluation that print it: ``colour`` (colorizing), ``picture`` (whole pictures are painted).
        whole_square: padding counts too, so it is told only where there is some.
        most: larger values count as this, so that means are finite.
    """

    function: Function
    space: Space = "rgb"
    scale: str = ""
    of_equal: float | None = 0.0
    reports: Collection[str] = ("colour", "picture")
    whole_square: bool = False
    most: float = math.inf


PSNR: dict[str, Any] = {"scale": "dB", "of_equal": PSNR_OF_EQUAL, "most": PSNR_OF_EQUAL}
SSIM: dict[str, Any] = {"scale": "-1..1, 1 is equal", "of_equal": 1.0}
WHOLE, PHOTO, COLOUR = "RGB, whole square", "RGB, photo", "Colour"

PICTURE_METRICS: dict[str, PictureMetric] = {
    "psnr_whole": PictureMetric(
        "PSNR of the whole square, dB",
        group=WHOLE,
        title="PSNR, dB",
        decimals=2,
        better="more",
        meaning="Peak signal-to-noise ratio of RGB in 0..255, black bars included.",
        function=psnr,
        whole_square=True,
        **PSNR,
    ),
    "ssim_whole": PictureMetric(
        "SSIM of the whole square",
        group=WHOLE,
        title="SSIM",
        decimals=4,
        better="more",
        meaning="Structural similarity of RGB in 0..255, 7 x 7 window, black bars included.",
        function=ssim,
        whole_square=True,
        **SSIM,
    ),
    "mse": PictureMetric(
        "MSE",
        group=PHOTO,
        title="MSE",
        decimals=4,
        better="less",
        meaning="Mean squared error of RGB in 0..1, photo pixels only.",
        function=mse,
        scale="sRGB in 0..1",
        reports=("picture",),
    ),
    "l1": PictureMetric(
        "L1",
        group=PHOTO,
        title="L1",
        decimals=4,
        better="less",
        meaning="Mean absolute error of RGB in 0..1, photo pixels only.",
        function=mean_absolute_error,
        scale="sRGB in 0..1",
        reports=(),
    ),
    "psnr": PictureMetric(
        "PSNR, dB",
        group=PHOTO,
        title="PSNR, dB",
        decimals=2,
        better="more",
        meaning="Peak signal-to-noise ratio of RGB in 0..255, photo pixels only.",
        function=psnr,
        **PSNR,
    ),
    "ssim": PictureMetric(
        "SSIM",
        group=PHOTO,
        title="SSIM",
        decimals=4,
        better="more",
        meaning="Structural similarity of RGB in 0..255, 7 x 7 window, photo pixels only.",
        function=ssim,
        **SSIM,
    ),
    "residual_std": PictureMetric(
        "Residual deviation",
        group=PHOTO,
        title="residual",
        decimals=3,
        better="less",
        meaning="Standard deviation (with the root) of the difference of the two grey pictures, in 0..1.",
        function=residual_std,
        scale="grey in 0..1, with the root",
        reports=("picture",),
    ),
    "residual_variance": PictureMetric(
        "Residual variance",
        group=PHOTO,
        title="variance",
        decimals=5,
        better="less",
        meaning="The residual deviation without the root, as the pix2pix reduction paper prints its formula.",
        function=residual_variance,
        scale="grey in 0..1, the paper's formula without a root",
        reports=(),
    ),
    "intensity_gap": PictureMetric(
        "Contrast gap",
        group=PHOTO,
        title="contrast gap",
        decimals=4,
        better="near 0",
        meaning="Deviation of the grey levels of the one picture minus that of the other, in 0..1.",
        function=intensity_gap,
        scale="grey in 0..1, deviation of the one minus that of the other",
        reports=(),
    ),
    "ab_psnr": PictureMetric(
        "ab-PSNR, dB",
        group=COLOUR,
        title="ab-PSNR, dB",
        decimals=2,
        better="more",
        meaning="Peak signal-to-noise ratio of the Lab planes a and b, data range 220.",
        function=ab_psnr,
        space="lab",
        reports=("colour",),
        **PSNR,
    ),
    "ciede2000": PictureMetric(
        "CIEDE2000",
        group=COLOUR,
        title="CIEDE2000",
        decimals=2,
        better="less",
        meaning="Mean colour difference: about 1 is just visible, 10 is another colour.",
        function=ciede2000,
        space="lab",
        scale="Lab units",
    ),
    "patchiness": PictureMetric(
        "Patchiness",
        group=COLOUR,
        title="patchiness",
        decimals=2,
        better="near 1",
        meaning="Mean length of the gradient of a and b where lightness changes less than its median, over the real "
        "photos': above 1 is blotchy, below it washed out.",
        function=patchiness,
        space="lab",
        scale="Lab units a pixel of one picture; over the real photos' of a set",
        of_equal=None,
        reports=("colour",),
    ),
    "colourfulness": PictureMetric(
        "Colourfulness",
        group="Colourfulness",
        title="mean",
        decimals=1,
        better="near the real photos' mean",
        meaning="Hasler & Süsstrunk 2003: 0 is grey, 60 is vivid.",
        function=lambda painted, real, mask: colourfulness(painted, mask),
        scale="0 is grey, about 60 is vivid",
        of_equal=None,
        reports=("colour",),
    ),
}


def score_pair(
    painted: np.ndarray, real: np.ndarray, mask: np.ndarray | None, names: Collection[str]
) -> dict[str, float]:
    """The figures of one painted picture.

    Args:
        painted: uint8 sRGB (H, W, 3).
        real: the same shape.
        mask: bool (H, W), pixels that count; all when None.
        names: keys of `PICTURE_METRICS`; those of the whole square are left out where there is no padding.
    """
    rows = {name: row for name, row in PICTURE_METRICS.items() if name in names}
    pictures: dict[Space, tuple[np.ndarray, np.ndarray]] = {"rgb": (painted, real)}
    if any(row.space == "lab" for row in rows.values()):
        from skimage.color import rgb2lab  # exact; OpenCV's tables are good enough to paint, not to measure

        pictures["lab"] = rgb2lab(painted), rgb2lab(real)
    return {
        name: min(row.function(*pictures[row.space], None if row.whole_square else mask), row.most)
        for name, row in rows.items()
        if mask is not None or not row.whole_square
    }
