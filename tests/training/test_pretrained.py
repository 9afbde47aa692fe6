import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from pincel.errors import PincelError, RecipeError
from pincel.metrics.lite0 import Lite0Features
from pincel.models.generators import LiteUNet
from pincel.training.pretrained import load_encoder, load_start
from pincel.training.recipe import GeneratorRecipe


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
    with pytest.raises(PincelError, match=r"encoder_weights.*odd.safetensors does not fit") as caught:
        load_encoder(generator, str(path))
    assert "\n" not in str(caught.value)


def test_a_whole_earlier_generator_is_loaded_instead_of_an_encoder(generator, tmp_path):
    torch.manual_seed(9)
    other = LiteUNet(decoder_channels=(8, 8, 8, 8)).state_dict()
    path = tmp_path / "last.safetensors"
    save_file(other, path)
    load_start(generator, GeneratorRecipe(weights=str(path), encoder_weights="imagenet"))
    assert all(torch.equal(value, other[name]) for name, value in generator.state_dict().items())


def test_without_an_earlier_generator_the_encoder_is_loaded(generator):
    before = copy_of(generator.state_dict())
    load_start(generator, GeneratorRecipe(encoder_weights="none"))
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())
    load_start(generator, GeneratorRecipe(encoder_weights="imagenet"))
    changed = {name.split(".")[0] for name, value in generator.state_dict().items() if not value.equal(before[name])}
    assert changed == {"encoder"}


@pytest.mark.parametrize("widths", [None, (16, 8, 8, 8)])
def test_earlier_weights_that_are_missing_or_of_another_width_are_named(generator, tmp_path, widths):
    path = tmp_path / "last.safetensors"
    if widths:
        save_file(LiteUNet(decoder_channels=widths).state_dict(), path)
    with pytest.raises(PincelError, match=r"'generator.weights': .*last.safetensors does not"):
        load_start(generator, GeneratorRecipe(weights=str(path)))


def test_a_network_without_an_encoder_says_so():
    with pytest.raises(RecipeError, match=r"Linear has no encoder; use none"):
        load_encoder(nn.Linear(1, 1), "imagenet")


def test_another_encoder_than_lite0_is_refused():
    network = nn.Module()
    network.encoder = nn.Conv2d(3, 8, 3)
    with pytest.raises(PincelError, match="do not fit"):
        load_encoder(network, "imagenet")
