"""`KeptPairs`: validation pictures, which are looked at again and again, encoded once and kept on the device."""

from __future__ import annotations

import torch

from pincel.data.pairs import Pair, PairDataset

__all__ = ["KeptPairs"]

MOST_BYTES = 2**29  # of the device: 2,000 pictures to be coloured at 128 px, 290 pairs of photos at 256 px


class KeptPairs:
    """Pairs of which each is encoded when it is first asked for.

    Args:
        pairs: without random views.
        device: where they are kept.
        most: bytes that may be kept; what does not fit is encoded anew each time.
    """

    def __init__(self, pairs: PairDataset, device: torch.device, most: int = MOST_BYTES) -> None:
        self.task, self.device = pairs.task, device
        self._pairs, self._left = pairs, most
        self._kept: dict[int, Pair] = {}

    def __len__(self) -> int:
        return len(self._pairs)

    def __getitem__(self, index: int) -> Pair:
        if index in self._kept:
            return self._kept[index]
        pair = Pair(*(part.to(self.device) for part in self._pairs[index]))
        needed = sum(part.nbytes for part in pair)
        if needed <= self._left:
            self._left -= needed
            self._kept[index] = pair
        return pair
