"""The contract of every discriminator; a new member of `DISCRIMINATORS` is tested by being there."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from pincel.errors import RecipeError
from pincel.models.discriminators import build_discriminator
from pincel.models.discriminators.base import Discriminator
from pincel.models.names import DISCRIMINATORS, class_of

OPTIONS = {"patchgan": {"width": 4}}
SIZES = [(64, 64), (128, 96), (73, 64), (100, 61), (97, 90)]


def fresh(name: str, classes: int = 0) -> Discriminator:
    torch.manual_seed(1)
    return build_discriminator(name, 3, classes, **OPTIONS.get(name, {}))


def pictures(count: int, height: int, width: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    noise = torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return noise[:, :1], noise[:, 1:]


def lively(name: str, classes: int = 0) -> Discriminator:
    """One whose verdicts are not all alike: settled normalisation."""
    network = fresh(name, classes).train()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim > 1:
                parameter.mul_(3)
        for seed in range(8):
            network(*pictures(4, 96, 96, seed))
    return network.eval()


@pytest.mark.parametrize("name", DISCRIMINATORS)
class TestDiscriminatorContract:
    @pytest.fixture(autouse=True)
    def no_gradients(self):
        with torch.no_grad():
            yield

    @pytest.mark.parametrize(("height", "width"), SIZES)
    def test_every_size_has_verdicts_and_each_of_them_a_weight(self, name, height, width):
        network = lively(name)
        verdicts = network(*pictures(2, height, width))
        assert verdicts.shape[:2] == (2, 1)
        assert verdicts.isfinite().all()
        assert verdicts.std() > 1e-3  # or else the tests below would prove nothing
        weights = network.patch_weights(torch.ones(2, 1, height, width))
        assert weights.shape == verdicts.shape
        torch.testing.assert_close(weights, torch.ones_like(weights))

    def test_the_smallest_pictures_that_it_allows_have_a_verdict(self, name):
        def fits(size: int) -> bool:
            try:
                class_of(DISCRIMINATORS[name]).check_training_size(size, OPTIONS.get(name, {}))
            except ValueError:
                return False
            return True

        smallest = next(size for size in range(16, 512) if fits(size))
        assert fresh(name).train()(*pictures(2, smallest, smallest)).numel() >= 2

    def test_padding_weighs_nothing_and_what_stands_there_changes_no_verdict_of_full_weight(self, name):
        network, (source, photo) = lively(name), pictures(1, 160, 192)
        mask = torch.zeros(1, 1, 160, 192)
        assert not network.patch_weights(mask).any()
        mask[..., :128] = 1
        weights = network.patch_weights(mask)
        assert 0 <= weights.min() < 1
        assert weights.max() <= 1 + 1e-6
        whole, before = weights > 1 - 1e-6, network(source, photo)
        assert whole.any()
        after = network(torch.where(mask > 0, source, -0.7), torch.where(mask > 0, photo, 0.9))
        torch.testing.assert_close(after[whole], before[whole], rtol=0, atol=1e-5)
        assert not torch.allclose(after[~whole], before[~whole], atol=1e-3)

    def test_a_verdict_sees_its_field_and_nothing_else(self, name):
        network = lively(name).double()
        source, photo = (part.double() for part in pictures(1, 160, 160))
        g = network.geometry
        assert network.receptive_field == g.receptive_field
        with torch.enable_grad():
            photo.requires_grad_()
            verdicts = network(source, photo)
            row, column = verdicts.shape[2] // 2, verdicts.shape[3] // 2
            verdicts[0, 0, row, column].backward()
        reached = photo.grad[0].abs().sum(0) > 0
        for place, axis in ((row, 1), (column, 0)):
            seen = reached.any(axis).nonzero().flatten()
            first = place * g.stride - g.padding
            assert seen.min() >= max(0, first)
            assert seen.max() <= first + g.receptive_field - 1

    def test_it_judges_the_photo_together_with_its_source(self, name):
        network, (source, photo) = lively(name), pictures(2, 64, 64)
        assert not torch.allclose(network(source, photo), network(source, photo.flip(0)), atol=1e-3)
        assert not torch.allclose(network(source, photo), network(source.flip(0), photo), atol=1e-3)

    @pytest.mark.parametrize("classes", [0, 3])
    @torch.enable_grad()
    def test_every_trainable_parameter_gets_a_gradient_and_so_does_the_painting(self, name, classes):
        network, (source, photo) = fresh(name, classes).train(), pictures(2, 64, 64)
        network(source, photo.requires_grad_(), torch.tensor([0, 2]) if classes else None).square().sum().backward()
        assert photo.grad.abs().sum() > 0
        trained = {key: p for key, p in network.named_parameters() if p.requires_grad}
        assert trained
        assert [key for key, p in trained.items() if p.grad is None or not p.grad.abs().sum() > 0] == []

    def test_saved_and_loaded_it_judges_the_same(self, name, tmp_path):
        network, seen = lively(name), pictures(1, 64, 96)
        save_file(network.state_dict(), tmp_path / "weights.safetensors")
        other = build_discriminator(name, 3, **OPTIONS.get(name, {})).eval()
        assert not torch.allclose(other(*seen), network(*seen))
        other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
        assert torch.equal(other(*seen), network(*seen))

    def test_a_label_matters_where_it_is_told_and_no_label_is_the_one_past_the_last(self, name):
        network, (source, photo) = lively(name, classes=3), pictures(1, 64, 64)
        verdicts = [network(source, photo, torch.tensor([label])) for label in range(4)]
        for one in range(4):
            for other in range(one):
                assert not torch.allclose(verdicts[one], verdicts[other], atol=1e-4)
        torch.testing.assert_close(network(source, photo), verdicts[3])
        unlabelled = lively(name)
        assert torch.equal(unlabelled(source, photo, torch.tensor([1])), unlabelled(source, photo))

    def test_the_same_seed_builds_the_same_network(self, name):
        one, two = fresh(name).state_dict(), fresh(name).state_dict()
        assert all(torch.equal(one[key], two[key]) for key in one)

    def test_an_unknown_option_is_named(self, name):
        with pytest.raises(RecipeError, match=rf"discriminator.*{name}.*severity"):
            build_discriminator(name, 3, severity=3)


def test_an_unknown_discriminator_is_an_error_that_lists_the_known():
    with pytest.raises(RecipeError, match=r"unknown discriminator 'nod'; known: .*patchgan"):
        build_discriminator("nod", 3)
