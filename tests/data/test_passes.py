from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pincel.data.pairs import PositionSampler
from pincel.data.passes import Passes, require_folders
from pincel.errors import PincelError

KEYS = [*(f"flowers/rose/{i}.jpg" for i in range(8)), *(f"general/{i}.jpg" for i in range(5)), "mine/a/b/c.jpg"]
WEIGHTS = st.dictionaries(st.sampled_from(["flowers", "flowers/rose", "general", "mine/a"]), st.floats(0.05, 4))


def test_without_weights_a_pass_is_every_picture_once_in_the_order_of_always():
    passes = Passes.weighted(KEYS, {})
    assert len(passes) == len(KEYS)
    for number in range(3):
        expected = np.random.default_rng((7, number)).permutation(len(KEYS))
        np.testing.assert_array_equal(passes.order(number, 7), expected)
        np.testing.assert_array_equal(Passes.even(len(KEYS)).order(number, 7), expected)


def test_a_quarter_of_a_folder_comes_in_each_pass_and_all_of_it_in_four():
    passes = Passes.weighted(KEYS, {"flowers": 0.25})
    assert len(passes) == 2 + 6
    orders = [passes.order(number, 0) for number in range(4)]
    assert all(sorted(order[order >= 8]) == list(range(8, 14)) for order in orders)
    assert sorted(np.concatenate([order[order < 8] for order in orders])) == list(range(8))
    assert orders[0].tolist() != sorted(orders[0])


def test_a_folder_of_weight_three_comes_three_times():
    passes = Passes.weighted(KEYS, {"general": 3})
    assert len(passes) == 8 + 15 + 1
    counts = Counter(passes.order(5, 1).tolist())
    assert counts == dict.fromkeys(range(14), 1) | dict.fromkeys(range(8, 13), 3)


def test_the_inner_of_two_folders_counts():
    assert len(Passes.weighted(KEYS, {"flowers": 0.25, "flowers/rose": 2})) == 16 + 6


def test_even_the_lightest_folder_gives_a_picture():
    assert len(Passes.weighted(KEYS, {"mine": 0.01})) == 14


@settings(max_examples=60, deadline=None)
@given(WEIGHTS, st.integers(0, 2**32 - 1), st.integers(0, 50))
def test_pictures_of_a_folder_take_turns_whatever_it_weighs(weights, seed, first):
    passes = Passes.weighted(KEYS, weights)
    seen = Counter[int]()
    for number in range(first + 1):
        order = passes.order(number, seed)
        assert len(order) == len(passes)
        seen.update(order.tolist())
    for members in passes.sets:
        counts = [seen[int(i)] for i in members]
        assert max(counts) - min(counts) <= 1


@settings(max_examples=40, deadline=None)
@given(WEIGHTS, st.integers(1, 9), st.integers(0, 99), st.integers(0, 12), st.integers(1, 3))
def test_weighted_passes_resume_and_are_shared_out_among_devices_exactly(weights, batch, seed, done, world):
    passes = Passes.weighted(KEYS, weights)
    whole = list(PositionSampler(passes, batch * world, 20, seed=seed))
    start = done * batch * world
    ranks = [PositionSampler(passes, batch, 20 - done, start, seed, rank, world) for rank in range(world)]
    assert [[key for part in parts for key in part] for parts in zip(*ranks, strict=True)] == whole[done:]


def test_a_folder_that_is_not_there_is_named_with_one_that_is_spelt_nearly_so():
    require_folders(KEYS, {"flowers": 1, "mine/a/b": 2})
    with pytest.raises(PincelError) as caught:
        require_folders(KEYS, {"flower": 0.25})
    assert str(caught.value) == (
        "data.weights names 'flower' (did you mean 'flowers'?), a folder that the data do not have; "
        "they have flowers, general, mine"
    )
    with pytest.raises(PincelError, match=r"names '0.jpg', a folder"):
        require_folders(KEYS, {"0.jpg": 0.25})
