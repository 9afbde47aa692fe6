import pytest
import torch

from pincel.data.cache import build_cache
from pincel.data.pairs import PairDataset
from pincel.data.scan import scan
from pincel.tasks import TASKS
from pincel.training.kept_pairs import KeptPairs

CPU = torch.device("cpu")


class Counted(PairDataset):
    """Notes which pairs were made."""

    def __getitem__(self, key):
        self.made = [*getattr(self, "made", []), key]
        return super().__getitem__(key)


@pytest.fixture
def pairs(class_folders, cache_folder) -> Counted:
    return Counted(build_cache(scan([class_folders]), 40), range(6), [0, 1, 2, 0, 1, 2], TASKS["colorize"], 32)


def test_each_pair_is_encoded_once(pairs):
    kept = KeptPairs(pairs, CPU)
    for _ in range(2):
        for i in range(6):
            assert all(map(torch.equal, kept[i], PairDataset.__getitem__(pairs, i)))
    assert pairs.made == [*range(6)]


def test_what_does_not_fit_is_encoded_anew_each_time(pairs):
    each = 4 * 32 * 32 * 4 + 8  # float32 of L, a, b and mask; the label
    kept = KeptPairs(pairs, CPU, most=2 * each)
    assert len(kept) == 6
    labels = [[int(kept[i].label) for i in range(6)] for _ in range(2)]
    assert labels == [[0, 1, 2, 0, 1, 2]] * 2
    assert pairs.made == [*range(6), *range(2, 6)]
