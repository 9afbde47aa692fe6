"""The contract of every task; a new one is tested by being in `TASKS`."""

import numpy as np
import pytest

from pincel.imaging.color import from_float
from pincel.tasks import TASKS


@pytest.fixture
def photo() -> np.ndarray:
    from skimage import data

    return data.chelsea()[:60:2, :96:2].copy()


@pytest.mark.parametrize("name", TASKS)
class TestTaskContract:
    def test_it_is_known_by_its_own_name(self, name):
        assert TASKS[name].name == name

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
    def test_any_kind_of_pixels_becomes_planes_in_minus_one_to_one(self, name, photo, dtype):
        task = TASKS[name]
        pixels = {np.uint8: photo, np.uint16: photo.astype(np.uint16) * 257, np.float32: photo / np.float32(255)}[dtype]
        for shown in (pixels, pixels[..., 0]):
            source = task.encode(shown)
            assert (source.shape, source.dtype) == ((task.source_channels, 30, 48), np.float32)
            assert source.min() >= -1 - 1e-6
            assert source.max() <= 1 + 1e-6
            np.testing.assert_allclose(source, task.encode(photo if shown.ndim == 3 else photo[..., 0]), atol=0.01)

    def test_a_target_decodes_to_the_picture_it_came_from(self, name, photo):
        task = TASKS[name]
        target = task.encode_target(photo)
        assert (target.shape, target.dtype) == ((task.target_channels, 30, 48), np.float32)
        source = task.encode(photo)  # the lightness where the task keeps it
        assert np.abs(from_float(task.decode(source, target)).astype(int) - photo).max() <= 1

    def test_what_is_shown_is_an_srgb_picture(self, name, photo):
        shown = TASKS[name].show(TASKS[name].encode(photo))
        assert (shown.shape, shown.dtype) == ((30, 48, 3), np.float32)
        assert shown.min() >= 0
        assert shown.max() <= 1

    @pytest.mark.parametrize("shape", [(16, 16), (31, 20), (90, 100)])
    def test_a_picture_of_any_size_is_fitted(self, name, photo, shape):
        task = TASKS[name]
        for pixels in (photo, photo[..., 0]):
            assert task.encode(task.fit(pixels, *shape)).shape == (task.source_channels, *shape)
