"""The contract of every generator; a new member of `GENERATORS` is tested by being there."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from pincel.errors import RecipeError
from pincel.models.generators import build_generator
from pincel.models.generators.base import Generator
from pincel.models.names import GENERATORS, class_of

OPTIONS = {
    "query_unet": {"widths": (32, 24, 16, 16, 8), "depths": (1, 1), "queries": 6, "query_width": 16},
    "stage_unet": {"stages": "16k4s2 24k8s4 32k4s2"},  # not the 54 M parameters of its default
}
CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)
SIZES = [(17, 45), (64, 32), (1, 1), (1, 70), (33, 2), (40, 65)]


def fresh(name: str, planes_in: int = 1, planes_out: int = 2, classes: int = 0) -> Generator:
    return build_generator(name, planes_in, planes_out, classes, **OPTIONS.get(name, {}))


def lively(name: str, classes: int = 0) -> Generator:
    """A generator whose output is not all but zero: settled normalisation, a last layer with larger weights."""
    torch.manual_seed(1)
    generator = fresh(name, classes=classes)
    last = [m for m in generator.modules() if isinstance(m, CONVOLUTIONS)][-1]
    with torch.no_grad():
        last.weight.mul_(0.3 / last.weight.std())
        for _ in range(8):
            generator(sources(4, 32, 32))
    return generator.eval()


def sources(count: int, height: int, width: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, 1, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def labels(count: int) -> torch.Tensor:
    return torch.zeros(count, dtype=torch.int64)


def shapes(generator: Generator) -> dict[str, torch.Size]:
    return {key: value.shape for key, value in generator.state_dict().items()}


def fits(name: str, size: int, batch: int, options: dict) -> bool:
    try:
        class_of(GENERATORS[name]).check_training_size(size, batch, options)
    except ValueError:
        return False
    return True


def silent_after_learning(generator: Generator, asked: list[str]) -> list[str]:
    """Names of what should learn and got no gradient, of a loss on the output and on what was asked besides."""
    target = torch.linspace(-0.5, 0.5, 2 * 2 * 64 * 64).reshape(2, 2, 64, 64)
    options = {"also": asked} if asked else {}
    painted = generator(sources(2, 64, 64), torch.tensor([0, 1]), **options)
    found = painted if options else {"painted": painted}
    loss = (found["painted"] - target).square().sum()
    (loss + sum(found[name].square().sum() for name in asked)).backward()
    return [
        key
        for key, parameter in generator.named_parameters()
        if parameter.requires_grad and (parameter.grad is None or not parameter.grad.abs().sum() > 0)
    ]


@pytest.fixture(scope="module")
def generators() -> dict[str, Generator]:
    return {name: lively(name) for name in GENERATORS}


@pytest.fixture
def generator(generators, name) -> Generator:
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
        few = min(3, multiple - 1)
        picture = sources(1, multiple + 1, 2 * multiple - few)
        padded = np.pad(picture.numpy(), ((0, 0), (0, 0), (0, multiple - 1), (0, few)), mode="edge")
        whole = generator(torch.from_numpy(padded), labels(1))
        cut = whole[..., : multiple + 1, : 2 * multiple - few]
        torch.testing.assert_close(generator(picture, labels(1)), cut, rtol=0, atol=1e-5)

    def test_saved_and_loaded_paints_the_same(self, name, generator, tmp_path):
        save_file(generator.state_dict(), tmp_path / "weights.safetensors")
        other = fresh(name).eval()
        picture = sources(1, 32, 64)
        assert not torch.allclose(other(picture, labels(1)), generator(picture, labels(1)))
        other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
        assert torch.equal(other(picture, labels(1)), generator(picture, labels(1)))

    @torch.enable_grad()
    def test_every_trainable_parameter_gets_a_gradient(self, name):
        generator = fresh(name, classes=3).train()
        assert silent_after_learning(generator, [*generator.side_outputs]) == []

    @torch.enable_grad()
    def test_without_its_side_outputs_only_their_layers_get_none(self, name):
        generator = fresh(name, classes=3).train()
        for head in generator.side_outputs.values():
            head.requires_grad_(False)
        assert silent_after_learning(generator, []) == []

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
        one = fresh(name).state_dict()
        torch.manual_seed(5)
        two = fresh(name).state_dict()
        assert all(torch.equal(one[key], two[key]) for key in one)

    @pytest.mark.parametrize(("planes_in", "planes_out"), [(1, 2), (1, 3), (3, 3)])
    def test_it_publishes_what_it_takes_and_gives(self, name, planes_in, planes_out):
        generator = fresh(name, planes_in, planes_out).eval()
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
        for also in generator.side_outputs:
            found = generator(picture, labels(2), also=(also,))
            assert found.keys() == {"painted", also}
            assert torch.equal(found["painted"], generator(picture, labels(2)))
            assert found[also].isfinite().all()
        if "label_logits" in generator.side_outputs:
            labelled = generator(picture, labels(2), also=("label_logits",))["label_logits"]
            assert labelled.shape == (2, 3)
            torch.testing.assert_close(labelled, generator.classify(picture))
        if "bins" in generator.side_outputs:
            assert generator(picture, labels(2), also=("bins",))["bins"].shape[1] == len(generator.bin_colors)

    def test_without_classes_there_is_no_guess_of_one(self, name, generator):
        assert "label_logits" not in generator.side_outputs
        with pytest.raises(ValueError, match="without classes"):
            generator.classify(sources(1, 32, 32))

    def test_what_a_network_that_is_told_classes_has_more_goes_by_its_names(self, name):
        unlabelled, labelled = fresh(name).state_dict(), fresh(name, classes=3).state_dict()
        more = labelled.keys() - unlabelled.keys()
        assert all(key.startswith(Generator.label_parts) for key in more)
        assert not any(key.startswith(Generator.label_parts) for key in unlabelled)

    def test_what_learns_is_in_one_group_and_what_came_from_elsewhere_in_its_own(self, generator):
        groups = generator.parameter_groups()
        assert list(groups) == ["rest", "encoder"]
        numbers = [id(parameter) for group in groups.values() for parameter in group]
        assert len(numbers) == len(set(numbers))
        assert set(numbers) == {id(p) for p in generator.parameters() if p.requires_grad}
        inside = {id(p) for key, p in generator.named_parameters() if key.startswith("encoder.") and p.requires_grad}
        assert {id(parameter) for parameter in groups["encoder"]} == inside

    def test_its_encoder_can_start_from_what_another_of_its_kind_has_learnt(self, name, generator):
        other = fresh(name)
        assert (generator.pretrainable is None) == (other.default_encoder_weights == "none")
        if generator.pretrainable is None:
            return
        learnt = generator.pretrainable.state_dict()
        for given in (learnt, generator.state_dict()):  # its encoder's, and all of it
            other = fresh(name)
            other.fill_encoder(given)
            assert all(torch.equal(value, learnt[key]) for key, value in other.pretrainable.state_dict().items())

    def test_the_parts_that_explanations_look_at_are_there(self, generator):
        assert generator.way_down in dict(generator.named_children())
        assert generator.bottleneck is None or isinstance(generator.get_submodule(generator.bottleneck), nn.Module)

    @torch.enable_grad()
    def test_the_smallest_pictures_that_it_allows_can_be_learnt_from(self, name):
        generator, options = fresh(name).train(), OPTIONS.get(name, {})
        for batch in (1, 2):
            smallest = next(size for size in range(16, 512) if fits(name, size, batch, options))
            painted = generator(sources(batch, smallest, smallest), labels(batch))
            painted.square().sum().backward()
            assert all(p.grad.isfinite().all() for p in generator.parameters() if p.grad is not None)

    def test_it_is_built_anew_with_the_channels_that_pruning_leaves_or_says_why_not(self, name, generator):
        kept = {key: m.out_channels for key, m in generator.named_modules() if isinstance(m, CONVOLUTIONS)}
        if generator.unprunable:
            assert not generator.unprunable.endswith(".")
            with pytest.raises(ValueError, match="cannot be pruned: "):
                generator.pruned(kept)
            return
        same = build_generator(name, 1, 2, **OPTIONS.get(name, {}) | generator.pruned(kept)).state_dict()
        assert {key: value.shape for key, value in same.items()} == shapes(generator)
        given = {id(module) for part in generator.given_parts for module in part.modules()}
        free = [key for key in kept if id(generator.get_submodule(key)) not in given]
        for key in free:
            options = OPTIONS.get(name, {}) | generator.pruned(kept | {key: kept[key] - 1})
            assert build_generator(name, 1, 2, **options).get_submodule(key).out_channels in (kept[key] - 1, kept[key])
        less = OPTIONS.get(name, {}) | generator.pruned({key: count - (key in free) for key, count in kept.items()})
        assert shapes(build_generator(name, 1, 2, **less)) != shapes(generator)

    def test_its_own_weights_have_the_names_of_today(self, generator):
        assert generator.with_names_of_today(generator.state_dict()).keys() == generator.state_dict().keys()

    def test_it_can_be_built_without_memory_so_that_wrong_options_are_told_before_there_are_data(self, name, generator):
        with torch.device("meta"):
            assert shapes(fresh(name)) == shapes(generator)

    def test_an_unknown_option_is_named(self, name):
        with pytest.raises(RecipeError, match=rf"generator.options.*{name}.*paint_thickness"):
            build_generator(name, 1, 2, paint_thickness=3)


def test_an_unknown_generator_is_an_error_that_lists_the_known():
    with pytest.raises(RecipeError, match=r"unknown generator 'nonet'; known: .*lite_unet"):
        build_generator("nonet", 1, 2)
