"""The contract of every generator; a new member of `GENERATORS` is tested by being there."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from pincel.errors import RecipeError
from pincel.models.generators import GENERATORS, build_generator, side_outputs

OPTIONS = {
    "query_unet": {"widths": (32, 24, 16, 16, 8), "depths": (1, 1), "queries": 6, "query_width": 16},
    "stage_unet": {"stages": "16k4s2 24k8s4 32k4s2"},  # not the 54 M parameters of its default
}
SIZES = [(17, 45), (64, 32), (1, 1), (1, 70), (33, 2), (40, 65)]


def lively(name: str, classes: int = 0) -> nn.Module:
    """A generator whose output is not all but zero: settled normalisation, a last layer with larger weights."""
    torch.manual_seed(1)
    generator = build_generator(name, 1, 2, classes, **OPTIONS.get(name, {}))
    last = [m for m in generator.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)][-1]
    with torch.no_grad():
        last.weight.mul_(0.3 / last.weight.std())
        for _ in range(8):
            generator(sources(4, 32, 32))
    return generator.eval()


def sources(count: int, height: int, width: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, 1, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def labels(count: int) -> torch.Tensor:
    return torch.zeros(count, dtype=torch.int64)


@pytest.fixture(scope="module")
def generators() -> dict[str, nn.Module]:
    return {name: lively(name) for name in GENERATORS}


@pytest.fixture
def generator(generators, name) -> nn.Module:
    return generators[name].eval()


@pytest.fixture(scope="module")
def generators_told_labels() -> dict[str, nn.Module]:
    """With three classes whose vectors are as if learnt."""
    told = {name: lively(name, classes=3) for name in GENERATORS}
    with torch.no_grad():
        for generator in told.values():
            for key, parameter in generator.named_parameters():
                if "label" in key:
                    parameter.normal_()
    return told


@pytest.mark.parametrize("name", GENERATORS)
class TestGeneratorContract:
    @pytest.fixture(autouse=True)
    def no_gradients(self):
        with torch.no_grad():
            yield

    @pytest.mark.parametrize(("height", "width"), SIZES)
    def test_any_size_in_is_the_size_out(self, generator, height, width):
        painted = generator(sources(2, height, width), labels(2))
        assert painted.shape == (2, 2, height, width)
        assert painted.isfinite().all()

    def test_the_output_is_alive_and_between_minus_one_and_one(self, generator):
        painted = generator(sources(2, 64, 64) * 3, labels(2))
        assert painted.abs().max() <= 1
        assert painted.std() > 0.05  # or else the tests below would prove nothing

    def test_a_batch_is_the_same_as_its_pictures_one_by_one(self, generator):
        batch = sources(3, 64, 64)
        together = generator(batch, labels(3))
        for i in range(3):
            alone = generator(batch[i : i + 1], labels(1))
            torch.testing.assert_close(together[i : i + 1], alone, rtol=0, atol=1e-5)

    def test_a_size_that_does_not_fit_is_padded_by_repeating_the_edge(self, generator):
        multiple = generator.size_multiple
        picture = sources(1, multiple + 1, 2 * multiple - 3)
        padded = np.pad(picture.numpy(), ((0, 0), (0, 0), (0, multiple - 1), (0, 3)), mode="edge")
        whole = generator(torch.from_numpy(padded), labels(1))
        cut = whole[..., : multiple + 1, : 2 * multiple - 3]
        torch.testing.assert_close(generator(picture, labels(1)), cut, rtol=0, atol=1e-5)

    def test_saved_and_loaded_paints_the_same(self, name, generator, tmp_path):
        save_file(generator.state_dict(), tmp_path / "weights.safetensors")
        other = build_generator(name, 1, 2, **OPTIONS.get(name, {})).eval()
        picture = sources(1, 32, 64)
        assert not torch.allclose(other(picture, labels(1)), generator(picture, labels(1)))
        other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
        assert torch.equal(other(picture, labels(1)), generator(picture, labels(1)))

    @torch.enable_grad()
    def test_every_trainable_parameter_gets_a_gradient(self, name):
        generator = build_generator(name, 1, 2, **OPTIONS.get(name, {})).train()
        target = torch.linspace(-0.5, 0.5, 2 * 2 * 64 * 64).reshape(2, 2, 64, 64)
        told = {"also": side_outputs(generator)} if side_outputs(generator) else {}
        painted = generator(sources(2, 64, 64), labels(2), **told)
        found = painted if told else {"painted": painted}
        loss = (found["painted"] - target).square().sum()
        (loss + sum(found[name].square().sum() for name in side_outputs(generator))).backward()
        silent = [
            key
            for key, parameter in generator.named_parameters()
            if parameter.requires_grad and (parameter.grad is None or not parameter.grad.abs().sum() > 0)
        ]
        assert silent == []

    def test_memory_layout_changes_no_colour(self, generator):
        picture = sources(2, 32, 32)
        last = picture.to(memory_format=torch.channels_last)
        torch.testing.assert_close(generator(last, labels(2)), generator(picture, labels(2)), rtol=0, atol=1e-5)

    def test_painting_does_not_change_the_network(self, generator):
        before = {key: value.clone() for key, value in generator.state_dict().items()}
        generator(sources(2, 32, 32), labels(2))
        assert all(torch.equal(value, before[key]) for key, value in generator.state_dict().items())

    def test_the_same_seed_builds_the_same_network(self, name):
        torch.manual_seed(5)
        one = build_generator(name, 1, 2, **OPTIONS.get(name, {})).state_dict()
        torch.manual_seed(5)
        two = build_generator(name, 1, 2, **OPTIONS.get(name, {})).state_dict()
        assert all(torch.equal(one[key], two[key]) for key in one)

    @pytest.mark.parametrize(("planes_in", "planes_out"), [(1, 2), (1, 3), (3, 3)])
    def test_it_publishes_what_it_takes_and_gives(self, name, planes_in, planes_out):
        generator = build_generator(name, planes_in, planes_out, **OPTIONS.get(name, {})).eval()
        assert (generator.in_channels, generator.out_channels) == (planes_in, planes_out)
        side = generator.size_multiple
        assert generator(torch.zeros(1, planes_in, side, side), labels(1)).shape == (1, planes_out, side, side)

    def test_a_label_matters_once_learnt_and_no_label_is_the_one_past_the_last(self, name, generators_told_labels):
        generator = generators_told_labels[name]
        assert generator.classes == 3
        picture = sources(1, 33, 64).expand(4, -1, -1, -1)
        painted = generator(picture, torch.arange(4))
        for one in range(4):
            for other in range(one):
                assert (painted[one] - painted[other]).abs().max() > 1e-3
        torch.testing.assert_close(generator(picture[:1]), painted[3:], rtol=0, atol=1e-5)

    def test_what_it_tells_besides_changes_nothing_of_what_it_paints(self, name, generators_told_labels):
        generator, picture = generators_told_labels[name], sources(2, 33, 70)
        for also in side_outputs(generator):
            found = generator(picture, labels(2), also=(also,))
            assert found.keys() == {"painted", also}
            assert torch.equal(found["painted"], generator(picture, labels(2)))
            assert found[also].isfinite().all()
        if hasattr(generator, "classify"):
            told = generator(picture, labels(2), also=("label_logits",))["label_logits"]
            torch.testing.assert_close(told, generator.classify(picture))

    def test_an_unknown_option_is_named(self, name):
        with pytest.raises(RecipeError, match=rf"generator.options.*{name}.*paint_thickness"):
            build_generator(name, 1, 2, paint_thickness=3)


def test_an_unknown_generator_is_an_error_that_lists_the_known():
    with pytest.raises(RecipeError, match=r"unknown generator 'nonet'; known: .*lite_unet"):
        build_generator("nonet", 1, 2)
