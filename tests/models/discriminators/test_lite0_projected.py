import pytest
import torch

from pincel.errors import RecipeError
from pincel.metrics.lite import shared_features
from pincel.models.discriminators import build_discriminator
from pincel.models.discriminators.lite0_projected import Lite0Projected


@pytest.fixture
def critic() -> Lite0Projected:
    torch.manual_seed(0)
    return Lite0Projected(4, width=8).eval()


@pytest.mark.parametrize(
    "width", [1200, 1203]
)  # begin at another pixel, where layers of stride 2 are padded by the size
def test_the_field_of_every_stride_is_as_wide_as_said_and_hardly_narrower(critic, width):
    source, photo = torch.zeros(1, 1, 32, width), torch.rand(1, 3, 32, width, requires_grad=True)
    verdicts = critic(source, photo)
    place = verdicts.shape[-1] // 2
    for plane, g in enumerate(critic.geometries):
        (slope,) = torch.autograd.grad(verdicts[0, plane, 0, place], photo, retain_graph=True)
        seen = slope[0].abs().sum((0, 1)).nonzero().flatten()
        first = place * g.stride - g.padding
        assert first <= seen.min()
        assert seen.max() < first + g.receptive_field
        assert seen.max() - seen.min() > 0.85 * g.receptive_field


def test_a_coarse_verdict_stands_at_every_place_of_its_square(critic):
    with torch.no_grad():
        verdicts = critic(torch.zeros(1, 1, 70, 64), torch.rand(1, 3, 70, 64))[0]  # (4, 18, 16)
    for plane, side in enumerate((1, 2, 4, 8)):
        corners = verdicts[plane, ::side, ::side]
        repeated = corners.repeat_interleave(side, 0).repeat_interleave(side, 1)
        assert torch.equal(repeated[:18], verdicts[plane])
        assert corners.unique().numel() > 1


def test_the_weights_of_padding_are_those_of_pooling(critic):
    mask = torch.ones(2, 1, 48, 61)
    mask[0, :, 30:] = 0
    weights = critic.patch_weights(mask)
    finest = critic.geometries[0]
    row, column = 7, 9
    rows, columns = (
        slice(max(0, 4 * n - finest.padding), 4 * n - finest.padding + finest.receptive_field) for n in (row, column)
    )
    assert weights[0, 0, row, column].item() == pytest.approx(mask[0, 0, rows, columns].mean().item())
    assert weights[0, 3].unique().numel() == 1  # the widest field is more than the picture
    assert weights[0, 3, 0, 0].item() == pytest.approx(30 / 48)
    assert (weights[1] == 1).all()


def test_its_features_are_frozen_and_shared_and_no_part_of_it(critic):
    features = shared_features("lite0", torch.device("cpu"))
    assert features is shared_features("lite0", torch.device("cpu"))
    assert not any(parameter.requires_grad for parameter in features.parameters())
    assert all(name.startswith("heads") for name, _ in critic.named_parameters())
    assert sum(value.numel() for value in critic.state_dict().values()) < 15_000


def test_making_the_shared_features_draws_no_random_numbers():
    shared_features.cache_clear()
    before = torch.get_rng_state()
    shared_features("lite0", torch.device("cpu"))
    assert torch.equal(torch.get_rng_state(), before)


def test_it_has_no_other_norm_and_no_depth():
    with pytest.raises(RecipeError, match=r"'discriminator.norm':.*'batch'; known: spectral"):
        Lite0Projected.check_options({"norm": "batch"})
    with pytest.raises(RecipeError, match="lite0_projected.*depth"):
        build_discriminator("lite0_projected", 4, depth=2)
