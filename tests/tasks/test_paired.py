import numpy as np

from pincel.tasks import Paired


def test_a_grey_picture_is_shown_with_three_equal_channels():
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    source = Paired.encode(grey)
    assert source.shape == (3, 3, 4)
    assert (source == source[:1]).all()


def test_black_is_minus_one_and_white_is_one():
    rgb = np.array([[[0, 255, 51]]], np.uint8)
    np.testing.assert_allclose(Paired.encode(rgb)[:, 0, 0], [-1, 1, -0.6], atol=1e-6)
    np.testing.assert_allclose(Paired.encode_target(rgb), Paired.encode(rgb))
