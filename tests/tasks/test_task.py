"""The contract of every task; a new one is tested by being in `TASKS`."""

import numpy as np
import pytest
from skimage.color import rgb2lab

from pincel.imaging.color import from_float
from pincel.imaging.edges import SketchStyle
from pincel.runtime.model_file import load_model
from pincel.tasks import TASKS, tasks_of


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

    def test_a_batch_of_tensors_is_encoded_as_its_pictures(self, name, photo):
        import torch

        from pincel.metrics.tensor_color import rgb_to_lab

        task = TASKS[name]
        if not task.encodes_batches:
            return
        batch = torch.from_numpy(np.stack([photo, photo[::-1]])).permute(0, 3, 1, 2) / 255
        for planes, encode, scale in zip(
            task.encode_batch(batch, rgb_to_lab),
            (task.encode, task.encode_target),
            (task.source_scale, task.scale),
            strict=True,
        ):
            wanted = np.stack([encode(rgb) for rgb in (photo, photo[::-1])])
            assert planes.dtype == torch.float32
            np.testing.assert_allclose(planes * scale, wanted * scale, atol=0.6)

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

    def test_what_it_makes_of_a_photo_is_ready_to_be_encoded(self, name, photo):
        task = TASKS[name]
        made = task.inside(task.make_source(photo, SketchStyle()), np.ones((30, 48), bool))
        assert task.encode(made).shape == (task.source_channels, 30, 48)
        nothing = task.inside(made, np.zeros((30, 48), bool))
        assert (nothing == task.outside).all()

    def test_planes_are_in_its_unit(self, name, photo):
        task = TASKS[name]
        values = (task.encode_target(photo) - task.zero) * task.scale
        wanted = rgb2lab(photo)[..., 1:] if task.keeps_lightness else photo
        np.testing.assert_allclose(values.transpose(1, 2, 0), wanted, atol=0.5)
        assert task.unit == ("Lab units" if task.keeps_lightness else "levels of 255")

    def test_lab_of_a_painting_is_that_of_its_picture(self, name, photo):
        task = TASKS[name]
        lab = task.to_lab(task.encode(photo), task.encode_target(photo))
        np.testing.assert_allclose(lab, rgb2lab(photo), atol=1)

    def test_left_as_it_is_it_looks_like_what_is_shown(self, name, photo):
        task = TASKS[name]
        shown = task.show(task.encode(photo))
        np.testing.assert_allclose(task.unpainted(photo), shown, atol=1e-3)

    def test_its_embedded_model_is_for_it_and_it_has_a_command(self, name):
        task = TASKS[name]
        assert not task.model or load_model(task.model).task is task
        for command in task.commands:
            assert name in tasks_of(command)


def test_translate_is_for_all_that_paint_whole_pictures():
    assert tasks_of("translate") == [name for name, task in TASKS.items() if not task.keeps_lightness]
    assert (tasks_of("colorize"), tasks_of("draw")) == (["colorize"], ["sketch"])
