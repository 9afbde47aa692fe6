import numpy as np
import pytest
import torch

from pincel.data.cache import PictureCache, build_cache
from pincel.data.photos_on_device import PhotosOnDevice
from pincel.data.scan import scan

CPU = torch.device("cpu")


@pytest.fixture
def cache(class_folders, cache_folder) -> PictureCache:
    return build_cache(scan([class_folders]), 40)


def test_boxes_of_pictures_of_any_size_are_what_the_cache_holds(cache):
    rng = np.random.default_rng(0)
    index = np.array([3, 20, 3, len(cache) - 1, len(cache) - 1, 0, 11])  # the last one: the file ends with it
    heights, widths = cache.heights[index], cache.widths[index]
    top, left = rng.integers(0, heights - 3), rng.integers(0, widths - 3)
    height, width = rng.integers(3, heights - top + 1), rng.integers(3, widths - left + 1)
    top[3], left[3], height[3], width[3] = 0, 0, heights[3], widths[3]
    height[4], width[4] = heights[4] - top[4], widths[4] - left[4]
    boxes = PhotosOnDevice(cache, CPU).boxes(index, top, left, height, width)
    assert boxes.shape == (7, 3, height.max(), width.max())
    assert boxes.dtype == torch.uint8
    for box, i, t, l, h, w in zip(boxes, index, top, left, height, width, strict=True):  # noqa: E741
        np.testing.assert_array_equal(box[:, :h, :w].permute(1, 2, 0), cache[i][t : t + h, l : l + w])


def test_on_a_processor_the_photos_stay_in_their_file(cache):
    photos = PhotosOnDevice(cache, CPU)
    assert photos._pixels.data_ptr() == cache.pixels.ctypes.data
