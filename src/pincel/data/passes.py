"""`Passes`: which pictures each pass over the training side draws, and in which order.

A pass (an epoch) draws every picture once, where nothing is weighted. A folder of weight 0.25 gives a quarter of its
pictures to a pass, the next quarter to the next one; a folder of weight 3 gives each of its pictures three times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from pincel.errors import PincelError, did_you_mean, join

__all__ = ["Passes", "require_folders"]


@dataclass(frozen=True)
class Passes:
    """Passes over sets of pictures; its length is the number of pictures in one.

    Attributes:
        sets: of each, the indices of its pictures, int64 (n,).
        drawn: of each, how many pictures a pass takes.
    """

    sets: Sequence[np.ndarray]
    drawn: Sequence[int]

    @classmethod
    def even(cls, count: int) -> Passes:
        """Of so many pictures, each once a pass."""
        return cls([np.arange(count)], [count])

    @classmethod
    def weighted(cls, keys: Sequence[str], weights: Mapping[str, float]) -> Passes:
        """Of the pictures with these keys, each as often as its folder weighs; 1 where none is named.

        Args:
            keys: as of `pincel.data.scan.PictureFile`.
            weights: of folders, as keys begin with them; of two around a picture the inner one counts.
        """
        around = [next((one for one in _folders(key) if one in weights), "") for key in keys]
        names = sorted(set(around))
        sets = {wanted: np.array([i for i, name in enumerate(around) if name == wanted]) for wanted in names}
        drawn = [max(1, round(weights.get(name, 1.0) * len(members))) for name, members in sets.items()]
        return cls(list(sets.values()), drawn)

    def __len__(self) -> int:
        return sum(self.drawn)

    def order(self, number: int, seed: int) -> np.ndarray:
        """Indices of the pictures of pass ``number``, int64 (len,), a function of number and seed alone."""
        parts = [self._part(place, number, seed) for place in range(len(self.sets))]
        pool = np.sort(np.concatenate(parts))
        return pool[np.random.default_rng((seed, number)).permutation(len(pool))]

    def _part(self, place: int, number: int, seed: int) -> np.ndarray:
        """What a set gives to a pass: the next of its pictures, in rounds that are shuffled anew."""
        members, count = self.sets[place], self.drawn[place]
        turns = np.arange(number * count, (number + 1) * count)
        rounds = [
            members[np.random.default_rng((seed, round_, place + 1)).permutation(len(members))]
            for round_ in range(turns[0] // len(members), turns[-1] // len(members) + 1)
        ]
        return np.concatenate(rounds)[turns - turns[0] // len(members) * len(members)]


def require_folders(keys: Sequence[str], weights: Mapping[str, float]) -> None:
    """Refuse weights of folders in which no picture lies."""
    known = {folder for key in keys for folder in _folders(key)}
    for name in weights:
        if name not in known:
            sets = join({key.split("/")[0] for key in keys})
            raise PincelError(
                f"data.weights names '{name}'{did_you_mean(name, sorted(known))}, a folder that the data do not have; "
                f"they have {sets}"
            )


def _folders(key: str) -> list[str]:
    """The folders around a picture, the inner ones first: ``a/b/c.jpg`` -> ``a/b``, ``a``."""
    return [folder.as_posix() for folder in PurePosixPath(key).parents][:-1]
