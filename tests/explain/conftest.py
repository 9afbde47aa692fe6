"""Toy models whose explanations are known beforehand."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from pincel.explain.explained import Explained
from pincel.models.discriminators.patchgan import PatchGAN
from pincel.models.generators.base import Generator
from pincel.tasks import TASKS

CLASSES = ["apple", "boat", "cloud"]


class Toy(Generator):
    """Paints a = 0.3 x the mean lightness inside rows 8..15, columns 16..23 and b = what the label says, everywhere."""

    size_multiple = 8

    def __init__(self, classes: int = 3) -> None:
        super().__init__(1, 2, classes)
        self.first = nn.Conv2d(1, 2, 1, bias=False)
        self.second = nn.Conv2d(2, 1, 1, bias=False)
        nn.init.constant_(self.first.weight, 0.5)
        nn.init.constant_(self.second.weight, 0.3)
        self.register_buffer("told", torch.tensor([0.0, 0.2, 0.5, 0.0]))

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        inside = torch.zeros_like(source)
        inside[..., 8:16, 16:24] = 1
        features = self.first(source * inside)
        a = self.second(features).sum((-2, -1), keepdim=True) / 64
        label = torch.full((len(source),), 3) if label is None else label
        b = self.get_buffer("told")[label][:, None, None, None]
        return torch.cat([a, b], dim=1).expand(-1, -1, *source.shape[-2:])


@pytest.fixture
def toy() -> Callable[..., Explained]:
    """``toy()`` -> a colorizer that reads one region for a, and its label alone for b."""

    def make(network: nn.Module | None = None, critic: PatchGAN | None = None, classes: list[str] | None = None):
        network = (network or Toy()).eval().requires_grad_(False)
        names = CLASSES if classes is None else classes
        return Explained("toy", TASKS["colorize"], names, False, 32, 32, 8, network, discriminator=critic)

    return make


@pytest.fixture
def source() -> Tensor:
    """(1, 1, 32, 40) in -1..1."""
    values = np.random.default_rng(0).uniform(-0.9, 0.9, (1, 1, 32, 40))
    return torch.from_numpy(values.astype(np.float32))


@pytest.fixture
def inside() -> np.ndarray:
    """Bool (32, 40): the region that the toy reads."""
    mask = np.zeros((32, 40), bool)
    mask[8:16, 16:24] = True
    return mask
