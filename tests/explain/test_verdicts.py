import numpy as np
import pytest
import torch

from pincel.errors import PincelError
from pincel.explain.verdicts import Verdicts, patch_box, verdicts
from pincel.models.discriminators.patchgan import PatchGAN


@pytest.fixture
def critic() -> PatchGAN:
    torch.manual_seed(0)
    return PatchGAN(3, width=4, depth=1, norm="none").eval().requires_grad_(False)


def test_painting_and_photo_are_judged_as_the_discriminator_does(toy, source, critic, smooth_photo):
    rgb, output = smooth_photo(0, 32, 40), np.full((2, 32, 40), 0.1, np.float32)
    explained = toy(critic=critic)
    found = verdicts(explained, source[0].numpy(), output, rgb, None)
    with torch.no_grad():
        painted = critic(source, torch.from_numpy(output)[None])[0, 0].numpy()
        real = critic(source, torch.from_numpy(explained.task.encode_target(rgb))[None])[0, 0].numpy()
    np.testing.assert_array_equal(found.painted, painted)
    np.testing.assert_array_equal(found.real, real)
    assert found.painted[found.doubted] == found.painted.min()
    assert found.receptive_field == critic.receptive_field


def test_without_a_real_picture_the_painted_one_is_judged_alone(toy, source, critic):
    output = np.zeros((2, 32, 40), np.float32)
    assert verdicts(toy(critic=critic), source[0].numpy(), output, None, None).real is None


def test_a_patch_is_as_large_as_its_receptive_field():
    seen = Verdicts(np.zeros((3, 3)), None, 70, 8, 23)
    assert patch_box(seen, 2, 1) == (8 - 23, 16 - 23, 70, 70)


def test_a_model_without_a_discriminator_has_no_verdicts(toy, source):
    with pytest.raises(PincelError, match="keeps no discriminator"):
        verdicts(toy(), source[0].numpy(), np.zeros((2, 32, 40), np.float32), np.zeros((32, 40, 3), np.uint8), None)
