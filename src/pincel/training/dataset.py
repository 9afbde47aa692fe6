"""From data folders to what a training needs: decoded pictures, their split, their classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from lightning.fabric import Fabric

from pincel.data.cache import PictureCache, build_cache
from pincel.data.device_views import DeviceViews
from pincel.data.pairs import Pair, PairDataset, PositionSampler, pair_loader
from pincel.data.passes import Passes, require_folders
from pincel.data.photos_on_device import PhotosOnDevice
from pincel.data.scan import PictureFile, scan
from pincel.data.split import Split, keep_validation, read_split, split_cache
from pincel.errors import PincelError, join
from pincel.memory import default_limit
from pincel.metrics.color import colourfulness
from pincel.tasks import TASKS
from pincel.text import counted
from pincel.training.recipe import Recipe
from pincel.training.recipe_parts import DataRecipe

__all__ = ["TrainingData", "load_training_data"]


@dataclass(frozen=True)
class TrainingData:
    """Decoded pictures, the split, the class names, and the indices of each side.

    Attributes:
        cache: the pictures; of pairs A -> B: B.
        sources: of pairs: A. None when the task makes its source out of the picture itself.
        places: of pairs: index of each picture of ``cache`` in ``sources``.
        passes: what each pass over ``train`` draws, by places in it.
        recipe: that was given, without a split that was of no use.
        note: for the user, line by line: the split, what is not learnt from, how often folders are drawn, and whether
            memory holds the pictures.
        photos: the cache on the device that learns, where views are made there (`pincel.training.view_place`).
        shown: likewise, of pairs: A.
    """

    recipe: Recipe
    cache: PictureCache
    split: Split
    classes: list[str]
    train: list[int]
    val: list[int]
    passes: Passes
    sources: PictureCache | None = None
    places: Mapping[int, int] = field(default_factory=dict)
    note: str = ""
    photos: PhotosOnDevice | None = None
    shown: PhotosOnDevice | None = None

    def batches(self, size: int, sampler: PositionSampler, fabric: Fabric) -> Iterator[Pair]:
        """Training pairs of one size on Fabric's device, a batch for each of the sampler's."""
        pairs = self.pairs("train", size)
        if self.photos is not None:
            sources = None if self.shown is None else (self.shown, [self.places[i] for i in self.train])
            yield from DeviceViews(pairs, self.photos, sources).batches(sampler)
            return
        loader = pair_loader(pairs, sampler, self.recipe.data.workers, pinned=fabric.device.type == "cuda")
        for batch in fabric.setup_dataloaders(loader, use_distributed_sampler=False):
            yield Pair(*batch)

    def pairs(self, side: str, size: int, count: int | None = None) -> PairDataset:
        """The pictures of ``train`` (augmented) or ``val`` (whole) as pairs; ``count`` of them, evenly spread."""
        recipe = self.recipe
        indices = self.train if side == "train" else self.val
        indices = indices if count is None else self._spread(indices, count)
        numbers = {name: number for number, name in enumerate(self.classes)}
        sources = None if self.sources is None else _Chosen(self.sources, [self.places[i] for i in indices])
        task = TASKS[recipe.task]
        made = task.makes_source and sources is None
        return PairDataset(
            self.cache,
            indices,
            [numbers[self.cache.files[i].label] for i in indices],
            task,
            size,
            recipe.data.augment if side == "train" else None,
            sources=sources,
            draw=partial(task.make_source, style=recipe.sketch) if made else None,
            grey_share=recipe.data.grey_share if task.keeps_lightness else 0.0,
            label_dropout=recipe.data.label_dropout,
            unknown=len(self.classes),
            fit=recipe.data.fit,
            mask_padding=recipe.data.mask_padding,
            seed=recipe.seed,
        )

    @staticmethod
    def _spread(indices: Sequence[int], count: int) -> list[int]:
        places = np.linspace(0, len(indices) - 1, min(count, len(indices)))
        return [indices[int(place)] for place in places]


class _Chosen(Sequence[np.ndarray]):
    """Some pictures of a cache, decoded when they are asked for."""

    def __init__(self, cache: PictureCache, indices: Sequence[int]) -> None:
        self.cache, self.indices = cache, indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: Any) -> Any:
        return self.cache[self.indices[index]]


def load_training_data(
    recipe: Recipe,
    folders: Sequence[Path],
    *,
    split: Split | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> TrainingData:
    """Decode the pictures and deal them to training and validation.

    Args:
        recipe: task, sizes, split, seed and what to leave out.
        folders: data sets, each a folder of class folders (or of pictures), prepared, or of pairs.
        split: the split of a run that is resumed; otherwise the recipe's, otherwise made from the seed.
        on_progress: called with (done, all) while pictures are decoded.

    Raises:
        PincelError: no usable pictures, the split does not know any of them, they are no pairs and the task needs
            some, all are too pale, or a folder that has a weight is not there.
    """
    data, files = recipe.data, scan(folders)
    paired = _needs_pairs(recipe, files)
    cache = build_cache(files, data.cache_side, on_progress=on_progress)
    if not len(cache):
        raise PincelError(
            f"none of the {len(cache.failures)} pictures can be read; {next(iter(cache.failures.values()))}"
        )
    sources = places = None
    if paired:
        sources = build_cache([_source(file) for file in cache.files], data.cache_side, on_progress=on_progress)
        found = {file.key: place for place, file in enumerate(sources.files)}
        places = {i: found[file.key] for i, file in enumerate(cache.files) if file.key in found}
    keys = [file.key for file in cache.files]
    mend = "give the data that the run was begun with, in folders of the same names"
    if split is not None:
        mend += f" ({join({key.split('/')[0] for key in split.sides})})"
    note = ""
    if split is None:
        split, recipe, note = _dealt(recipe, cache)
        mend = "if it is not theirs, add data.split=null to have one made"
    sides = {
        side: [i for i, key in enumerate(keys) if split.sides.get(key) == side and (places is None or i in places)]
        for side in ("train", "val")
    }
    for side, members in sides.items():
        if not members:
            raise PincelError(f"the split puts none of these {len(keys)} pictures on its {side} side; {mend}")
    classes = sorted({cache.files[i].label for i in sides["train"] + sides["val"]})
    require_folders(keys, data.weights)
    train, left_out = _colorful(cache, sides["train"], data.min_colourfulness)
    passes = Passes.weighted([keys[i] for i in train], data.weights)
    needed = cache.pixels.nbytes + (sources.pixels.nbytes if sources is not None else 0)
    note = "\n".join(line for line in (note, left_out, _drawn(passes, data), _room(needed, recipe)) if line)
    return TrainingData(recipe, cache, split, classes, train, sides["val"], passes, sources, places or {}, note)


def _colorful(cache: PictureCache, train: list[int], least: float | None) -> tuple[list[int], str]:
    """The training pictures that are colourful enough, and what to say of the others.

    The validation side keeps its pale ones, so that runs which leave out more and less are measured alike.
    """
    if not least:
        return train, ""
    found = {i: colourfulness(cache[i][::2, ::2]) for i in train}
    kept = [i for i in train if found[i] >= least]
    if not kept:
        raise PincelError(
            f"data.min_colourfulness={least:g} leaves nothing to learn from; the most colourful of these "
            f"{counted(len(train), 'picture')} has {max(found.values()):.1f}"
        )
    left_out = f"{len(train) - len(kept):,} of {counted(len(train), 'picture')}"
    return kept, f"not learnt from: {left_out}, less colourful than {least:g} (data.min_colourfulness)"


def _drawn(passes: Passes, data: DataRecipe) -> str:
    """How often folders are drawn, where the recipe says so."""
    if not data.weights:
        return ""
    each = join(f"each of {name} {weight:g} times" for name, weight in data.weights.items())
    return f"a pass draws {counted(len(passes), 'picture')}: {each}, all others once"


def _room(needed: int, recipe: Recipe) -> str:
    """What to say where so many bytes of pictures may not stay in memory; they are mapped, so training goes on."""
    limit = default_limit()
    if needed <= limit:
        return ""
    side = int(recipe.data.cache_side * (limit / needed) ** 0.5) // 8 * 8
    fits = side >= max(phase.size for phase in recipe.phases)
    mend = f"data.cache_side={side} would fit" if fits else "fewer pictures would fit"
    return (
        f"the decoded pictures are {needed / 1e9:.1f} GB, more than half of the memory that is free "
        f"({limit / 1e9:.1f} GB); what does not stay there is read from the disk again, which may be slow: {mend}"
    )


def _dealt(recipe: Recipe, cache: PictureCache) -> tuple[Split, Recipe, str]:
    """The split that the recipe asks for, or one that is made where that knows none of the pictures; what to say."""
    keys, note = [file.key for file in cache.files], ""
    split = read_split(recipe.data.split) if recipe.data.split else None
    if split is not None:
        name, known = recipe.data.split, sum(key in split.sides for key in keys)
        others = f"; the other {len(keys) - known:,} are left out" if known < len(keys) else ""
        note = f"split: {name}, which knows {known:,} of these {counted(len(keys), 'picture')}{others}"
        if not known:
            note, split = f"split: made from the seed, since {name} knows none of these pictures", None
            recipe = recipe.model_copy(update={"data": recipe.data.model_copy(update={"split": None})})
    data = recipe.data
    if split is None:
        exclude_grey = TASKS[recipe.task].keeps_lightness if data.exclude_grey is None else data.exclude_grey
        split = split_cache(cache, exclude_grey=exclude_grey, seed=recipe.seed)
    return keep_validation(split, keys, data.validation_kept), recipe, note


def _needs_pairs(recipe: Recipe, files: Sequence[PictureFile]) -> bool:
    """Whether what is shown comes from files of its own."""
    pairs = sum(file.source is not None for file in files)
    task = TASKS[recipe.task]
    if not task.takes_pairs or (task.makes_source and not pairs):
        if task.draws and recipe.sketch.method == "hed":
            raise PincelError(
                "hed sketches are made once, before training: 'pincel data pairs PHOTOS --transform hed -o PAIRS', "
                "then --data PAIRS; or choose sketch.method=canny or xdog"
            )
        return False
    if pairs < len(files):
        alone = next(file for file in files if file.source is None)
        raise PincelError(
            f"the task {recipe.task} learns from pairs, and {alone.path} has no partner; make a folder of pairs "
            "with 'pincel data pairs' first"
        )
    return True


def _source(file: PictureFile) -> PictureFile:
    assert file.source is not None
    return replace(file, path=file.source, source=None)
