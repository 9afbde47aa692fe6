import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from pincel.errors import RecipeError
from pincel.models.generators import build_generator
from pincel.models.generators.query_unet import QueryUNet

SMALL = {"widths": (32, 24, 16, 16, 8), "depths": (1, 1), "queries": 6, "query_width": 16}
EXAMPLE = Path(__file__).parent / "prototype" / "example.npz"
WEIGHTS = Path(__file__).parents[4] / "shared" / "data" / "weights" / "colour_lab.safetensors"


@pytest.fixture(scope="module")
def network() -> QueryUNet:
    torch.manual_seed(0)
    network = QueryUNet(**SMALL).eval()
    torch.nn.init.normal_(network.color.weight, std=0.3)
    return network


def light(height: int, width: int) -> torch.Tensor:
    return torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(3)) * 2 - 1


def test_it_has_under_nine_million_parameters():
    assert 8.5e6 < sum(p.numel() for p in QueryUNet().parameters()) < 9e6


@pytest.mark.data
@pytest.mark.skipif(not WEIGHTS.is_file(), reason="the prototype's weights lie beside the project, and not here")
@torch.no_grad()
def test_with_the_prototypes_weights_it_paints_what_the_prototype_paints():
    """Largest difference seen: 0; other versions of torch and other processors round otherwise."""
    network, example = QueryUNet().eval(), np.load(EXAMPLE)
    network.load_state_dict(network.with_names_of_today(load_file(WEIGHTS)))
    found = network(torch.from_numpy(example["light"]), also=("bins",))
    assert np.abs(found["painted"].numpy() * 110 - example["ab"]).max() < 0.01
    assert np.abs(found["bins"].numpy()[:, ::9] - example["bins"]).max() < 0.02  # stored as float16


@torch.no_grad()
def test_one_pixel_reaches_the_whole_picture(network):
    source = light(128, 160)
    changed = source.clone()
    changed[..., 100:110, 120:130] = -changed[..., 100:110, 120:130]
    difference = (network(changed) - network(source)).abs().sum(1)[0]
    assert difference[0, 0] > 0
    assert (difference > 0).float().mean() > 0.99


@torch.no_grad()
@pytest.mark.parametrize(("height", "width", "places"), [(64, 64, (16, 16)), (33, 70, (9, 18)), (1, 3, (1, 1))])
def test_bins_are_logits_of_every_colour_at_stride_4(network, height, width, places):
    bins = network(light(height, width), also=("bins",))["bins"]
    assert tuple(bins.shape) == (1, 261, *places)
    assert len(network.bin_colors) == 261


@torch.no_grad()
def test_bins_of_a_size_that_does_not_fit_are_those_of_the_padded_picture(network):
    whole = network(torch.nn.functional.pad(light(60, 64), (0, 0, 0, 4), mode="replicate"), also=("bins",))["bins"]
    torch.testing.assert_close(network(light(60, 64), also=("bins",))["bins"], whole[:, :, :15], rtol=0, atol=1e-5)


def test_whole_pictures_have_no_bins():
    network = QueryUNet(1, 3, **SMALL)
    assert dict(network.side_outputs) == {}
    assert network.bin_colors == []


@torch.no_grad()
def test_the_last_step_changes_the_colours_by_a_fifth_at_most(network):
    before = network(light(64, 64))
    torch.nn.init.constant_(network.fine.bias, 100.0)
    after = network(light(64, 64))
    torch.nn.init.zeros_(network.fine.bias)
    assert 0.1 < (after - before).max() <= 0.4 + 1e-6  # from -0.2 to 0.2


class TestCertainty:
    @pytest.fixture
    def careful(self, network) -> QueryUNet:
        careful = QueryUNet(**SMALL, certainty=1.0).eval()
        careful.load_state_dict(network.state_dict())
        return careful

    @torch.no_grad()
    def test_where_bins_agree_on_one_colour_the_painting_stays_and_where_opposites_are_as_likely_it_is_grey(
        self, network, careful
    ):
        colors = careful.bin_colors
        green, red = colors.index([-40.0, 10.0]), colors.index([40.0, -10.0])
        torch.nn.init.zeros_(careful.bins.weight)
        for likely, share in (([green], 1.0), ([green, red], 0.0)):
            careful.bins.bias.fill_(-50)
            careful.bins.bias[likely] = 10.0
            torch.testing.assert_close(careful(light(64, 64)), share * network(light(64, 64)), rtol=1e-3, atol=1e-4)

    @torch.no_grad()
    def test_a_finished_painting_is_never_stronger_and_keeps_its_hue(self, network, careful):
        plain, pale = network(light(64, 64)), careful(light(64, 64))
        assert (pale.norm(dim=1) <= plain.norm(dim=1) + 1e-6).all()
        assert pale.norm(dim=1).mean() < 0.9 * plain.norm(dim=1).mean()

    def test_while_it_learns_colours_are_as_they_are(self, network, careful):
        assert torch.equal(careful.train()(light(64, 64)), copy.deepcopy(network).train()(light(64, 64)))

    def test_for_whole_pictures_there_is_none(self):
        with pytest.raises(ValueError, match="certainty is for colour"):
            QueryUNet(1, 3, **SMALL, certainty=1.0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"widths": (30, 24, 16, 16, 8)}, "multiple of 8"),
        ({"widths": (32, 24)}, "five"),
        ({"widths": (32, 24, 16, 16, "x")}, "five whole numbers"),
        ({"depths": (1,)}, "depths two"),
        ({"queries": 0}, "above 0"),
        ({"query_width": 10}, "4"),
        ({"bin_step": 0}, "bin_step is 1 to 50"),
        ({"encoder": "lite9"}, "encoder is one of lite0, lite1, lite2"),
        ({"certainty": -1}, "certainty not below 0"),
        ({"certainty": "much"}, "not supported"),
    ],
)
def test_options_that_make_no_network_are_refused(options, words):
    with pytest.raises(RecipeError, match=words):
        build_generator("query_unet", 1, 2, **(SMALL | options))


@pytest.mark.parametrize(("encoder", "deepest"), [("lite0", 320), ("lite1", 320), ("lite2", 352)])
def test_every_lite_encoder_fits_and_takes_its_own_imagenet_weights(encoder, deepest):
    network = QueryUNet(**SMALL, encoder=encoder).eval()
    assert network.features(light(32, 40))[-1].shape == (1, deepest, 1, 2)
    assert network(light(33, 40)).shape == (1, 2, 33, 40)
    network.fill_encoder(network.imagenet_weights())


@pytest.mark.parametrize("planes", [0, 2, 4])
def test_it_takes_one_or_three_planes(planes):
    with pytest.raises(ValueError, match=f"1 or 3 input planes, not {planes}"):
        QueryUNet(planes, 2)
