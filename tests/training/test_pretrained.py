import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from pincel.errors import PincelError, RecipeError
from pincel.metrics.lite0 import Lite0Features
from pincel.models.generators import LiteUNet
from pincel.training.pretrained import load_encoder


@pytest.fixture
def generator() -> LiteUNet:
    torch.manual_seed(0)
    return LiteUNet(decoder_channels=(8, 8, 8, 8)).eval()


def copy_of(state) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in state.items()}


def test_none_keeps_the_random_start(generator):
    before = copy_of(generator.state_dict())
    load_encoder(generator, "none")
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())


@torch.no_grad()
def test_imagenet_gives_the_encoder_the_features_of_the_measuring_network(generator):
    decoder = copy_of(generator.decoder.state_dict())
    load_encoder(generator, "imagenet")
    x = torch.rand(1, 3, 64, 64)
    mine, reference = generator.encoder(x), Lite0Features().encoder(x)
    for a, b in zip(mine[1:], reference, strict=True):  # the encoder also gives stride 2
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)
    assert all(torch.equal(value, decoder[name]) for name, value in generator.decoder.state_dict().items())


def test_a_file_is_loaded_as_it_is(generator, tmp_path):
    torch.manual_seed(9)
    other = LiteUNet(decoder_channels=(8, 8, 8, 8))
    path = tmp_path / "encoder.safetensors"
    save_file(other.encoder.state_dict(), path)
    load_encoder(generator, str(path))
    wanted = other.encoder.state_dict()
    assert all(torch.equal(value, wanted[name]) for name, value in generator.encoder.state_dict().items())


def test_a_missing_file_is_named(generator):
    with pytest.raises(RecipeError, match=r"encoder_weights.*nowhere.safetensors does not exist"):
        load_encoder(generator, "nowhere.safetensors")


@pytest.mark.parametrize("content", [b"", b"no weights at all", None])
def test_a_file_that_does_not_fit_is_explained(generator, tmp_path, content):
    path = tmp_path / "odd.safetensors"
    if content is None:
        save_file({"conv_stem.weight": torch.zeros(1)}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(PincelError, match=r"odd.safetensors do not fit"):
        load_encoder(generator, str(path))


def test_a_network_without_an_encoder_says_so():
    with pytest.raises(RecipeError, match=r"Linear has no encoder; use none"):
        load_encoder(nn.Linear(1, 1), "imagenet")


def test_another_encoder_than_lite0_is_refused():
    network = nn.Module()
    network.encoder = nn.Conv2d(3, 8, 3)
    with pytest.raises(PincelError, match="do not fit"):
        load_encoder(network, "imagenet")
