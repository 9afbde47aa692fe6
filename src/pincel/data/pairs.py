"""Training examples: a `Pair` is what the network is shown, what it should paint, and which pixels count.

The order of the pictures and every random choice are functions of (seed, position), so a resumed run sees exactly
what an uninterrupted one would have seen, with any number of workers and devices.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from pincel.data.augment import augment
from pincel.data.cache import PictureCache
from pincel.data.film import develop, draw_film
from pincel.data.passes import Passes
from pincel.data.views import AugmentRecipe, Fit
from pincel.imaging.color import grey_rec601
from pincel.imaging.resize import letterbox, middle_square, resize
from pincel.tasks import Task

__all__ = ["Pair", "PairDataset", "PositionSampler", "pair_loader"]


class Pair(NamedTuple):
    """One training example, or a batch of them (N first).

    Attributes:
        source: float32 (C, H, W) in -1..1, what the network is shown.
        target: float32 (C', H, W) in -1..1, what it should paint.
        label: int64 (), the class; one past the last class means unknown.
        mask: float32 (1, H, W), 1 where there is photo and 0 on padding.
    """

    source: Tensor
    target: Tensor
    label: Tensor
    mask: Tensor

    def to_channels_last(self) -> Pair:
        """The batch with its pixels stored channel by channel side by side, which convolutions on CPU prefer."""
        layout = torch.channels_last
        return Pair(
            self.source.contiguous(memory_format=layout),
            self.target.contiguous(memory_format=layout),
            self.label,
            self.mask.contiguous(memory_format=layout),
        )


class PairDataset(Dataset[Pair]):
    """Pictures of a cache as pairs of one size.

    Args:
        cache: the decoded pictures; of pairs: the targets.
        indices: which of them take part.
        labels: class number of each of ``indices``.
        task: makes source and target of a picture.
        size: side of the square in pixels.
        augmentation: random views; the whole picture when None (validation).
        sources: what is shown, of pairs that have a picture of their own for it; one for each of ``indices``.
        draw: makes what is shown out of the photo, uint8 (H, W, 3) -> uint8 (H, W[, 3]): the edge detector of sketches.
        grey_share: without sources and draw, the share of the pictures whose source is made from the grey value that
            scanners store (Rec. 601) instead of the colour picture's own L*, because photos to be coloured come in
            both kinds.
        label_dropout: share of the training examples whose label is replaced by ``unknown``.
        unknown: the label that means unknown.
        fit: how a whole picture becomes a square: ``letterbox`` (black bars) or ``square`` (its middle).
        mask_padding: whether padding is left out of what counts; otherwise the mask is 1 everywhere.
        seed: of all random choices.
    """

    def __init__(
        self,
        cache: PictureCache,
        indices: Sequence[int],
        labels: Sequence[int],
        task: Task,
        size: int,
        augmentation: AugmentRecipe | None = None,
        *,
        sources: Sequence[np.ndarray] | None = None,
        draw: Callable[[np.ndarray], np.ndarray] | None = None,
        grey_share: float = 0.0,
        label_dropout: float = 0.0,
        unknown: int = 0,
        fit: Fit = "letterbox",
        mask_padding: bool = True,
        seed: int = 0,
    ) -> None:
        self.cache, self.indices, self.labels = cache, indices, labels
        self.task, self.size, self.augmentation = task, size, augmentation
        self.sources, self.draw, self.grey_share, self.seed = sources, draw, grey_share, seed
        self.label_dropout, self.unknown, self.fit, self.mask_padding = label_dropout, unknown, fit, mask_padding

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, key: int | tuple[int, int]) -> Pair:
        """The pair at an index, or at (index, position): the position of the example in the whole training."""
        index, position = key if isinstance(key, tuple) else (key, 0)
        rgb, label = self.cache[self.indices[index]], self.labels[index]
        pictures = [rgb] if self.sources is None else [rgb, resize(self.sources[index], *rgb.shape[:2])]
        if self.augmentation is None:
            views, mask = self._whole(pictures)
            grey, film = False, None
        else:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(np.random.SeedSequence((self.seed, position)).generate_state(1, np.uint64)[0])
                views, mask = augment(pictures, self.size, self.augmentation)
                grey = bool(torch.rand(()) < self.grey_share)
                label = self.unknown if torch.rand(()) < self.label_dropout else label
                film = draw_film(self.augmentation.film, self.size) if self.task.keeps_lightness else None
        if self.draw is not None:
            shown = self.task.inside(self.draw(views[0]), mask)
        elif self.sources is not None:
            shown = self.task.fit(self.task.inside(views[1], mask), self.size, self.size)  # as painting shows it
        else:
            shown = grey_rec601(views[0]) if grey else views[0]
        source, photo = (torch.from_numpy(plane) for plane in (self.task.encode(shown), mask[None].astype(np.float32)))
        if film is not None:
            rgb = torch.from_numpy(views[0]).permute(2, 0, 1)
            source = develop(film, source[None], rgb[None], photo[None])[0]
        return Pair(
            source,
            torch.from_numpy(self.task.encode_target(views[0])),
            torch.tensor(label),
            photo if self.mask_padding else torch.ones_like(photo),
        )

    def _whole(self, pictures: Sequence[np.ndarray]) -> tuple[list[np.ndarray], np.ndarray]:
        """The pictures as squares, and the mask of what is photo."""
        if self.fit == "square":
            return [middle_square(rgb, self.size) for rgb in pictures], np.ones((self.size, self.size), bool)
        squares = [letterbox(rgb, self.size) for rgb in pictures]
        return [square for square, _ in squares], squares[0][1].mask(self.size)


class PositionSampler(Sampler[list[tuple[int, int]]]):
    """Batches of (index, position): pass after pass, each in its own seeded order.

    Args:
        passes: what each pass draws; a number: that many pictures, each once.
        batch: pictures in a batch on this device.
        steps: batches to give.
        start: pictures that the training has seen before, over all devices.
        seed: of the orders.
        rank: number of this device. world: number of devices; each takes its own part of every global batch.
    """

    def __init__(
        self, passes: Passes | int, batch: int, steps: int, start: int = 0, seed: int = 0, rank: int = 0, world: int = 1
    ) -> None:
        self.passes = Passes.even(passes) if isinstance(passes, int) else passes
        self.batch, self.steps, self.start = batch, steps, start
        self.seed, self.rank, self.world = seed, rank, world

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        order, order_of, count = np.zeros(0, np.int64), -1, len(self.passes)
        position = self.start + self.rank * self.batch
        for _ in range(self.steps):
            batch = []
            for p in range(position, position + self.batch):
                if p // count != order_of:
                    order_of = p // count
                    order = self.passes.order(order_of, self.seed)
                batch.append((int(order[p % count]), p))
            yield batch
            position += self.batch * self.world


def pair_loader(
    dataset: PairDataset, sampler: PositionSampler, workers: int, *, pinned: bool = False
) -> DataLoader[Pair]:
    """Batches of pairs, prepared by ``workers`` processes while the network learns (0: in the same process).

    With ``pinned`` they lie in memory from which a GPU takes them while it computes.
    """
    return DataLoader(
        dataset,
        batch_sampler=sampler,
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        multiprocessing_context="fork" if workers else None,
        pin_memory=pinned,
        worker_init_fn=_leave_group,
        generator=torch.Generator(),  # opening a loader must not draw from the random state that a resume restores
    )


def _leave_group(worker: int) -> None:
    """Out of the process group: Ctrl-C and `timeout` signal all of it, and the step at hand still needs its worker."""
    os.setpgid(0, 0)
