"""Small pictures and data sets that several tests share. Everything is seeded and tiny."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

CLASSES = ("apple", "boat", "cloud")


@pytest.fixture
def smooth_photo() -> Callable[..., np.ndarray]:
    """``smooth_photo(seed, height, width)`` -> uint8 (H, W, 3): broad patches of vivid colour, as photos have them."""

    def make(seed: int, height: int = 40, width: int = 48) -> np.ndarray:
        coarse = np.random.default_rng(seed).uniform(0, 255, (5, 5, 3)).astype(np.float32)
        return np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)

    return make


@pytest.fixture
def class_folders(tmp_path: Path, smooth_photo: Callable[..., np.ndarray]) -> Path:
    """Folder ``photos`` with 3 classes of 8 JPEGs each, about 48 px; no two of them are near-duplicates."""
    root = tmp_path / "photos"
    for number, name in enumerate(CLASSES):
        (root / name).mkdir(parents=True)
        for i in range(8):
            rgb = smooth_photo(100 * number + i, 36 + 4 * (i % 3), 40 + 4 * (i % 4))
            Image.fromarray(rgb).save(root / name / f"{name}{i}.jpg", quality=95)
    return root


@pytest.fixture
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``$PINCEL_CACHE`` inside the test's own folder."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("PINCEL_CACHE", str(folder))
    return folder
