"""Inception Score and FID, by torchmetrics on the one network that both names mean.

That network is the TensorFlow Inception-v3 of 2015-12-05, ported by torch-fidelity. Its weights are never downloaded
and never replaced by another network's: without the very file nothing is computed, and `find_inception` says so.
"""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torchmetrics import Metric

from pincel.errors import PincelError

__all__ = ["INCEPTION_FILE", "InceptionFigures", "InceptionMetrics", "find_inception", "load_inception"]

INCEPTION_FILE = "weights-inception-2015-12-05-6726825d.pth"  # from torch-fidelity's release v0.2.0
INCEPTION_SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
FEATURES = 2048
SPLITS = 10  # of the Inception Score (Salimans et al. 2016)

Extractor = Callable[[Tensor], Sequence[Tensor]]  # uint8 (N, 3, H, W) -> (N, 2048) features, (N, 1008) logits


@dataclass(frozen=True)
class InceptionFigures:
    """What Inception-v3 says of one set of pictures.

    Attributes:
        score: Inception Score, mean over splits; more is better.
        score_std: over the splits; not a number when there is one split only.
        fid: squared Frechet distance to the real set, None for the real set itself; less is better.
    """

    score: float
    score_std: float
    fid: float | None


def find_inception(given: Path | None = None) -> tuple[Path | None, str]:
    """Where the weights are, or why they cannot be used.

    Args:
        given: the file; torch's own cache is looked into when None.

    Returns:
        The file and "", or None and what is missing with the way to mend it, as the end of a sentence.
    """
    place = given or Path(torch.hub.get_dir()) / "checkpoints" / INCEPTION_FILE
    if not place.is_file():
        if given:
            return None, f"there is no file {given}; give {INCEPTION_FILE} of torch-fidelity's release v0.2.0"
        return None, (
            f"the Inception-v3 weights are not on this machine; put {INCEPTION_FILE} (torch-fidelity's release v0.2.0) "
            f"into {_short(place.parent)}, or name it with --inception-weights{_and_install()}"
        )
    if _and_install():
        return None, "the weights are here, but not the network that they belong to; pip install torch-fidelity"
    with place.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != INCEPTION_SHA256:
        return None, (
            f"{place} is cut off or not the Inception-v3 that both names mean "
            f"(SHA-256 {digest[:8]}..., not {INCEPTION_SHA256[:8]}...); copy {INCEPTION_FILE} again"
        )
    return place, ""


def load_inception(weights: Path) -> Extractor:
    """The frozen network, from a file that `find_inception` accepts.

    It scales pictures to 299 x 299 px the way TensorFlow 1 did, as published figures were measured.

    Raises:
        PincelError: the file is not to be used.
    """
    place, why = find_inception(weights)
    if place is None:
        raise PincelError(why)
    from torch_fidelity.feature_extractor_inceptionv3 import (  # type: ignore[import-not-found]
        FeatureExtractorInceptionV3,
    )

    return FeatureExtractorInceptionV3(
        "inception-v3-compat", ["2048", "logits_unbiased"], feature_extractor_weights_path=str(place)
    )


class InceptionMetrics:
    """Inception Score of real and painted sets and FID of the painted ones, by torchmetrics; pictures are not kept.

    Args:
        extractor: the network, see `load_inception`.
        names: of the painted sets. Each costs 70 MB, and 4 KB a picture; a picture takes about 0.25 s on one core.
    """

    def __init__(self, extractor: Extractor, names: Sequence[str]) -> None:
        from torchmetrics.image.fid import FrechetInceptionDistance
        from torchmetrics.image.inception import InceptionScore

        self._extractor = extractor
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that it keeps the logits
            self._real_score = InceptionScore(_AsGiven(), splits=SPLITS)
            self._scores = {name: InceptionScore(_AsGiven(), splits=SPLITS) for name in names}
        self._fids = {name: FrechetInceptionDistance(_AsGiven()) for name in names}

    @torch.inference_mode()
    def update(self, real: np.ndarray, painted: dict[str, np.ndarray]) -> None:
        """Take in a batch of pictures.

        Args:
            real: uint8 sRGB (N, S, S, 3).
            painted: the same of every painted set, by its name.
        """
        real_features, real_logits = self._extractor(_as_tensor(real))
        self._real_score.update(real_logits)
        for name, pictures in painted.items():
            features, logits = self._extractor(_as_tensor(pictures))
            self._scores[name].update(logits)
            self._fids[name].update(real_features, real=True)
            self._fids[name].update(features, real=False)

    def compute(self) -> tuple[InceptionFigures, dict[str, InceptionFigures]]:
        """Figures of the real set and of the painted ones by name; not numbers where fewer than 2 pictures were seen.

        Raises:
            ValueError: no picture was seen.
        """
        if not self._real_score.update_called:
            raise ValueError("an Inception Score needs at least 1 picture")
        real = InceptionFigures(*_score(self._real_score), None)
        painted = {}
        for name, fid in self._fids.items():
            enough = int(fid.real_features_num_samples) >= 2
            distance = max(float(fid.compute()), 0.0) if enough else math.nan  # rounding
            painted[name] = InceptionFigures(*_score(self._scores[name]), distance)
        return real, painted


class _AsGiven(nn.Module):
    """Stands where torchmetrics expects a network: the features were computed once for both metrics."""

    num_features = FEATURES

    def forward(self, features: Tensor) -> Tensor:
        """(N, d) as they are."""
        return features


def _as_tensor(pictures: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))


def _score(metric: Metric) -> tuple[float, float]:
    """Mean and deviation over splits; the draw of the splits is always the same."""
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that one split has no deviation: it is not a number
        torch.manual_seed(0)
        mean, std = metric.compute()
    return float(mean), float(std)


def _and_install() -> str:
    return "" if find_spec("torch_fidelity") else " (and pip install torch-fidelity)"


def _short(folder: Path) -> str:
    """With ~ for the user's home, which is nobody's business in a report."""
    return f"~/{folder.relative_to(Path.home())}" if folder.is_relative_to(Path.home()) else str(folder)
