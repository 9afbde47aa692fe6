import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from pincel.errors import RecipeError
from pincel.export.export import executed_macs
from pincel.metrics.frechet import frechet_distance
from pincel.metrics.lite import LiteFeatures, feature_square, lite0_distance, pooled_vectors
from pincel.study.measure import Pictures, cost_of, figures_of
from pincel.training.networks import new_generator
from pincel.training.recipe import load_recipe


@pytest.mark.parametrize(
    ("recipe", "parameters", "macs"),
    [  # of three planes in
        ("pix2pix-flowers-64", 29.24e6, 0.370e9),
        ("pix2pix-flowers-64-reduced", 12.07e6, 0.139e9),
        ("pix2pix-flowers", 54.41e6, 6.05e9),
        ("pix2pix-flowers-reduced", 35.14e6, 2.32e9),
    ],
)
def test_costs_are_those_of_the_papers_networks(recipe, parameters, macs):
    loaded = load_recipe(recipe)
    found, fewer = cost_of(loaded), 2 * 64 * 4 * 4  # weights: a sketch is one plane
    assert found[0] + fewer == pytest.approx(parameters, abs=5e3)
    assert found[1] + fewer * (loaded.data.size // 2) ** 2 == pytest.approx(macs, abs=5e6 if macs > 1e9 else 5e5)


def test_cost_without_computing_is_the_cost_of_the_real_network():
    loaded = load_recipe("colorize-classes-lite", ["generator.encoder_weights=none"])
    size, real = loaded.data.size, new_generator(loaded, 3)
    assert cost_of(loaded, 3) == (sum(p.numel() for p in real.parameters()), executed_macs(real, size, size))


def test_an_option_that_does_not_exist_is_named():
    with pytest.raises(RecipeError, match="generator.options"):
        cost_of(load_recipe("pix2pix-flowers-64", ["generator.options.depht=3"]))


@pytest.fixture(scope="module")
def eye():
    return LiteFeatures()


def test_equal_pictures_are_at_no_distance(eye):
    real = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), np.uint8)
    figures = figures_of(real, Pictures(real, real, [None] * 3), eye)
    assert figures["ssim"].value == 1
    assert (figures["l1"].value, figures["mse"].value) == (0, 0)
    assert figures["lite0_distance"].value == pytest.approx(0, abs=1e-9)
    assert figures["frechet_lite0"].value == pytest.approx(0, abs=1e-3)


def test_figures_are_those_of_independent_implementations(eye):
    rng = np.random.default_rng(1)
    real, painted = rng.integers(0, 256, (2, 20, 16, 16, 3), np.uint8)  # 20: more than one batch
    figures = figures_of(painted, Pictures(real, real, [None] * 20), eye)
    errors = (painted.astype(float) - real) / 255
    assert figures["l1"].value == pytest.approx(np.abs(errors).mean())
    assert figures["mse"].value == pytest.approx(np.square(errors).mean())
    expected = [structural_similarity(a, b, channel_axis=2, data_range=255) for a, b in zip(painted, real, strict=True)]
    assert figures["ssim"].value == pytest.approx(np.mean(expected))
    assert figures["ssim"].low < figures["ssim"].value < figures["ssim"].high
    vectors = [pooled_vectors(eye, np.stack([feature_square(rgb) for rgb in stack])) for stack in (real, painted)]
    assert figures["frechet_lite0"].value == pytest.approx(frechet_distance(*vectors), rel=1e-4)
    assert np.isnan(figures["frechet_lite0"].low)
    squares = (torch.from_numpy(np.stack([feature_square(rgb) for rgb in stack])) for stack in (painted, real))
    distances = lite0_distance(eye, *(square.permute(0, 3, 1, 2) / 255 for square in squares))
    assert figures["lite0_distance"].value == pytest.approx(float(distances.mean()), rel=1e-4)


def test_padding_counts_for_nothing_in_pixel_figures(eye):
    real = np.random.default_rng(2).integers(0, 256, (2, 16, 16, 3), np.uint8)
    painted, mask = real.copy(), np.ones((16, 16), bool)
    painted[:, :4] = 255 - painted[:, :4]
    mask[:4] = False
    assert figures_of(painted, Pictures(real, real, [mask] * 2), eye)["l1"].value == 0
