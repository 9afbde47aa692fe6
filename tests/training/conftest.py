"""A tiny experiment: 24 photos of 40 px, a generator with a narrow decoder, seconds a run."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import torch
from lightning.fabric import Fabric

from pincel.data.pairs import Pair
from pincel.training.recipe import Recipe

TINY: dict[str, Any] = {
    "data": {"size": 32, "batch": 4, "cache_side": 40, "workers": 0},
    "generator": {"encoder_weights": "none", "options": {"decoder_channels": [8, 8, 8, 8]}, "ema": 0.9},
    "discriminator": {"width": 4},
    "losses": {"smooth_l1": 1.0},
    "phases": [{"epochs": 1}],
    "validation": {"pictures": 3, "samples": 2},
}


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    result = deepcopy(base)
    if "name" in changes:
        result.pop("options", None)  # those of another network
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


@pytest.fixture
def tiny_recipe() -> Callable[..., Recipe]:
    """``tiny_recipe(losses={"l1": 1})`` -> the tiny recipe with these keys changed."""
    return lambda **changes: Recipe.model_validate(merged(TINY, changes))


@pytest.fixture
def staged_recipe(tiny_recipe: Callable[..., Recipe]) -> Callable[..., Recipe]:
    """`tiny_recipe` with a generator of two stages and no encoder: several times quicker, where any network will do."""
    staged = {"name": "stage_unet", "options": {"stages": "8k4s2 8k4s2"}}
    return lambda **changes: tiny_recipe(**changes | {"generator": staged | changes.get("generator", {})})


@pytest.fixture
def fabric() -> Fabric:
    return Fabric(accelerator="cpu", devices=1)


@pytest.fixture
def random_pair() -> Callable[..., Pair]:
    """``random_pair(n, size)`` -> a batch of noise whose first picture has padding in its lower quarter."""

    def make(count: int = 4, size: int = 32, seed: int = 0) -> Pair:
        noise = torch.Generator().manual_seed(seed)
        mask = torch.ones(count, 1, size, size)
        mask[0, :, -size // 4 :] = 0
        source = torch.rand(count, 1, size, size, generator=noise) * 2 - 1
        target = torch.rand(count, 2, size, size, generator=noise) - 0.5
        return Pair(source * mask - (1 - mask), target * mask, torch.zeros(count, dtype=torch.int64), mask)

    return make
