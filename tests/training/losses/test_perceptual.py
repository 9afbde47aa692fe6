import numpy as np
import pytest
import torch
from skimage.color import lab2rgb

from pincel.data.pairs import Pair
from pincel.metrics.lite import LiteFeatures, lite0_distance
from pincel.tasks import TASKS
from pincel.training.losses.perceptual import perceptual
from pincel.training.losses.planes import output_to_rgb


@pytest.fixture(scope="module")
def features() -> LiteFeatures:
    return LiteFeatures()


def photo_pair(size: int = 64) -> Pair:
    from skimage import data

    from pincel.imaging.resize import letterbox

    square, box = letterbox(data.chelsea(), size)
    task = TASKS["colorize"]
    return Pair(
        torch.from_numpy(task.encode(square))[None],
        torch.from_numpy(task.encode_target(square))[None],
        torch.zeros(1, dtype=torch.int64),
        torch.from_numpy(box.mask(size)[None, None].astype(np.float32)),
    )


def test_the_perceptual_loss_is_the_distance_of_the_two_srgb_pictures(features):
    pair = photo_pair()
    target, grey = (
        output_to_rgb(TASKS["colorize"], pair.source, ab) for ab in (pair.target, torch.zeros_like(pair.target))
    )
    assert perceptual(features, target, target, pair.mask).item() == 0
    lab = np.concatenate([(pair.source[0].numpy() + 1) * 50, pair.target[0].numpy() * 110]).transpose(1, 2, 0)
    light = lab * [1, 0, 0]
    real, painted = (torch.from_numpy(lab2rgb(x)).permute(2, 0, 1)[None].float() for x in (lab, light))
    wanted = lite0_distance(features, painted, real, pair.mask).item()
    assert perceptual(features, grey, target, pair.mask).item() == pytest.approx(wanted, rel=0.02)


def test_padding_changes_no_perceptual_loss(features):
    pair = photo_pair()
    assert (pair.mask == 0).any()
    target, painted = (output_to_rgb(TASKS["colorize"], pair.source, ab) for ab in (pair.target, pair.target * 0.5))
    spoilt = torch.where(pair.mask > 0, painted, torch.full_like(painted, 0.8)).requires_grad_()
    loss = perceptual(features, spoilt, target, pair.mask)
    torch.testing.assert_close(loss, perceptual(features, painted, target, pair.mask))
    loss.backward()
    assert spoilt.grad is not None
    outside = (pair.mask == 0).expand_as(spoilt)
    assert (spoilt.grad[outside] == 0).all()
    assert spoilt.grad[~outside].abs().max() > 0
