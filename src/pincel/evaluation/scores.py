"""The figures of one picture, and what each figure is called."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from pincel.evaluation.protocols import View
from pincel.metrics.color import ab_psnr, ciede2000, colourfulness, patchiness
from pincel.metrics.quality import psnr, ssim
from pincel.metrics.residual import mse, residual_std

__all__ = ["EYES", "METRICS", "Metric", "real_patchiness", "score"]

PSNR_OF_EQUAL = 100.0  # dB; a single wrong level in a 128 px square gives 95


@dataclass(frozen=True)
class Metric:
    """How a figure is written and read.

    Attributes:
        name: in full.
        group: heading over its column and its neighbours'.
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


EYES = {
    "lite1": "No network was trained by these eyes.",
    "lite0": "Perceptual losses and projected critics look through the same network, which flatters what they trained.",
}

METRICS: dict[str, Metric] = {
    "psnr_whole": Metric(
        "PSNR of the whole square, dB",
        "RGB, whole square",
        "PSNR, dB",
        2,
        "more",
        "Peak signal-to-noise ratio of RGB in 0..255, black bars included.",
    ),
    "ssim_whole": Metric(
        "SSIM of the whole square",
        "RGB, whole square",
        "SSIM",
        4,
        "more",
        "Structural similarity of RGB in 0..255, 7 x 7 window, black bars included.",
    ),
    "psnr": Metric(
        "PSNR, dB",
        "RGB, photo",
        "PSNR, dB",
        2,
        "more",
        "Peak signal-to-noise ratio of RGB in 0..255, photo pixels only.",
    ),
    "ssim": Metric(
        "SSIM",
        "RGB, photo",
        "SSIM",
        4,
        "more",
        "Structural similarity of RGB in 0..255, 7 x 7 window, photo pixels only.",
    ),
    "ab_psnr": Metric(
        "ab-PSNR, dB",
        "Colour",
        "ab-PSNR, dB",
        2,
        "more",
        "Peak signal-to-noise ratio of the Lab planes a and b, data range 220.",
    ),
    "ciede2000": Metric(
        "CIEDE2000",
        "Colour",
        "CIEDE2000",
        2,
        "less",
        "Mean colour difference: about 1 is just visible, 10 is another colour.",
    ),
    "ciede2000_ratio": Metric(
        "CIEDE2000 over grey",
        "Colour",
        "over grey",
        3,
        "less",
        "Mean CIEDE2000 over the grey baseline's: under 1 is closer than grey.",
    ),
    "ciede2000_ratio_at": Metric(
        "CIEDE2000 over grey at colourfulness 0.8",
        "Colour",
        "over grey at 0.8",
        3,
        "less",
        "The same after the chroma of all paintings was scaled by one factor until their mean colourfulness is 0.8 of "
        "the real photos': greyness wins nothing. No number where no factor up to 4.5 gets there.",
    ),
    "ciede2000_worst_at": Metric(
        "the same, the worst tenth of the photos",
        "Colour",
        "worst tenth",
        2,
        "less",
        "The same over the tenth of the photos that have the largest ratio: their summed CIEDE2000 over their summed "
        "grey one.",
    ),
    "patchiness": Metric(
        "Patchiness",
        "Colour",
        "patchiness",
        2,
        "near 1",
        "Mean length of the gradient of a and b where lightness changes less than its median, over the real photos': "
        "above 1 is blotchy, below it washed out.",
    ),
    "colourfulness": Metric(
        "Colourfulness",
        "Colourfulness",
        "mean",
        1,
        "near the real photos' mean",
        "Hasler & Süsstrunk 2003: 0 is grey, 60 is vivid.",
    ),
    "colourfulness_ratio": Metric(
        "Colourfulness over real",
        "Colourfulness",
        "over real",
        2,
        "near 1",
        "Mean colourfulness over the real photos' mean.",
    ),
    "colourfulness_gap": Metric(
        "Colourfulness gap",
        "Colourfulness",
        "gap",
        1,
        "near 0",
        "Mean colourfulness minus the real photos': under 0 is too grey.",
    ),
    **{
        f"frechet_{network}": Metric(
            f"Frechet-{network.capitalize()}",
            "Whole set",
            f"Frechet-{network.capitalize()}",
            2,
            "less",
            f"Frechet distance between Gaussians fitted to the real and the painted set's EfficientNet-"
            f"{network.capitalize()} features (320 channels): 0 is equal. It depends on n and on the network, so it is "
            f"no FID. {office}",
        )
        for network, office in EYES.items()
    },
    **{
        f"mmd_{network}": Metric(
            f"MMD-{network.capitalize()}",
            "Whole set",
            f"MMD-{network.capitalize()}",
            3,
            "less",
            "Kernel distance (KID's kernel, real and painted photo paired) on the same EfficientNet-"
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
    from skimage.color import rgb2lab

    real, mask = view.rgb, view.mask
    scores: dict[str, float] = {}
    if "mse" in metrics:
        scores["mse"] = mse(painted, real, mask)
    if "residual_std" in metrics:
        scores["residual_std"] = residual_std(painted, real, mask)
    if mask is not None:
        scores["psnr_whole"] = min(psnr(painted, real), PSNR_OF_EQUAL)
        scores["ssim_whole"] = ssim(painted, real)
    lab, real_lab = rgb2lab(painted), rgb2lab(real)  # exact; OpenCV's tables are good enough to paint, not to measure
    if "patchiness" in metrics:
        scores["patchiness"] = patchiness(lab, real_lab, mask)
    if "ab_psnr" in metrics:
        scores["ab_psnr"] = min(ab_psnr(lab, real_lab, mask), PSNR_OF_EQUAL)
    return scores | {
        "psnr": min(psnr(painted, real, mask), PSNR_OF_EQUAL),
        "ssim": ssim(painted, real, mask),
        "ciede2000": ciede2000(lab, real_lab, mask),
        "colourfulness": colourfulness(painted, mask),
    }


def real_patchiness(view: View) -> float:
    """`patchiness` of the real photo itself."""
    from skimage.color import rgb2lab

    lab = rgb2lab(view.rgb)
    return patchiness(lab, lab, view.mask)
