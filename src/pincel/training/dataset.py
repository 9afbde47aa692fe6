"""From data folders to what a training needs: decoded pictures, their split, their classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pincel.data.cache import PictureCache, build_cache
from pincel.data.pairs import PairDataset
from pincel.data.scan import scan
from pincel.data.split import Split, read_split, split_cache
from pincel.errors import PincelError
from pincel.tasks import TASKS
from pincel.training.recipe import DataRecipe, Recipe

__all__ = ["TrainingData", "load_training_data"]


@dataclass(frozen=True)
class TrainingData:
    """Decoded pictures, the split, the class names, and the indices of each side."""

    cache: PictureCache
    split: Split
    classes: list[str]
    train: list[int]
    val: list[int]

    def pairs(self, recipe: Recipe, side: str, size: int) -> PairDataset:
        """The pictures of ``train`` (augmented) or ``val`` (letterboxed) as pairs."""
        indices = self.train if side == "train" else self._spread(recipe.validation.pictures)
        numbers = {name: number for number, name in enumerate(self.classes)}
        return PairDataset(
            self.cache,
            indices,
            [numbers[self.cache.files[i].label] for i in indices],
            TASKS[recipe.task],
            size,
            recipe.data.augment if side == "train" else None,
            recipe.data.grey_share,
            recipe.data.label_dropout,
            len(self.classes),
            recipe.data.mask_padding,
            recipe.seed,
        )

    def _spread(self, count: int) -> list[int]:
        """``count`` validation pictures, evenly spread over the sorted data set."""
        places = np.linspace(0, len(self.val) - 1, min(count, len(self.val)))
        return [self.val[int(place)] for place in places]


def load_training_data(
    recipe: DataRecipe,
    folders: Sequence[Path],
    *,
    seed: int = 0,
    split: Split | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> TrainingData:
    """Decode the pictures and deal them to training and validation.

    Args:
        recipe: sizes, split and what to leave out.
        folders: data sets, each a folder of class folders (or of pictures).
        seed: of a split made here.
        split: the split of a run that is resumed; otherwise the recipe's, otherwise made from the seed.
        on_progress: called with (done, all) while pictures are decoded.

    Raises:
        PincelError: no usable pictures, or the split does not know any of them.
    """
    cache = build_cache(scan(folders), recipe.cache_side, on_progress=on_progress)
    if not len(cache):
        raise PincelError(
            f"none of the {len(cache.failures)} pictures can be read; {next(iter(cache.failures.values()))}"
        )
    keys = [file.key for file in cache.files]
    if split is None and recipe.split:
        split = read_split(recipe.split)
    if split is None:
        split = split_cache(cache, exclude_grey=recipe.exclude_grey, seed=seed)
    sides = {side: [i for i, key in enumerate(keys) if split.sides.get(key) == side] for side in ("train", "val")}
    for side, members in sides.items():
        if not members:
            raise PincelError(
                f"the split puts none of these {len(keys)} pictures on its {side} side; "
                "if it is not theirs, add data.split=null to have one made"
            )
    classes = sorted({cache.files[i].label for i in sides["train"] + sides["val"]})
    return TrainingData(cache, split, classes, sides["train"], sides["val"])
