import numpy as np
import pytest
import torch
from skimage.color import deltaE_ciede2000, rgb2lab

from pincel.imaging.color import from_float, lightness
from pincel.metrics import color
from pincel.metrics.color_batches import ciede2000, colourfulness, eight_bits, masked_means
from pincel.metrics.tensor_color import rgb_to_lab
from pincel.tasks import TASKS


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def some(count: int, height: int, width: int) -> torch.Tensor:
    """A mask of another size in each picture."""
    mask = torch.zeros(count, 1, height, width)
    for number in range(count):
        mask[number, :, number:, : width - number] = 1
    return mask


def test_ciede2000_is_that_of_scikit_image_for_all_colours():
    ends = (-110, 110), (-110, 110), (-107.3, 104.1), (-103.7, 109.9)
    axes = torch.meshgrid(*(torch.linspace(*pair, 9) for pair in ends), indexing="ij")
    a, b, a_other, b_other = (axis.reshape(81, 81) for axis in axes)  # grey among them, no hues that are opposite
    light, light_other = 100 * noise(2, 81, 81)
    one, other = torch.stack([light, a, b]), torch.stack([light_other, a_other, b_other])
    wanted = deltaE_ciede2000(*(lab.permute(1, 2, 0).double().numpy() for lab in (one, other)))
    for row in range(81):
        found = ciede2000(*(lab[:, row].T[..., None, None] for lab in (one, other)), torch.ones(81, 1, 1, 1))
        np.testing.assert_allclose(found, wanted[row], atol=2e-3)


def test_every_picture_has_its_own_figures_under_its_own_mask():
    rgb, reference, mask = ((255 * noise(4, 3, 20, 30, seed=seed)).round() for seed in (0, 1, 2))
    mask = some(4, 20, 30)
    differences, colors = ciede2000(rgb_to_lab(rgb / 255), rgb_to_lab(reference / 255), mask), colourfulness(rgb, mask)
    for number in range(4):
        one, other = (batch[number].permute(1, 2, 0).numpy().astype(np.uint8) for batch in (rgb, reference))
        where = mask[number, 0].numpy() > 0
        assert float(differences[number]) == pytest.approx(color.ciede2000(rgb2lab(one), rgb2lab(other), where), 1e-3)
        assert float(colors[number]) == pytest.approx(color.colourfulness(one, where), rel=1e-5)
        error = np.abs(one.astype(int) - other)[where].mean(0)
        np.testing.assert_allclose(masked_means((rgb - reference).abs(), mask)[number], error, rtol=1e-5)


def test_equal_pictures_and_greys_are_no_different_and_have_no_colour():
    rgb, mask = (255 * noise(2, 3, 8, 8)).round(), torch.ones(2, 1, 8, 8)
    assert ciede2000(rgb_to_lab(rgb / 255), rgb_to_lab(rgb / 255), mask).max() == 0
    assert colourfulness(rgb[:, :1].expand(-1, 3, -1, -1), mask).max() == 0


@pytest.mark.parametrize("name", TASKS)
def test_a_batch_is_painted_as_its_pictures_one_by_one(name):
    task = TASKS[name]
    source = 2 * noise(3, task.source_channels, 24, 24) - 1
    source[0, :, :8], source[0, :, 8:16] = -1, 1  # black bars, blown skies
    output = 2.2 * noise(3, task.target_channels, 24, 24, seed=1) - 1.1  # of colours, most are outside sRGB
    painted = eight_bits(task, source, output)
    for number in range(3):
        wanted = from_float(task.decode(source[number].numpy(), output[number].numpy()))
        found = painted[number].permute(1, 2, 0).numpy()
        assert np.abs(found - wanted).max() <= 1
        assert np.abs(found - wanted).mean() < 0.02
        if task.keeps_lightness:
            light = lightness(found.astype(np.uint8))
            assert np.abs(light - 50 * (source[number, 0].numpy() + 1)).max() < 1
