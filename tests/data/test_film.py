import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from skimage.color import rgb2lab
from skimage.util import view_as_windows

from pincel.data.film import Film, develop, draw_film
from pincel.data.views import FilmRecipe
from pincel.tasks import TASKS

SHARE = st.floats(0, 1)
PLAIN = Film(*(torch.full((1, 1, 1, 1), value) for value in (-1.0, 1, 1, 0, 0, 0, 0)))
OFF = {"red_blind": 0, "gamma": 0, "gain": 0, "lift": 0, "halved": 0, "soft": 0, "grainy": 0}


@pytest.fixture(autouse=True)
def seeded():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def but(**changes: float) -> Film:
    return PLAIN._replace(**{name: torch.full((1, 1, 1, 1), float(value)) for name, value in changes.items()})


def shown(rgb: np.ndarray, film: Film, mask: np.ndarray | None = None) -> np.ndarray:
    """What is left of a photo, (H, W) in 0..100."""
    source = torch.from_numpy(TASKS["colorize"].encode(rgb))[None]
    photo = torch.ones_like(source) if mask is None else torch.from_numpy(mask[None, None].astype(np.float32))
    developed = develop(film, source, torch.from_numpy(rgb).permute(2, 0, 1)[None], photo)
    return (developed[0, 0].numpy() + 1) * 50


def lab_lightness(rgb: np.ndarray) -> np.ndarray:
    return rgb2lab(rgb)[..., 0]


def draws(count: int = 300, size: int = 4, **changes: float) -> list[Film]:
    """Films with nothing on them but the changes."""
    recipe = FilmRecipe(**{"share": 1, **OFF, **changes})
    return [film for _ in range(count) if (film := draw_film(recipe, size)) is not None]


def test_off_by_default_and_then_nothing_is_drawn():
    before = torch.get_rng_state()
    assert draw_film(FilmRecipe(), 8) is None
    assert torch.equal(torch.get_rng_state(), before)


def test_the_share_of_filmed_pictures_is_kept():
    assert 65 < sum(draw_film(FilmRecipe(share=0.25), 4) is not None for _ in range(400)) < 135  # 4 deviations


def test_with_every_change_off_the_lightness_stays(smooth_photo):
    rgb = smooth_photo(3, 20, 20)
    (film,) = draws(1, 20)
    np.testing.assert_allclose(shown(rgb, film), lab_lightness(rgb), atol=0.3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([16, 17, 31]), SHARE, SHARE, SHARE, SHARE)
def test_any_film_of_any_photo_stays_in_range_and_leaves_the_outside_black(seed, size, blind, halved, soft, grainy):
    rng = np.random.default_rng(seed)
    rgb, mask = rng.integers(0, 256, (size, size, 3), np.uint8), np.zeros((size, size), bool)
    mask[: rng.integers(1, size + 1), : rng.integers(1, size + 1)] = True
    rgb[~mask] = 0
    most = {"gamma": 2, "gain": 0.99, "lift": 0.5, "grain": 0.5}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        film = draw_film(FilmRecipe(share=1, red_blind=blind, halved=halved, soft=soft, grainy=grainy, **most), size)
        light = shown(rgb, film, mask)
        torch.manual_seed(seed)
        again = shown(
            rgb,
            draw_film(FilmRecipe(share=1, red_blind=blind, halved=halved, soft=soft, grainy=grainy, **most), size),
            mask,
        )
    assert np.isfinite(light).all()
    assert light.min() >= 0
    assert light.max() <= 100
    assert (light[~mask] == 0).all()
    np.testing.assert_array_equal(light, again)


@pytest.mark.parametrize(
    ("colour", "change"), [((200, 30, 30), "darker"), ((40, 90, 220), "lighter"), ((120, 120, 120), "the same")]
)
def test_plates_blind_to_red_darken_red_and_lighten_blue(colour, change):
    rgb = np.full((8, 8, 3), colour, np.uint8)
    true, steps = lab_lightness(rgb)[0, 0], [shown(rgb, but(blind=blind))[0, 0] for blind in (0.5, 1.0)]
    wrong = {
        "darker": true - 10 < steps[0] or steps[0] < steps[1],
        "lighter": true + 5 > steps[0] or steps[0] > steps[1],
        "the same": np.abs(np.array(steps) - true).max() > 0.3,
    }
    assert not wrong[change]


def test_plates_that_see_red_as_the_eye_are_rec_601():
    rgb = np.full((4, 4, 3), (200, 60, 30), np.uint8)
    grey = np.full((4, 4, 3), 0.299 * 200 + 0.587 * 60 + 0.114 * 30) / 255
    np.testing.assert_allclose(shown(rgb, but(blind=0)), lab_lightness(grey), atol=0.02)


def test_gamma_gain_and_lift_change_the_tones_as_said():
    ramp = np.repeat(np.arange(0, 256, 8, dtype=np.uint8)[None], 32, 0)[..., None] * np.ones(3, np.uint8)
    light = lab_lightness(ramp) / 100
    np.testing.assert_allclose(shown(ramp, but(gamma=1.3)) / 100, light**1.3, atol=0.003)
    np.testing.assert_allclose(shown(ramp, but(gain=0.8)) / 100, (light - 0.5) * 0.8 + 0.5, atol=0.003)
    np.testing.assert_allclose(shown(ramp, but(lift=0.06)) / 100, np.minimum(light + 0.06, 1), atol=0.003)


def test_soft_is_the_mean_of_nine_pixels_and_mixes_nothing_from_outside_the_photo(smooth_photo):
    rgb, light = smooth_photo(2, 16, 16), lab_lightness(smooth_photo(2, 16, 16))
    means = view_as_windows(np.pad(light, 1, mode="edge"), (3, 3)).mean((2, 3))
    np.testing.assert_allclose(shown(rgb, but(soft=1)), means, atol=0.3)
    flat, mask = np.full((16, 16, 3), 180, np.uint8), np.zeros((16, 16), bool)
    mask[3:12] = True
    flat[~mask] = 0
    for change in ({"soft": 1}, {"halved": 1}):
        inside = shown(flat, but(**change), mask)[mask]
        np.testing.assert_allclose(inside, lab_lightness(np.full((1, 1, 3), 180, np.uint8))[0, 0], atol=0.1)


@pytest.mark.parametrize("size", [16, 17])
def test_half_of_the_resolution_leaves_no_checks_of_one_pixel_and_keeps_broad_ones(size):
    places = np.indices((size, size)).sum(0)
    fine, broad = (np.uint8(255) * (places // step % 2 == 0)[..., None].repeat(3, 2) for step in (1, 8))
    fine, broad = fine.astype(np.uint8), broad.astype(np.uint8)
    assert np.ptp(shown(fine, but(halved=1))[:14, :14]) < 1
    assert np.ptp(shown(broad, but(halved=1))) > 90


def test_grain_has_its_strength_in_middle_grey_and_less_at_the_ends():
    grain = 0.04 * torch.randn(1, 1, 64, 64)
    spread = [shown(np.full((64, 64, 3), grey, np.uint8), PLAIN._replace(grain=grain)).std() for grey in (5, 119, 250)]
    assert spread[1] == pytest.approx(4, rel=0.05)
    assert spread[0] < spread[1] / 2
    assert spread[2] < spread[1] / 2


def test_what_is_drawn_fills_the_ranges_of_the_recipe():
    films = draws(red_blind=0.4, gamma=0.5, gain=0.2, lift=0.1, halved=0.3, soft=0.2, grainy=0.5, grain=0.1)
    values = {name: np.array([float(getattr(film, name).flatten()[0]) for film in films]) for name in Film._fields}
    for name, low, high in (("gamma", 1 / 1.5, 1.5), ("gain", 0.8, 1.2), ("lift", -0.1, 0.1)):
        assert low <= values[name].min() < low + 0.05 * (high - low)
        assert high >= values[name].max() > high - 0.05 * (high - low)
    assert abs(np.log(values["gamma"]).mean()) < 0.06
    for name, share in (("halved", 0.3), ("soft", 0.2)):
        assert abs(values[name].mean() - share) < 0.11
    assert abs((values["blind"] >= 0).mean() - 0.4) < 0.12
    assert abs((values["grain"] != 0).mean() - 0.5) < 0.12


def test_a_change_that_is_switched_off_leaves_the_others_as_they_are():
    torch.manual_seed(5)
    all_of_it = draw_film(FilmRecipe(share=1, grainy=1), 4)
    torch.manual_seed(5)
    less = draw_film(FilmRecipe(share=1, grainy=1, red_blind=0, gain=0), 4)
    for name in ("gamma", "lift", "halved", "soft", "grain"):
        assert torch.equal(getattr(all_of_it, name), getattr(less, name))


def test_a_batch_is_the_same_as_its_pictures_one_by_one(smooth_photo):
    films = draws(5, 16, red_blind=0.5, gamma=0.3, gain=0.1, lift=0.1, halved=0.5, soft=0.5, grainy=0.5)
    photos = [smooth_photo(i, 16, 16) for i in range(5)]
    source = torch.stack([torch.from_numpy(TASKS["colorize"].encode(rgb)) for rgb in photos])
    rgb = torch.from_numpy(np.stack(photos)).permute(0, 3, 1, 2)
    batch = develop(Film(*map(torch.cat, zip(*films, strict=True))), source, rgb, torch.ones_like(source))
    alone = [shown(photo, film) for photo, film in zip(photos, films, strict=True)]
    np.testing.assert_allclose((batch[:, 0].numpy() + 1) * 50, np.stack(alone), atol=1e-4)


@pytest.mark.parametrize(
    "wrong",
    [{"share": 1.1}, {"share": -0.1}, {"red_blind": 2}, {"gamma": 3}, {"gamma": float("nan")}, {"gain": 1}]
    + [{"lift": 0.6}, {"halved": -1}, {"soft": 1.5}, {"grainy": 7}, {"grain": 0.6}, {"sepia": 0.1}],
)
def test_impossible_films_are_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        FilmRecipe(**wrong)
