import numpy as np
import pytest
import torch
from pydantic import ValidationError

from pincel.data.augment import augment as augment_pictures
from pincel.data.views import AugmentRecipe

NOTHING = AugmentRecipe(flip=False, min_scale=1, letterbox=0, brightness=0, contrast=0)


def augment(rgb: np.ndarray, size: int, recipe: AugmentRecipe) -> tuple[np.ndarray, np.ndarray]:
    """One photo alone."""
    (view,), mask = augment_pictures([rgb], size, recipe)
    return view, mask


def but(**changes) -> AugmentRecipe:
    return NOTHING.model_copy(update=changes)


@pytest.fixture(autouse=True)
def seeded():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def test_with_everything_off_a_square_comes_back_as_it_is(smooth_photo):
    rgb = smooth_photo(1, 32, 32)
    view, mask = augment(rgb, 32, NOTHING)
    np.testing.assert_array_equal(view, rgb)
    assert mask.all()


@pytest.mark.parametrize(("height", "width"), [(32, 32), (17, 60), (50, 9), (1, 1)])
def test_a_view_is_a_square_of_bytes_and_a_mask_of_any_picture(smooth_photo, height, width):
    for _ in range(10):
        view, mask = augment(smooth_photo(2, height, width), 24, AugmentRecipe())
        assert view.shape == (24, 24, 3)
        assert view.dtype == np.uint8
        assert view.flags["C_CONTIGUOUS"]
        assert mask.shape == (24, 24)
        assert mask.dtype == bool


def test_the_same_random_state_gives_the_same_view_and_the_next_state_another(smooth_photo):
    rgb = smooth_photo(3, 40, 50)
    torch.manual_seed(7)
    first, again = augment(rgb, 32, AugmentRecipe())[0], augment(rgb, 32, AugmentRecipe())[0]
    torch.manual_seed(7)
    np.testing.assert_array_equal(augment(rgb, 32, AugmentRecipe())[0], first)
    assert not np.array_equal(first, again)


def test_the_picture_itself_stays_untouched(smooth_photo):
    rgb = smooth_photo(4)
    before = rgb.copy()
    for _ in range(5):
        augment(rgb, 32, AugmentRecipe(letterbox=0.5))
    np.testing.assert_array_equal(rgb, before)


def test_a_read_only_memory_map_is_fine(smooth_photo):
    rgb = smooth_photo(4)
    rgb.flags.writeable = False
    assert augment(rgb, 32, AugmentRecipe(letterbox=0))[0].shape == (32, 32, 3)


def test_a_letterboxed_view_shows_the_whole_photo_and_black_elsewhere(smooth_photo):
    rgb = smooth_photo(5, 20, 40)
    view, mask = augment(rgb, 40, but(letterbox=1))
    expected = np.zeros((40, 40), bool)
    expected[10:30] = True
    np.testing.assert_array_equal(mask, expected)
    np.testing.assert_array_equal(view[10:30], rgb)
    assert (view[~mask] == 0).all()


def test_padding_stays_black_whatever_happens_to_the_tones(smooth_photo):
    recipe = but(letterbox=1, brightness=0.9, contrast=0.9)
    for _ in range(20):
        view, mask = augment(smooth_photo(6, 20, 40), 40, recipe)
        assert (view[~mask] == 0).all()


def test_half_of_the_views_are_mirrored_with_their_mask(smooth_photo):
    rgb = smooth_photo(7, 41, 20)  # 20 columns in a square of 41: one column more of padding on the right
    kinds = []
    for _ in range(400):
        view, mask = augment(rgb, 41, but(letterbox=1, flip=True))
        mirrored = bool(mask[0, 30])
        np.testing.assert_array_equal(view[:, mask[0]], rgb[:, ::-1] if mirrored else rgb)
        kinds.append(mirrored)
    assert 160 < sum(kinds) < 240  # 4 standard deviations


def test_the_letterbox_share_is_kept(smooth_photo):
    rgb = smooth_photo(8, 20, 40)
    padded = sum(not augment(rgb, 16, but(letterbox=0.25))[1].all() for _ in range(400))
    assert 65 < padded < 135  # 4 standard deviations round 100


def test_crops_keep_at_least_the_smallest_share_of_the_area():
    ramp = np.zeros((100, 100, 3), np.uint8)  # red tells the column, green the row
    ramp[..., 0], ramp[..., 1] = np.arange(100)[None], np.arange(100)[:, None]
    shares = []
    for _ in range(200):
        view, _ = augment(ramp, 50, but(min_scale=0.4))
        width, height = (float(np.ptp(view[..., c])) + 1 for c in (0, 1))
        shares.append(width * height / 10_000)
        assert 0.85 < width / height < 1.18
    assert min(shares) > 0.36
    assert min(shares) < 0.5 < 0.9 < max(shares)


def test_brightness_and_contrast_stay_within_their_largest_change():
    flat = np.full((8, 8, 3), 100, np.uint8)
    levels = [int(augment(flat, 8, but(brightness=0.2))[0][0, 0, 0]) for _ in range(200)]
    assert 80 <= min(levels) < 85
    assert 115 < max(levels) <= 120
    halves = flat.copy()
    halves[:4], halves[4:] = 50, 150
    spans = [int(np.ptp(augment(halves, 8, but(contrast=0.2))[0])) for _ in range(200)]
    assert 79 <= min(spans) < 85
    assert 115 < max(spans) <= 121


def test_tones_change_but_hues_do_not():
    orange = np.full((8, 8, 3), (200, 100, 50), np.uint8)
    for _ in range(20):
        red, green, blue = augment(orange, 8, but(brightness=0.2))[0][0, 0].astype(float)
        assert red / green == pytest.approx(2, abs=0.05)
        assert green / blue == pytest.approx(2, abs=0.08)


@pytest.mark.parametrize(
    "wrong",
    [{"min_scale": 0}, {"min_scale": 1.5}, {"letterbox": -0.1}, {"brightness": 1}, {"contrast": 2}, {"zoom": 1}],
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        AugmentRecipe(**wrong)


def test_turned_upside_down_half_of_the_time_with_its_mask(smooth_photo):
    rgb = smooth_photo(5, 20, 40)
    upright, mask = augment(rgb, 40, but(letterbox=1))
    turned = 0
    for _ in range(40):
        view, its_mask = augment(rgb, 40, but(letterbox=1, flip_vertical=True))
        assert np.array_equal(its_mask, mask)  # the bars are as high above as below
        turned += not np.array_equal(view, upright)
        assert np.array_equal(view, upright) or np.array_equal(view, upright[::-1])
    assert 10 < turned < 30


def test_right_angles_turn_the_wished_share_evenly_with_its_mask(smooth_photo):
    rgb = smooth_photo(5, 20, 40)
    upright, mask = augment(rgb, 40, but(letterbox=1))
    seen = [0, 0, 0, 0]
    for _ in range(200):
        view, its_mask = augment(rgb, 40, but(letterbox=1, quarter_turns=0.6))
        (turns,) = [turns for turns in range(4) if np.array_equal(view, np.rot90(upright, turns))]
        assert np.array_equal(its_mask, np.rot90(mask, turns))
        seen[turns] += 1
    assert 60 < seen[0] < 100
    assert min(seen[1:]) > 25


def test_rotation_stays_within_its_angle_and_what_comes_from_outside_is_black_and_no_photo():
    rgb = np.full((40, 40, 3), 90, np.uint8)
    rgb[:, 18:22] = 250  # a line from top to bottom through the middle
    angles = []
    for _ in range(40):
        view, mask = augment(rgb, 40, but(rotation=20.0))
        assert not view[~mask].any()
        assert (view[mask] >= 89).all()  # nothing of the photo is mixed with the black outside
        rows, columns = np.nonzero(view[..., 0] > 200)
        upper, lower = columns[rows < 10].mean(), columns[rows > 29].mean()
        angles.append(np.degrees(np.arctan2(upper - lower, rows[rows > 29].mean() - rows[rows < 10].mean())))
    assert np.abs(angles).max() < 21
    assert np.std(angles) > 6
    assert min(angles) < -8 < 8 < max(angles)


def test_zoom_changes_the_size_by_its_share_at_most():
    rgb = np.zeros((60, 60, 3), np.uint8)
    rgb[20:40, 20:40] = 255
    sides = [np.sqrt((augment(rgb, 60, but(zoom=0.25))[0][..., 0] > 127).sum()) for _ in range(40)]
    assert 14 < min(sides) < 17.5
    assert 22.5 < max(sides) < 26


def test_the_last_augmentations_are_off_by_default_and_refuse_nonsense():
    assert (AugmentRecipe().flip_vertical, AugmentRecipe().rotation, AugmentRecipe().zoom) == (False, 0, 0)
    for wrong in ({"rotation": 181}, {"zoom": 1.0}, {"rotation": -1}):
        with pytest.raises(ValidationError):
            AugmentRecipe(**wrong)
