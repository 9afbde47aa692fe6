import pytest
import torch

from pincel.data.split import Split
from pincel.errors import PincelError
from pincel.export.export import _mean_painter, _with_origins, executed_macs, load_painter
from pincel.runtime.card import ModelCard
from pincel.training.checkpoint import save_weights
from pincel.training.networks import new_generator
from pincel.training.recipe import Recipe
from pincel.training.run import Run

RECIPE = Recipe.model_validate(
    {"generator": {"encoder_weights": "none", "options": {"decoder_channels": [8, 8, 8, 8]}}},
)


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path / "run")
    run.begin(RECIPE, Split({"a": "train", "b": "val"}, {"a": 0, "b": 1}), {"folders": [], "classes": []})
    return run


def test_macs_are_those_of_the_convolutions():
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(4, 2, 1))
    network.in_channels = 1
    assert executed_macs(network, 10, 20) == 10 * 20 * (4 * 9 + 2 * 4)


def test_a_run_without_weights_says_what_to_do(run):
    with pytest.raises(PincelError, match="has no best weights yet; train it longer"):
        load_painter(run, "best")


def test_the_painter_has_the_run_s_weights_and_is_ready_to_paint(run):
    generator = new_generator(RECIPE)
    save_weights(run, "last", generator)
    painter = load_painter(run)
    assert not painter.training
    source = torch.rand(1, 1, 32, 32)
    with torch.no_grad():
        assert torch.equal(painter(source), generator.eval()(source))


def test_damaged_weights_are_told(run):
    save_weights(run, "last", new_generator(RECIPE))
    path = run.weights("last")
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(PincelError, match="last.safetensors cannot be read"):
        load_painter(run)


def test_a_card_says_what_its_run_started_from_whatever_else_it_is_given(run):
    run.update_facts({"start": {"name": "default", "data": "photos", "data_licence": "for research"}})
    card = _with_origins(ModelCard(name="m", task="colorize", data="mine", data_licence="my own"), [run, run])
    assert card.data == "mine; started from default: photos"
    assert card.data_licence == "my own; started from default: for research"
    run.update_facts({"start": {}})
    assert _with_origins(card, [run]) == card


class TestAverage:
    @pytest.fixture
    def two(self, run, tmp_path):
        other = Run(tmp_path / "other")
        other.begin(RECIPE, Split({"a": "train", "b": "val"}, {"a": 0, "b": 1}), {"folders": [], "classes": []})
        for opened, seed in ((run, 1), (other, 2)):
            torch.manual_seed(seed)
            save_weights(opened, "last", new_generator(RECIPE))
        return run, other

    def test_every_weight_is_the_mean_of_the_runs(self, two):
        one, other = (load_painter(opened).state_dict() for opened in two)
        mean = _mean_painter(two[0], "last", [two[1]]).state_dict()
        for key in ("head.weight", "encoder.conv_stem.weight", "decoder.0.mix.1.running_var"):
            torch.testing.assert_close(mean[key], (one[key] + other[key]) / 2)
            assert not torch.equal(one[key], other[key]) or "running" in key

    def test_the_weights_asked_for_are_those_of_every_run(self, two):
        for opened, seed in zip(two, (3, 4), strict=True):
            torch.manual_seed(seed)
            save_weights(opened, "best", new_generator(RECIPE))
        one, other = (load_painter(opened, "best").state_dict() for opened in two)
        mean = _mean_painter(two[0], "best", [two[1]]).state_dict()  # the recipe keeps the last
        torch.testing.assert_close(mean["head.weight"], (one["head.weight"] + other["head.weight"]) / 2)

    def test_a_run_that_is_told_classes_gives_the_rest_of_its_network_to_one_that_is_not(self, two, tmp_path):
        recipe = RECIPE.model_copy(deep=True)
        recipe.generator.conditional = True
        recipe.losses.classification = 0.1
        third = Run(tmp_path / "third")
        third.begin(recipe, Split({"a": "train", "b": "val"}, {"a": 0, "b": 1}), {"folders": [], "classes": ["x", "y"]})
        save_weights(third, "last", new_generator(recipe, 2))
        assert any(key.startswith("labels.") for key in load_painter(third).state_dict())
        mean = _mean_painter(two[0], "last", [third]).state_dict()
        one, other = load_painter(two[0]).state_dict(), load_painter(third).state_dict()
        assert mean.keys() == one.keys()
        torch.testing.assert_close(mean["head.weight"], (one["head.weight"] + other["head.weight"]) / 2)
        with pytest.raises(PincelError, match="has another network"):
            _mean_painter(third, "last", [two[0]])

    def test_runs_of_different_networks_are_refused(self, two, tmp_path):
        wider = RECIPE.model_copy(deep=True)
        wider.generator.options = {"decoder_channels": [16, 8, 8, 8]}
        third = Run(tmp_path / "third")
        third.begin(wider, Split({"a": "train", "b": "val"}, {"a": 0, "b": 1}), {"folders": [], "classes": []})
        save_weights(third, "last", new_generator(wider))
        with pytest.raises(PincelError, match="third has another network than .*only equal ones"):
            _mean_painter(two[0], "last", [third])
