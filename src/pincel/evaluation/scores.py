"""The figures of pictures, one by one and of many, and what each figure is called."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from pincel.evaluation.protocols import View
from pincel.metrics.table import PICTURE_METRICS, Metric, score_pair

__all__ = ["EYES", "METRICS", "rows_with", "score"]

EYES = {
    "lite1": "No network was trained by these eyes.",
    "lite0": "Perceptual losses and projected critics look through the same network, which flatters what they trained.",
}

OF_MANY = {  # figures that only many pictures have, each by its name; they follow the figure that they are made of
    "ciede2000": {
        "ciede2000_ratio": Metric(
            "CIEDE2000 over grey",
            group="Colour",
            title="over grey",
            decimals=3,
            better="less",
            meaning="Mean CIEDE2000 over the grey baseline's: under 1 is closer than grey.",
        ),
        "ciede2000_ratio_at": Metric(
            "CIEDE2000 over grey at colourfulness 0.8",
            group="Colour",
            title="over grey at 0.8",
            decimals=3,
            better="less",
            meaning="The same after the chroma of all paintings was scaled by one factor until their mean "
            "colourfulness is 0.8 of the real photos': greyness wins nothing. No number where no factor up to 4.5 gets "
            "there.",
        ),
        "ciede2000_worst_at": Metric(
            "the same, the worst tenth of the photos",
            group="Colour",
            title="worst tenth",
            decimals=2,
            better="less",
            meaning="The same over the tenth of the photos that have the largest ratio: their summed CIEDE2000 over "
            "their summed grey one.",
        ),
    },
    "colourfulness": {
        "colourfulness_ratio": Metric(
            "Colourfulness over real",
            group="Colourfulness",
            title="over real",
            decimals=2,
            better="near 1",
            meaning="Mean colourfulness over the real photos' mean.",
        ),
        "colourfulness_gap": Metric(
            "Colourfulness gap",
            group="Colourfulness",
            title="gap",
            decimals=1,
            better="near 0",
            meaning="Mean colourfulness minus the real photos': under 0 is too grey.",
        ),
    },
}


def rows_with(report: str, of_many: Mapping[str, Mapping[str, Metric]]) -> dict[str, Metric]:
    """The rows of a quality table: the picture metrics of a report, each with what is made of it over many pictures.

    Args:
        report: see `PictureMetric.reports`.
        of_many: name of a picture metric -> the rows that follow it.
    """
    rows: dict[str, Metric] = {}
    for name, metric in PICTURE_METRICS.items():
        if report in metric.reports:
            rows |= {name: metric, **of_many.get(name, {})}
    return rows


METRICS: dict[str, Metric] = {
    **rows_with("colour", OF_MANY),
    **{
        f"frechet_{network}": Metric(
            f"Frechet-{network.capitalize()}",
            group="Whole set",
            title=f"Frechet-{network.capitalize()}",
            decimals=2,
            better="less",
            meaning=f"Frechet distance between Gaussians fitted to the real and the painted set's EfficientNet-"
            f"{network.capitalize()} features (320 channels): 0 is equal. It depends on n and on the network, so it is "
            f"no FID. {office}",
        )
        for network, office in EYES.items()
    },
    **{
        f"mmd_{network}": Metric(
            f"MMD-{network.capitalize()}",
            group="Whole set",
            title=f"MMD-{network.capitalize()}",
            decimals=3,
            better="less",
            meaning="Kernel distance (KID's kernel, real and painted photo paired) on the same EfficientNet-"
            f"{network.capitalize()} features, mean and standard deviation over random subsets: 0 is equal.",
        )
        for network in EYES
    },
}


def score(painted: np.ndarray, view: View, metrics: Collection[str] = METRICS) -> dict[str, float]:
    """The figures of one painted picture; those that only a set of pictures has (ratios, gaps) come later.

    Args:
        painted: uint8 sRGB (H, W, 3), the size of ``view.rgb``.
        view: the real picture and its mask.
        metrics: which figures are wanted; colourfulness is always there.

    Returns:
        Values by the names of ``metrics``; ``psnr_whole`` and ``ssim_whole`` only where there is padding. Equal
        pictures, whose PSNR is infinite, count as 100 dB.
    """
    return score_pair(painted, view.rgb, view.mask, {*metrics, "colourfulness"})
