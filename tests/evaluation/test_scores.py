"""The figures of one picture, on pictures whose figures are known."""

import numpy as np
import pytest

from pincel.evaluation.protocols import View
from pincel.evaluation.scores import EYES, METRICS, score
from pincel.metrics.table import PICTURE_METRICS


@pytest.fixture
def view(smooth_photo) -> View:
    """A 40 x 64 photo between black bars of 12 pixels."""
    rgb, mask = np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64), bool)
    rgb[12:52], mask[12:52] = smooth_photo(0, 40, 64) // 2 + 40, True
    return View(rgb, mask)


def test_an_equal_picture_is_perfect_and_its_psnr_is_not_infinite(view):
    found = score(view.rgb, view)
    assert [found[name] for name in ("psnr", "psnr_whole", "ab_psnr")] == [100, 100, 100]
    assert [found[name] for name in ("ssim", "ssim_whole")] == pytest.approx([1, 1])
    assert found["ciede2000"] == 0


def test_a_level_too_bright_everywhere_has_the_psnr_of_one_level(view):
    bright = view.rgb.copy()
    bright[view.mask] += 1
    found = score(bright, view)
    assert found["psnr"] == pytest.approx(20 * np.log10(255))
    assert found["psnr_whole"] == pytest.approx(20 * np.log10(255) + 10 * np.log10(64 / 40))


def test_what_lies_on_the_bars_counts_for_the_whole_square_only(view):
    stained = view.rgb.copy()
    stained[:6] = (200, 30, 30)  # further from the photo than an SSIM window reaches
    clean, found = score(view.rgb, view), score(stained, view)
    for name in ("psnr", "ssim", "ab_psnr", "ciede2000", "colourfulness"):
        assert found[name] == clean[name]
    assert found["psnr_whole"] < 20
    assert found["ssim_whole"] < 0.95


def test_without_padding_there_is_no_whole_square(smooth_photo):
    found = score(smooth_photo(1), View(smooth_photo(2)))
    assert set(found) >= {"psnr", "ssim", "ab_psnr", "ciede2000", "patchiness", "colourfulness"}
    assert not any(PICTURE_METRICS[name].whole_square for name in found)


def test_errors_of_whole_pictures_are_taken_where_they_are_wanted(view):
    bright = view.rgb.copy()
    bright[view.mask] += 51
    found = score(bright, view, ["mse", "residual_std"])
    assert found["mse"] == pytest.approx(0.04)  # (51 / 255)^2, of the photo alone
    assert found["residual_std"] == pytest.approx(0, abs=1e-9)  # an offset is no deviation
    assert "ab_psnr" not in found


def test_every_figure_of_a_picture_has_its_name_and_groups_stay_together(view):
    assert set(score(view.rgb, view)) <= set(METRICS)
    groups = [metric.group for metric in METRICS.values()]
    assert sorted(set(groups), key=groups.index) == [g for i, g in enumerate(groups) if i == 0 or groups[i - 1] != g]


def test_set_figures_carry_their_network_in_the_name():
    titles = {METRICS[f"{kind}_{eye}"].title for kind in ("frechet", "mmd") for eye in EYES}
    assert titles == {"Frechet-Lite1", "MMD-Lite1", "Frechet-Lite0", "MMD-Lite0"}


def test_the_eyes_that_nothing_was_trained_by_come_first():
    assert next(name for name in METRICS if "lite" in name) == "frechet_lite1"
    assert "flatters" in METRICS["frechet_lite0"].meaning
