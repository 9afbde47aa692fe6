import numpy as np
import pytest
import torch
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab
from torch import nn

from pincel.data.cache import build_cache
from pincel.data.pairs import Pair, PairDataset
from pincel.data.scan import scan
from pincel.tasks import TASKS
from pincel.training.learner import Learner
from pincel.training.plan import make_plan
from pincel.training.validate import _figures, _figures_one_by_one, losses_of, validate, write_samples

CPU = torch.device("cpu")


class Painter(nn.Module):
    """Paints ``shade`` times the colour that it has been told for a source."""

    def __init__(self, pairs: PairDataset, shade: float) -> None:
        super().__init__()
        self.known = [(pairs[i].source, pairs[i].target * shade) for i in range(len(pairs))]
        self.modes: list[bool] = []

    def forward(self, source, label=None):
        self.modes.append(self.training)
        return torch.stack([next(ab for known, ab in self.known if torch.equal(known, one)) for one in source])


@pytest.fixture
def pairs(class_folders, cache_folder) -> PairDataset:
    cache = build_cache(scan([class_folders]), 40)
    return PairDataset(cache, range(0, 24, 4), [0] * 6, TASKS["colorize"], 32)


def test_the_real_colours_score_perfectly(pairs):
    scores = validate(Painter(pairs, 1.0), pairs, CPU)
    assert scores == {"loss": 0, "ciede2000": pytest.approx(0, abs=1e-6), "colourfulness_ratio": pytest.approx(1)}


def test_grey_scores_what_scikit_image_measures_without_the_padding(pairs):
    scores = validate(Painter(pairs, 0.0), pairs, CPU)
    differences, errors = [], []
    assert any((pairs[i].mask == 0).any() for i in range(len(pairs)))
    for i in range(len(pairs)):
        pair = pairs[i]
        height = int(pair.mask[0].any(1).sum())
        width = int(pair.mask[0].any(0).sum())
        from pincel.imaging.resize import resize

        lab = rgb2lab(resize(pairs.cache[pairs.indices[i]], height, width))
        differences.append(deltaE_ciede2000(lab * [1, 0, 0], lab).mean())
        errors.append(np.abs(lab[..., 1:]).mean() / 110)
    assert scores["ciede2000"] == pytest.approx(np.mean(differences), abs=0.3)  # 8-bit rounding
    assert scores["loss"] == pytest.approx(np.mean(errors), abs=2e-3)
    assert scores["colourfulness_ratio"] == pytest.approx(0, abs=0.02)


def test_paler_is_worse_and_less_colourful(pairs):
    whole, half, none = (validate(Painter(pairs, shade), pairs, CPU) for shade in (1.0, 0.5, 0.0))
    for name in ("loss", "ciede2000"):
        assert whole[name] < half[name] < none[name]
    assert 0.35 < half["colourfulness_ratio"] < 0.65
    assert half["loss"] == pytest.approx(none["loss"] / 2, rel=1e-4)


@pytest.mark.parametrize("batch", [1, 4])
def test_the_batch_changes_no_score(pairs, batch):
    whole = validate(Painter(pairs, 0.3), pairs, CPU)
    assert validate(Painter(pairs, 0.3), pairs, CPU, batch=batch) == pytest.approx(whole)


@pytest.mark.parametrize("task", ["colorize", "paired"])
def test_a_device_measures_what_numpy_measures(pairs, task):
    pairs.task = TASKS[task]
    whole = Pair(*(torch.stack(parts) for parts in zip(*(pairs[i] for i in range(len(pairs))), strict=True)))
    found, wanted = (measure(pairs.task, whole, 0.7 * whole.target) for measure in (_figures, _figures_one_by_one))
    assert found.shape == wanted.shape == (6, 4)
    for column, most in enumerate((1e-6, 0.05, 0.02, 0.02)):  # OpenCV's Lab is interpolated
        assert (found[:, column] - wanted[:, column]).abs().max() < most
    assert (wanted[:, :2] > 0.01).all()


def test_the_painter_is_measured_in_evaluation_mode_without_gradients(pairs):
    painter = Painter(pairs, 0.5).train()
    validate(painter, pairs, CPU)
    assert painter.modes == [False]


def test_samples_are_grey_painted_and_real_below_each_other(pairs, tmp_path):
    path = tmp_path / "deeper" / "sheet.png"
    write_samples(Painter(pairs, 0.5), pairs, 4, CPU, path)
    sheet = np.asarray(Image.open(path))
    assert sheet.shape == (3 * 32, 4 * 32, 3)
    grey, painted, real = (sheet[32 * i : 32 * i + 32].astype(int) for i in range(3))
    assert np.ptp(grey, axis=2).max() <= 1
    from pincel.imaging.resize import letterbox

    for column, i in enumerate((0, 1, 3, 5)):  # spread evenly over six pictures
        wanted = letterbox(pairs.cache[pairs.indices[i]], 32)[0].astype(int)
        assert np.abs(real[:, 32 * column : 32 * column + 32] - wanted).max() <= 2
    spreads = [np.ptp(part, axis=2).mean() for part in (grey, painted, real)]
    assert spreads == sorted(spreads)


def test_no_more_samples_than_pictures_and_no_sheet_for_none(pairs, tmp_path):
    write_samples(Painter(pairs, 0.5), pairs, 99, CPU, tmp_path / "all.png")
    assert Image.open(tmp_path / "all.png").size == (6 * 32, 3 * 32)
    write_samples(Painter(pairs, 0.5), pairs, 0, CPU, tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()


@pytest.fixture
def learner_of(fabric):
    """``learner_of(recipe)`` -> its learner and its first phase."""
    return lambda recipe: (
        Learner(recipe, fabric),
        make_plan(recipe, 24)[0],
    )


class TestLosses:
    def test_they_are_the_parts_of_the_recipe_with_their_weights(self, pairs, tiny_recipe, learner_of):
        learner, phase = learner_of(tiny_recipe(losses={"smooth_l1": 0, "l1": 100}))
        scores = validate(Painter(pairs, 0.5), pairs, CPU, batch=1, losses=losses_of(learner, phase))
        assert scores["l1"] == pytest.approx(100 * scores["loss"], rel=1e-5)  # one picture a batch: the same mean
        assert scores["loss_g"] == scores["l1"]
        assert not {"adversarial", "loss_d", "d_real", "d_fake"} & scores.keys()

    def test_what_the_discriminator_says_is_what_its_logits_say(self, pairs, tiny_recipe, learner_of):
        recipe = tiny_recipe(
            discriminator={"label_smoothing": 0.1, "norm": "none", "adversarial_kind": "bce"},
            phases=[{"epochs": 1, "adversarial": 0.5}],
        )
        learner, phase = learner_of(recipe)
        head = [part for part in learner.discriminator.modules() if isinstance(part, nn.Conv2d)][-1]
        with torch.no_grad():
            head.weight.zero_()
            head.bias.fill_(1.0)  # every patch, real or painted, gets the logit 1
        scores = validate(Painter(pairs, 0.5), pairs, CPU, losses=losses_of(learner, phase))
        real, fake = np.log1p(np.exp(-1)), np.log1p(np.exp(1))  # -log sigmoid(1), -log(1 - sigmoid(1))
        assert scores["adversarial"] == pytest.approx(0.5 * real, rel=1e-5)
        assert scores["loss_d"] == pytest.approx((0.9 * real + 0.1 * fake + fake) / 2, rel=1e-5)
        assert scores["d_real"] == pytest.approx(1 / (1 + np.exp(-1)), rel=1e-5)
        assert scores["d_fake"] == pytest.approx(scores["d_real"])
        assert scores["loss_g"] == pytest.approx(scores["smooth_l1"] + scores["adversarial"])

    def test_a_loss_never_takes_the_place_of_the_score_of_its_name(self, pairs, tiny_recipe, learner_of):
        learner, phase = learner_of(tiny_recipe(losses={"smooth_l1": 0, "ciede2000": 1.0}))
        scores = validate(Painter(pairs, 0.5), pairs, CPU, batch=1, losses=losses_of(learner, phase))
        assert scores["loss_g"] == scores["ciede2000_loss"] < 0.5
        assert scores["ciede2000"] == validate(Painter(pairs, 0.5), pairs, CPU)["ciede2000"] > 1

    def test_batches_weigh_as_their_pictures(self, pairs):
        def count(pair, painted):
            return {"batch": torch.tensor(float(len(painted)))}

        scores = validate(Painter(pairs, 0.5), pairs, CPU, batch=4, losses=count)
        assert scores["batch"] == pytest.approx((4 * 4 + 2 * 2) / 6)

    def test_measuring_teaches_the_discriminator_nothing(self, pairs, tiny_recipe, learner_of):
        learner, phase = learner_of(tiny_recipe(phases=[{"epochs": 1, "adversarial": 0.1}]))
        before = {name: value.clone() for name, value in learner.discriminator.state_dict().items()}
        validate(Painter(pairs, 0.5), pairs, CPU, losses=losses_of(learner, phase))
        after = learner.discriminator.state_dict()  # its BatchNorm statistics among them
        assert all(torch.equal(value, after[name]) for name, value in before.items())
        assert learner.discriminator.training
        assert all(parameter.grad is None for parameter in learner.discriminator.parameters())

    def test_the_guess_of_the_class_is_part_of_the_generators_loss(self, pairs, tiny_recipe, fabric):
        recipe = tiny_recipe(
            data={"label_dropout": 0.25}, generator={"conditional": True, "ema": 0}, losses={"classification": 0.5}
        )
        learner, phase = Learner(recipe, fabric, classes="abc"), make_plan(recipe, 24)[0]
        head = learner.painter().classifier
        with torch.no_grad():
            head.weight.zero_()
            head.bias.zero_()  # all three classes are equally likely
        scores = validate(Painter(pairs, 0.5), pairs, CPU, losses=losses_of(learner, phase))
        assert scores["classification"] == pytest.approx(0.5 * 0.75 * np.log(3), rel=1e-5)
        assert scores["loss_g"] == pytest.approx(scores["smooth_l1"] + scores["classification"])
