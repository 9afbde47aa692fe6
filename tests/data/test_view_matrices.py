import numpy as np
import pytest
import torch
from torchvision.transforms.v2 import functional as tf

from pincel.data.cache import PictureCache
from pincel.data.photos_on_device import PhotosOnDevice
from pincel.data.view_matrices import Axis, resized
from pincel.imaging.resize import fit_size, letterbox, resize


@pytest.fixture
def on_device():
    """``on_device(pictures)`` -> `PhotosOnDevice` of them."""

    def make(pictures) -> PhotosOnDevice:
        sizes = np.array([rgb.shape[:2] for rgb in pictures])
        offsets = np.cumsum([0, *(rgb.size for rgb in pictures)])[:-1]
        pixels = np.concatenate([rgb.ravel() for rgb in pictures])
        none = np.zeros(0)
        cache = PictureCache([], {}, pixels, offsets, sizes[:, 0], sizes[:, 1], none, none, none)
        return PhotosOnDevice(cache, torch.device("cpu"))

    return make


def axis(begin, length, offset, span, mirrored=None) -> Axis:
    mirrored = np.zeros(len(begin), bool) if mirrored is None else mirrored
    return Axis(*(np.asarray(values) for values in (begin, length, offset, span, mirrored)))


def pixels(square: torch.Tensor) -> np.ndarray:
    return square.permute(1, 2, 0).numpy()


@pytest.mark.parametrize("size", [16, 32, 57])
def test_crops_of_any_size_are_resized_as_torchvision_does(on_device, smooth_photo, size):
    noise = np.random.default_rng(1).integers(0, 256, (40, 31, 3), np.uint8)
    photos = [smooth_photo(1, 48, 60), noise, smooth_photo(2, 33, 90)]
    boxes = [(3, 5, 40, 44), (0, 0, 40, 31), (7, 11, 12, 13)]
    top, left, height, width = map(np.array, zip(*boxes, strict=True))
    still = np.zeros(3, int), np.full(3, size)
    squares, inside = resized(
        on_device(photos), np.arange(3), axis(top, height, *still), axis(left, width, *still), size, whole=False
    )
    assert inside.all()
    for square, rgb, box in zip(squares, photos, boxes, strict=True):
        wanted = tf.resized_crop(torch.from_numpy(rgb).permute(2, 0, 1), *box, [size, size], antialias=True)
        apart = (square - wanted.float()).abs()
        assert apart.max() <= 1
        assert apart.mean() < 0.3


@pytest.mark.parametrize("size", [24, 36, 60, 100])
def test_whole_pictures_are_letterboxed_as_for_painting(on_device, smooth_photo, size):
    photos = [smooth_photo(3, 48, 60), smooth_photo(4, 60, 31), smooth_photo(5, 40, 40)]
    heights, widths = np.array([rgb.shape[:2] for rgb in photos]).T
    tall, wide = np.array([fit_size(*rgb.shape[:2], size) for rgb in photos]).T
    nothing = np.zeros(len(photos), int)
    squares, inside = resized(
        on_device(photos),
        np.arange(len(photos)),
        axis(nothing, heights, (size - tall) // 2, tall),
        axis(nothing, widths, (size - wide) // 2, wide),
        size,
        whole=True,
    )
    for square, mask, rgb in zip(squares, inside, photos, strict=True):
        wanted, box = letterbox(rgb, size)
        np.testing.assert_array_equal(mask[0], box.mask(size))
        assert np.abs(pixels(square) - wanted).max() <= 1
        assert not square[:, ~mask[0]].any()


def test_mirrored_axes_turn_the_whole_square_round(on_device, smooth_photo):
    rgb = smooth_photo(6, 20, 41)
    length, place = ([20, 20], [41, 41]), ([10, 10], [0, 0])
    rows = axis([0, 0], length[0], place[0], length[0], np.array([False, True]))
    columns = axis([0, 0], length[1], place[1], length[1], np.array([False, True]))
    (plain, turned), inside = resized(on_device([rgb]), np.zeros(2, int), rows, columns, 41, whole=True)
    assert torch.equal(turned, plain.flip(1, 2))
    assert torch.equal(inside[1], inside[0].flip(1, 2))
    np.testing.assert_array_equal(pixels(plain)[10:30], rgb)


def test_parts_of_pixels_are_shown_where_they_are(on_device):
    ramp = np.arange(0, 240, 4, dtype=np.uint8)[None, :, None].repeat(60, 0).repeat(3, 2)
    rows, columns = axis([4.5], [31.25], [0], [16]), axis([10.25], [32.0], [0], [16])
    squares, _ = resized(on_device([ramp]), np.zeros(1, int), rows, columns, 16, whole=False)
    middles = 10.25 + 2 * (np.arange(16) + 0.5) - 0.5
    np.testing.assert_allclose(squares[0, 0, 7, 1:-1], 4 * middles[1:-1], atol=0.51)


def test_of_two_ways_each_picture_has_its_own(on_device, smooth_photo):
    large, small = smooth_photo(7, 64, 64), smooth_photo(8, 20, 20)
    photos, nothing, size = on_device([large, small]), np.zeros(2, int), np.full(2, 32)
    sides = np.array([64, 20])
    both = axis(nothing, sides, nothing, size)
    squares, _ = resized(photos, np.arange(2), both, both, 32, whole=True)
    for square, rgb in zip(squares, (large, small), strict=True):
        assert np.abs(pixels(square) - resize(rgb, 32, 32)).max() <= 1
