"""The distributions are those of `pincel.data.augment`; each is compared with torchvision's or with what is said."""

import numpy as np
import pytest
import torch
from scipy import stats
from torchvision.transforms import v2

from pincel.data.chance import keys_of, uniform
from pincel.data.view_choices import PLACES, Choices, draw_choices
from pincel.data.views import ASPECTS, AugmentRecipe

COUNT = 2000


def drawn(height: int = 80, width: int = 100, count: int = COUNT, **recipe) -> Choices:
    numbers = uniform(keys_of(0, torch.arange(count)), PLACES).numpy()
    shares = {name: recipe.pop(name) for name in ("grey_share", "label_dropout") if name in recipe}
    sides = np.full(count, height), np.full(count, width)
    return draw_choices(numbers, *sides, AugmentRecipe(**recipe), **shares)


def near(share: float) -> float:
    """Five standard deviations of a share."""
    return 5 * (share * (1 - share) / COUNT) ** 0.5


@pytest.mark.parametrize(("height", "width"), [(80, 100), (60, 60), (40, 90), (90, 31)])
@pytest.mark.parametrize("min_scale", [0.08, 0.5, 1.0])
def test_crops_are_spread_as_torchvisions(height, width, min_scale):
    found = drawn(height, width, min_scale=min_scale, letterbox=0)
    crop = v2.RandomResizedCrop(32, (min_scale, 1), ASPECTS)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        picture = [torch.zeros(3, height, width)]
        theirs = [crop.make_params(picture) for _ in range(COUNT)]
    for name in ("top", "left", "height", "width"):
        one, other = getattr(found, name), np.array([params[name] for params in theirs])
        assert stats.ks_2samp(one, other).pvalue > 1e-3
        assert (one.dtype, one.min() >= 0) == (np.int64, True)
    assert (found.top + found.height <= height).all()
    assert (found.left + found.width <= width).all()


def test_whole_pictures_are_shown_whole_in_their_share():
    found = drawn(letterbox=0.25)
    assert abs(found.whole.mean() - 0.25) < near(0.25)
    for values, wanted in ((found.top, 0), (found.left, 0), (found.height, 80), (found.width, 100)):
        assert (values[found.whole] == wanted).all()
    assert (found.height[~found.whole] < 80).any()


def test_shares_are_kept():
    film = {"share": 0.6}
    found = drawn(flip_vertical=True, quarter_turns=0.3, film=film, grey_share=0.3, label_dropout=0.2)
    wanted = {"flip": 0.5, "flip_vertical": 0.5, "grey": 0.3, "unlabelled": 0.2, "filmed": 0.6}
    for name, share in wanted.items():
        assert abs(getattr(found, name).mean() - share) < near(share)
    for turns, share in enumerate([0.7, 0.1, 0.1, 0.1]):
        assert abs((found.turns == turns).mean() - share) < near(share)
    assert abs(np.corrcoef(found.grey, found.filmed)[0, 1]) < 0.1


@pytest.mark.parametrize(
    ("name", "middle", "largest", "recipe"),
    [("angle", 0, 20, "rotation"), ("zoom", 1, 0.1, "zoom"), ("brightness", 1, 0.2, "brightness")]
    + [("contrast", 1, 0.3, "contrast")],
)
def test_what_goes_either_way_is_evenly_spread_to_its_largest(name, middle, largest, recipe):
    values = getattr(drawn(**{recipe: largest}), name)
    assert stats.kstest(values, "uniform", (middle - largest, 2 * largest)).pvalue > 1e-3


def test_off_is_off():
    off = {"flip": False, "letterbox": 0, "min_scale": 1, "brightness": 0, "contrast": 0}
    found = drawn(60, 60, **off)
    assert not any(getattr(found, name).any() for name in ("whole", "top", "left", "flip", "flip_vertical", "turns"))
    assert not any(getattr(found, name).any() for name in ("angle", "grey", "unlabelled", "filmed"))
    assert all((getattr(found, name) == 1).all() for name in ("zoom", "brightness", "contrast"))
    fitting = np.abs(np.log(found.height / found.width)) < 0.12
    assert fitting.all()


def test_a_change_that_is_switched_off_leaves_the_others_as_they_are():
    everything = drawn(count=50, rotation=20, quarter_turns=0.5, film={"share": 0.5}, grey_share=0.3)
    less = drawn(count=50, flip=False, brightness=0, film={"share": 0.5}, grey_share=0.3)
    for name in ("whole", "top", "left", "height", "width", "contrast", "grey", "filmed", "film_numbers"):
        np.testing.assert_array_equal(getattr(everything, name), getattr(less, name))
