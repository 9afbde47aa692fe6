import numpy as np
import pytest

from pincel.metrics.color import ab_psnr, ciede2000, colourfulness, patchiness

# Sharma, Wu & Dalal 2005, table 1: (Lab, Lab, difference)
SHARMA = [
    ((50.0000, 2.6772, -79.7751), (50.0000, 0.0000, -82.7485), 2.0425),
    ((50.0000, 3.1571, -77.2803), (50.0000, 0.0000, -82.7485), 2.8615),
    ((50.0000, 2.8361, -74.0200), (50.0000, 0.0000, -82.7485), 3.4412),
    ((50.0000, 0.0000, 0.0000), (50.0000, -1.0000, 2.0000), 2.3669),
    ((50.0000, 2.5000, 0.0000), (73.0000, 25.0000, -18.0000), 27.1492),
    ((50.0000, 2.5000, 0.0000), (61.0000, -5.0000, 29.0000), 22.8977),
    ((50.0000, 2.5000, 0.0000), (58.0000, 24.0000, 15.0000), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.2630),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


def flat(color, height=2, width=3) -> np.ndarray:
    return np.tile(np.array(color, np.float64), (height, width, 1))


@pytest.mark.parametrize(("one", "other", "difference"), SHARMA)
def test_ciede2000_is_as_published(one, other, difference):
    assert ciede2000(flat(one), flat(other)) == pytest.approx(difference, abs=1e-4)
    assert ciede2000(flat(other), flat(one)) == pytest.approx(difference, abs=1e-4)


def test_ciede2000_is_the_mean_over_the_pixels():
    ones, others, differences = zip(*SHARMA, strict=True)
    lab, reference = (np.array(colors).reshape(3, 4, 3) for colors in (ones, others))
    assert ciede2000(lab, reference) == pytest.approx(np.mean(differences), abs=1e-4)


def test_ciede2000_counts_only_the_mask():
    ones, others, differences = zip(*SHARMA, strict=True)
    lab, reference = (np.array(colors).reshape(3, 4, 3) for colors in (ones, others))
    mask = np.zeros((3, 4), bool)
    mask[0, 1] = mask[2, 3] = True
    assert ciede2000(lab, reference, mask) == pytest.approx((differences[1] + differences[11]) / 2, abs=1e-4)


def test_ab_psnr_of_a_hand_worked_error():
    # ab off by (3, 4): the mean square is (9 + 16) / 2 = 12.5; 10 log10(220^2 / 12.5) = 35.879 dB
    reference = flat((50, 10, 20))
    assert ab_psnr(reference + [0, 3, -4], reference) == pytest.approx(35.8794, abs=1e-3)


def test_ab_psnr_of_an_error_as_large_as_the_range_is_zero():
    assert ab_psnr(flat((0, 110, 110)), flat((0, -110, -110))) == pytest.approx(0)


def test_ab_psnr_does_not_look_at_lightness():
    reference = flat((50, 10, 20))
    assert ab_psnr(reference + [40, 1, 0], reference) == pytest.approx(ab_psnr(reference + [0, 1, 0], reference))


def test_ab_psnr_counts_only_the_mask():
    reference = flat((50, 0, 0), 2, 2)
    lab, mask = reference.copy(), np.array([[True, True], [False, False]])
    lab[0, 0, 1], lab[1, :, 1:] = 22, 99  # inside the mask one of four values is off by 22: mean square 121
    assert ab_psnr(lab, reference, mask) == pytest.approx(10 * np.log10(220**2 / 121))


def test_ab_psnr_of_equal_pictures_is_finite_and_large():
    assert 100 < ab_psnr(flat((50, 1, 2)), flat((50, 1, 2))) < 1000


def test_colourfulness_of_a_hand_worked_pair_of_pixels():
    # red (255, 0, 0) and black: rg = 255, 0 and yb = 127.5, 0; both have deviation = mean, (127.5, 63.75)
    rgb = np.array([[[255, 0, 0], [0, 0, 0]]], np.uint8)
    assert colourfulness(rgb) == pytest.approx(1.3 * np.hypot(127.5, 63.75))


def test_colourfulness_of_one_flat_colour_is_its_offset_alone():
    # (200, 100, 50): rg = 100, yb = 150 - 50 = 100
    assert colourfulness(np.full((5, 5, 3), (200, 100, 50), np.uint8)) == pytest.approx(0.3 * np.hypot(100, 100))


def test_any_grey_picture_has_no_colourfulness():
    grey = np.random.default_rng(0).integers(0, 256, (9, 9, 1), dtype=np.uint8).repeat(3, axis=2)
    assert colourfulness(grey) == 0


def test_colourfulness_counts_only_the_mask():
    rgb = np.zeros((4, 4, 3), np.uint8)
    rgb[:2], rgb[2:] = (200, 100, 50), (0, 0, 255)
    mask = np.zeros((4, 4), bool)
    mask[:2] = True
    assert colourfulness(rgb, mask) == pytest.approx(0.3 * np.hypot(100, 100))


def test_a_blue_pixel_does_not_wrap_round_in_bytes():
    # (0, 0, 255): rg = 0, yb = -255
    assert colourfulness(np.full((3, 3, 3), (0, 0, 255), np.uint8)) == pytest.approx(0.3 * 255)


class TestPatchiness:
    """Lightness is flat on the left half of the picture and rises to the right on the other."""

    @pytest.fixture
    def real(self) -> np.ndarray:
        lab = np.zeros((8, 16, 3))
        lab[..., 0] = np.maximum(np.arange(16) - 8, 0) * 5.0
        return lab

    def test_colour_that_changes_where_lightness_does_not_counts_by_the_length_of_its_gradient(self, real):
        lab = real.copy()
        lab[:, :, 1], lab[:, :, 2] = 3.0 * np.arange(16), 4.0 * np.arange(8)[:, None]
        assert patchiness(lab, real) == pytest.approx(5.0)

    def test_colour_that_changes_at_an_edge_of_lightness_does_not_count(self, real):
        lab = real.copy()
        lab[:, 10:, 1] = np.arange(6) * 20.0
        assert patchiness(lab, real) == 0

    def test_only_the_mask_counts(self, real):
        lab = real.copy()
        lab[:4, :, 1] = 7.0 * np.arange(16)
        mask = np.zeros((8, 16), bool)
        mask[5:] = True
        assert patchiness(lab, real, mask) == 0
        assert patchiness(lab, real) > 0
