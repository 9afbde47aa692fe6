"""Training views as batched tensor operations, on the device that learns: no worker processes, no loop over pictures.

`PairDataset` makes the same views picture by picture. Both round to 8 bits after resizing, turning and each change of
tone. With equal choices they differ by a level of 255 here and there, each change of tone adding one, and in Lab by
what `pincel.metrics.tensor_color` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pincel.data.chance import keys_of, normal, uniform
from pincel.data.film import develop, make_film
from pincel.data.pairs import Pair, PairDataset
from pincel.data.photos_on_device import PhotosOnDevice, sent
from pincel.data.view_choices import PLACES, Choices, draw_choices
from pincel.data.view_matrices import Axis, resized
from pincel.metrics.tensor_color import exact_products, grey_rec601, rgb_to_lab

__all__ = ["DeviceViews"]


class DeviceViews:
    """Random views of a dataset's pictures, the numbers of each a function of (seed, position) alone.

    Args:
        pairs: the training pictures, and what is made of them; its task `encodes_batches`, and nothing is drawn.
        photos: its cache on the device.
        sources: of pairs: the pictures that are shown, and the index in them of each picture of ``pairs``.
    """

    def __init__(
        self, pairs: PairDataset, photos: PhotosOnDevice, sources: tuple[PhotosOnDevice, Sequence[int]] | None = None
    ) -> None:
        assert pairs.augmentation is not None
        self.pairs, self.recipe, self.device = pairs, pairs.augmentation, photos.device
        self.labels = np.array(pairs.labels, np.int64)
        self.sides = [(photos, np.array(pairs.indices, np.int64))]
        if sources is not None:
            self.sides.append((sources[0], np.array(sources[1], np.int64)))

    def batches(self, sampler: Iterable[Sequence[tuple[int, int]]]) -> Iterator[Pair]:
        """One batch for each of the sampler's, on the device."""
        for examples in sampler:
            index, position = np.array(examples, np.int64).T
            keys = keys_of(self.pairs.seed, torch.from_numpy(position))
            yield self.make(index, self.draw(index, keys), keys)

    def draw(self, index: np.ndarray, keys: Tensor) -> Choices:
        """What happens to the pictures at (N,) places of the dataset, by the keys of `pincel.data.chance`."""
        photos, own = self.sides[0][0], self.sides[0][1][index]
        numbers = uniform(keys, PLACES).numpy()
        pairs = self.pairs
        return draw_choices(
            numbers, photos.heights[own], photos.widths[own], self.recipe, pairs.grey_share, pairs.label_dropout
        )

    @torch.no_grad()
    @exact_products()
    def make(self, index: np.ndarray, choices: Choices, keys: Tensor) -> Pair:
        """The pairs of pictures at (N,) places of the dataset, with what was chosen for each."""
        pairs, task = self.pairs, self.pairs.task
        planes = self._turned(self._cut(index, choices), choices)
        mask = planes[:, -1:]
        views = [self._toned(rgb, choices) * mask for rgb in planes[:, :-1].split(3, dim=1)]
        rgb = views[0]
        source, target = task.encode_batch(rgb / 255, rgb_to_lab)
        if len(views) > 1:
            shown = torch.where(mask > 0, views[1], task.outside)
            source, _ = task.encode_batch(shown / 255, rgb_to_lab)
        elif choices.grey.any():
            at = self._sent(np.flatnonzero(choices.grey))
            grey = grey_rec601(rgb[at]).expand(-1, 3, -1, -1)
            source = source.index_copy(0, at, task.encode_batch(grey / 255, rgb_to_lab)[0])
        if task.keeps_lightness and choices.filmed.any():
            source = self._filmed(source, rgb, mask, choices, keys)
        label = np.where(choices.unlabelled, pairs.unknown, self.labels[index])
        return Pair(source, target, self._sent(label), mask if pairs.mask_padding else torch.ones_like(mask))

    def _cut(self, index: np.ndarray, choices: Choices) -> Tensor:
        """Crops and whole pictures as squares of whole levels, target first, and the mask: (N, 4 or 7, S, S)."""
        size, (photos, own) = self.pairs.size, self.sides[0]
        heights, widths = photos.heights[own[index]], photos.widths[own[index]]
        scale = size / np.maximum(heights, widths)  # of a whole picture, as `pincel.imaging.resize.letterbox` has it
        tall, wide = (np.where(choices.whole, np.maximum(1, np.rint(side * scale)), size) for side in (heights, widths))
        rows = choices.top, choices.height, (size - tall) // 2, tall, choices.flip_vertical
        columns = choices.left, choices.width, (size - wide) // 2, wide, choices.flip
        parts, order = [], []
        for whole in (False, True):
            at = np.flatnonzero(choices.whole == whole)
            if not len(at):
                continue
            squares = []
            for pictures, places in self.sides:
                chosen, axes = places[index[at]], []
                for axis, side, sides in ((rows, heights, pictures.heights), (columns, widths, pictures.widths)):
                    begin, length, *rest = (values[at] for values in axis)
                    factor = sides[chosen] / side[at]  # an A may be larger or smaller than its B
                    axes.append(Axis(begin * factor, length * factor, *rest))
                squares.append(resized(pictures, chosen, axes[0], axes[1], size, whole))
            parts.append(torch.cat([*(rgb for rgb, _ in squares), squares[0][1].float()], dim=1))
            order.append(at)
        return torch.cat(parts).index_select(0, self._sent(np.argsort(np.concatenate(order))))

    def _turned(self, planes: Tensor, choices: Choices) -> Tensor:
        """By right angles, then by any angle and scaled about the middle; what comes from outside is no photo."""
        for turns in (1, 2, 3):
            at = np.flatnonzero(choices.turns == turns)
            if len(at):
                places = self._sent(at)
                planes = planes.index_copy(0, places, planes[places].rot90(turns, (-2, -1)))
        if not self.recipe.rotation and not self.recipe.zoom:
            return planes
        angle, nothing = np.radians(choices.angle), np.zeros(len(planes))
        rows = [[np.cos(angle), np.sin(angle), nothing], [-np.sin(angle), np.cos(angle), nothing]]
        move = self._sent((np.array(rows) / choices.zoom).transpose(2, 0, 1).astype(np.float32))  # (N, 2, 3)
        grid = F.affine_grid(move, list(planes.shape), align_corners=False)
        planes = F.grid_sample(planes, grid, align_corners=False)
        return torch.cat([planes[:, :-1].round(), (planes[:, -1:] > 0.999).float()], dim=1)

    def _toned(self, rgb: Tensor, choices: Choices) -> Tensor:
        """Brightness and contrast of (N, 3, S, S), as torchvision changes bytes: cut off to whole levels."""
        factors = self._sent(np.stack([choices.brightness, choices.contrast]).astype(np.float32))
        brightness, contrast = factors[..., None, None, None]
        if self.recipe.brightness:
            rgb = (rgb * brightness).clamp(0, 255).floor()
        if self.recipe.contrast:
            red, green, blue = rgb.unbind(1)
            mean = (0.2989 * red + 0.587 * green + 0.114 * blue).floor().mean((1, 2))[:, None, None, None]
            rgb = (rgb * contrast + mean * (1 - contrast)).clamp(0, 255).floor()
        return rgb

    def _filmed(self, source: Tensor, rgb: Tensor, mask: Tensor, choices: Choices, keys: Tensor) -> Tensor:
        """What is shown, with some of the pictures on old film."""
        at, size = np.flatnonzero(choices.filmed), self.pairs.size
        places, numbers = self._sent(at), torch.from_numpy(choices.film_numbers[at])
        noise = normal(self._sent(keys[at]), size * size, PLACES).view(-1, 1, size, size)
        film = make_film(self.recipe.film, numbers, noise)
        return source.index_copy(0, places, develop(film, source[places], rgb[places], mask[places]))

    def _sent(self, values: object) -> Tensor:
        return sent(values, self.device)
