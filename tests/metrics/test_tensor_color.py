import cv2
import numpy as np
import pytest
import torch
from kornia import color as kornia
from skimage.color import rgb2lab

from pincel.imaging.color import rgb_to_lab as lab_of_painting
from pincel.metrics.tensor_color import grey_rec601, lab_to_rgb, rgb_to_lab


@pytest.fixture
def colors() -> np.ndarray:
    """uint8 (64, 64, 3): noise, greys and the corners of sRGB."""
    rgb = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    rgb[:4] = np.arange(256, dtype=np.uint8).reshape(4, 64, 1)
    rgb[4, :8] = np.array(np.meshgrid([0, 255], [0, 255], [0, 255])).reshape(3, 8).T
    return rgb


def planes(rgb: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(rgb).permute(2, 0, 1)[None].float()


def test_lab_is_scikit_images_and_near_that_of_painting(colors):
    lab = rgb_to_lab(planes(colors) / 255)[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(lab, rgb2lab(colors), atol=2e-3)
    apart = np.abs(lab - lab_of_painting(colors))
    assert apart[..., 0].max() < 0.25
    assert apart[..., 1:].max() < 0.6
    assert apart.mean() < 0.1


def test_grey_is_what_scanners_store(colors):
    grey = grey_rec601(planes(colors))
    assert grey.shape == (1, 1, 64, 64)
    assert torch.equal(grey, grey.round())
    apart = np.abs(grey[0, 0].numpy() - cv2.cvtColor(colors, cv2.COLOR_RGB2GRAY))
    assert apart.max() <= 1
    assert apart.mean() < 0.01


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_colours_and_their_gradients_are_those_of_kornia_to_the_bit(layout):
    noise = torch.rand(2, 3, 33, 20, generator=torch.Generator().manual_seed(0))
    light, ab = 100 * noise[:, :1], 240 * noise[:, 1:] - 120
    planes = [plane.contiguous(memory_format=layout).requires_grad_() for plane in (light, ab)]
    found, wanted = lab_to_rgb(*planes), kornia.lab_to_rgb(torch.cat(planes, dim=1), clip=False)
    assert torch.equal(found, wanted)
    gradients = [torch.autograd.grad(rgb.square().sum(), planes) for rgb in (found, wanted)]
    assert all(map(torch.equal, *gradients))
