import numpy as np
import pytest

from pincel.export.int8_weights import LARGEST_PAIR, _rounded, per_channel, without_saturation


def reachable(values: np.ndarray) -> np.ndarray:
    """The largest 16-bit sums that two neighbours can give with activations of 0..255, in onnxruntime's order."""
    rows = values.transpose(0, 2, 3, 1).reshape(len(values), -1).astype(int)
    pairs = np.pad(rows, ((0, 0), (0, rows.shape[1] % 2))).reshape(len(rows), -1, 2)
    return np.stack([255 * np.maximum(pairs, 0).sum(-1), 255 * np.minimum(pairs, 0).sum(-1)])


@pytest.mark.parametrize("shape", [(8, 16, 1, 1), (4, 5, 3, 3), (3, 7, 1, 1), (6, 2, 4, 4)])
def test_no_pair_of_products_leaves_16_bits(shape):
    weights = np.random.default_rng(0).normal(0, 0.1, shape).astype(np.float32)
    weights[0] = 0.4  # equal neighbours are the worst case
    weights[1] = -0.4
    values, scales = without_saturation(weights)
    assert values.dtype == np.int8
    assert values.shape == shape
    high, low = reachable(values)
    assert high.max() <= 32767
    assert low.min() >= -32768
    assert scales.shape == shape[:1]


def test_it_is_nearer_than_7_bits_and_nearly_as_near_as_8():
    weights = np.random.default_rng(1).normal(0, 1, (32, 64, 1, 1)).astype(np.float32)
    values, scales = without_saturation(weights)
    error = np.square(values * scales[:, None, None, None] - weights).mean()
    top = np.abs(weights).max(axis=(1, 2, 3), keepdims=True)
    rounded = {bits: np.rint(weights / top * bits) * top / bits for bits in (127, 64)}
    errors = {bits: np.square(near - weights).mean() for bits, near in rounded.items()}
    assert error < 0.6 * errors[64]
    assert error > 0.5 * errors[127]


def test_weights_that_never_clash_keep_all_8_bits():
    weights = np.zeros((1, 4, 1, 1), np.float32)
    weights[0, :, 0, 0] = [127, -127, 1, 0]  # opposite signs cannot saturate
    values, scales = without_saturation(weights)
    np.testing.assert_allclose(values[0, :, 0, 0] * scales[0], [127, -127, 1, 0])


def test_a_pair_of_equal_large_weights_is_worked_out_by_hand():
    values, scales = without_saturation(np.full((1, 2, 1, 1), 2.0, np.float32))
    np.testing.assert_allclose(values.ravel() * scales[0], 2.0, rtol=0.01)
    assert abs(values.astype(int)).sum() <= LARGEST_PAIR


def test_a_filter_of_zeros_stays_zero():
    values, scales = without_saturation(np.zeros((2, 4, 1, 1), np.float32))
    assert not values.any()
    assert np.isfinite(scales).all()


@pytest.mark.parametrize("axis", [0, 1])
def test_each_channel_has_its_own_scale(axis):
    weights = np.array([[1.0, 0.5], [100.0, 50.0]], np.float32)  # rows differ in size
    weights = weights if axis == 0 else weights.T
    values, scales = per_channel(weights, axis)
    np.testing.assert_allclose(values * scales, weights, rtol=0.01)
    assert scales.shape == ((2, 1) if axis == 0 else (1, 2))
    assert np.abs(values).max() == 127


def test_of_two_neighbours_over_the_limit_both_give_way():
    rows = np.array([[127.0, 100.0, -90.0, -80.0, 60.0, 60.0, 127.0]])  # 227 and -170 are over, 120 is not
    assert _rounded(rows, np.ones((1, 1))).tolist() == [[78, 50, -69, -59, 60, 60, 127]]
