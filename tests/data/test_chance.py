import numpy as np
import pytest
import torch
from scipy import stats

from pincel.data.chance import keys_of, normal, uniform

MASK = 2**64 - 1


def split_mix(value: int) -> int:
    """The mixing of SplitMix64, as its authors print it, in Python's own numbers."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1])
def test_numbers_are_those_of_split_mix(seed):
    positions = [0, 1, 5000, 10**9]
    found = uniform(keys_of(seed, torch.tensor(positions)), 3, first=4)
    for row, position in zip(found.tolist(), positions, strict=True):
        key = split_mix(position ^ split_mix(seed))
        expected = [split_mix((key + place * 0x9E3779B97F4A7C15) & MASK) for place in (5, 6, 7)]
        assert row == [(number >> 40) / 2**24 for number in expected]


def test_a_number_depends_on_its_seed_position_and_place_alone():
    many = uniform(keys_of(3, torch.arange(100)), 50)
    few = uniform(keys_of(3, torch.tensor([70, 4])), 10, first=20)
    assert torch.equal(few, many[[70, 4], 20:30])
    assert not torch.equal(many, uniform(keys_of(4, torch.arange(100)), 50))
    assert torch.equal(normal(keys_of(3, torch.tensor([70, 4])), 9), normal(keys_of(3, torch.arange(100)), 9)[[70, 4]])


def test_numbers_are_evenly_spread_and_do_not_follow_each_other():
    numbers = uniform(keys_of(0, torch.arange(400)), 400)
    assert numbers.dtype == torch.float32
    assert 0 <= numbers.min() < 1e-4
    assert 1 - 1e-4 < numbers.max() < 1
    assert stats.kstest(numbers.flatten().numpy(), "uniform").pvalue > 0.01
    for other in (numbers.roll(1, 0), numbers.roll(1, 1), uniform(keys_of(1, torch.arange(400)), 400)):
        assert abs(np.corrcoef(numbers.flatten(), other.flatten())[0, 1]) < 0.01


@pytest.mark.parametrize("count", [10_000, 9_999])
def test_noise_is_normal(count):
    noise = normal(keys_of(5, torch.arange(4)), count)
    assert noise.shape == (4, count)
    assert stats.kstest(noise.flatten().numpy(), "norm").pvalue > 0.01
    assert abs(np.corrcoef(noise[0], noise[1])[0, 1]) < 0.05


def test_torchs_own_random_state_stays():
    before = torch.get_rng_state()
    normal(keys_of(0, torch.arange(3)), 8)
    assert torch.equal(torch.get_rng_state(), before)
