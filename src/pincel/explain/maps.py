"""Maps of what a scalar depends on: saliency, SmoothGrad, integrated gradients, occlusion. All by captum.

Every map is float32 (H, W), not negative. Maps of gradients say how much the scalar changes for one unit of the source
at that pixel (Lab L, or 8-bit levels); to be readable they are of the scalar's *sum* over its pixels, not of its mean.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from pincel.explain.scalars import Scalar

__all__ = [
    "MAPS",
    "SIGNED",
    "WINDOW",
    "integrated_gradients",
    "mean_source",
    "occlusion",
    "saliency",
    "signed_gradient",
    "signed_smoothgrad",
    "smoothgrad",
]

SAMPLES = 16  # of SmoothGrad and steps of integrated gradients
NOISE = 0.1  # standard deviation, as a share of the picture's range (Smilkov et al. 2017, section 3: 10 to 20 %)
BATCH = 4  # pictures at once
WINDOW = 8  # pixels a side that occlusion hides


def signed_gradient(scalar: Scalar, source: Tensor, part: int | None = None) -> Tensor:
    """The gradient of the scalar, or of one of its parts, at (1, C, H, W) ``source``, the same shape."""
    from captum.attr import Saliency

    with torch.enable_grad():
        return Saliency(scalar.of).attribute(source.clone().requires_grad_(), target=part, abs=False).detach()


def saliency(scalar: Scalar, source: Tensor) -> np.ndarray:
    """Absolute gradient (Simonyan et al. 2014): what one pixel changes by itself, at this very picture.

    Of two parts, as a and b, the length of both gradients together.
    """
    parts = range(scalar.parts) if scalar.parts > 1 else [None]
    return flatten(torch.cat([signed_gradient(scalar, source, part) for part in parts], dim=1)) * scalar.pixels


def smoothgrad(scalar: Scalar, source: Tensor) -> np.ndarray:
    """Absolute mean gradient over noisy copies of the picture (Smilkov et al. 2017); the same noise every time."""
    return flatten(signed_smoothgrad(scalar, source)) * scalar.pixels


def signed_smoothgrad(scalar: Scalar, source: Tensor, samples: int = SAMPLES) -> Tensor:
    """The mean gradient over noisy copies of (1, C, H, W) ``source``, the same shape."""
    from captum.attr import NoiseTunnel, Saliency

    spread = NOISE * float(source.max() - source.min())
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        mean = NoiseTunnel(Saliency(scalar.of)).attribute(
            source.clone().requires_grad_(),
            nt_type="smoothgrad",
            nt_samples=samples,
            nt_samples_batch_size=BATCH,
            stdevs=max(spread, 1e-6),
            abs=False,
        )
    assert isinstance(mean, Tensor)
    return mean.detach()


def integrated_gradients(scalar: Scalar, source: Tensor, steps: int = SAMPLES) -> np.ndarray:
    """Absolute integrated gradients (Sundararajan et al. 2017) on the way from the picture's mean to the picture.

    In the scalar's own unit, summed over its pixels: what each pixel contributes to the difference from an even grey.
    """
    from captum.attr import IntegratedGradients

    with torch.enable_grad():
        parts = IntegratedGradients(scalar.of).attribute(
            source.clone().requires_grad_(), baselines=mean_source(source), n_steps=steps, internal_batch_size=BATCH
        )
    assert isinstance(parts, Tensor)
    return flatten(parts.detach()) * scalar.pixels


def occlusion(scalar: Scalar, source: Tensor, window: int = WINDOW) -> np.ndarray:
    """How much the scalar changes when a square of ``window`` px is replaced by the picture's mean (Zeiler 2014).

    In the scalar's unit, as it is (a mean). Squares do not overlap; each pixel has its square's value.
    """
    from captum.attr import Occlusion

    channels, height, width = source.shape[1:]
    shape = (channels, min(window, height), min(window, width))
    with torch.no_grad():
        change = Occlusion(scalar.of).attribute(
            source,
            sliding_window_shapes=shape,
            strides=shape,
            baselines=mean_source(source),
            perturbations_per_eval=BATCH,
        )
    assert isinstance(change, Tensor)
    return change.abs().amax(1)[0].numpy().astype(np.float32)


def mean_source(source: Tensor) -> Tensor:
    """The even picture of the same mean, plane by plane."""
    return source.mean((-2, -1), keepdim=True).expand_as(source).contiguous()


def flatten(parts: Tensor) -> np.ndarray:
    """(1, C, H, W) -> absolute (H, W); several planes by their Euclidean length."""
    return parts[0].square().sum(0).sqrt().numpy().astype(np.float32)


MAPS: dict[str, Callable[[Scalar, Tensor], np.ndarray]] = {
    "saliency": saliency,
    "smoothgrad": smoothgrad,
    "integrated": integrated_gradients,
    "occlusion": occlusion,
}
SIGNED: dict[str, Callable[[Scalar, Tensor], Tensor]] = {"saliency": signed_gradient, "smoothgrad": signed_smoothgrad}
"""The maps of gradients before their sign is dropped."""
