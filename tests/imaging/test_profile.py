import numpy as np
import pytest
from scans import RAMP, as_linear, linear_grey_profile, srgb_profile_bytes

from pincel.imaging.profile import display_p3_profile, profile_of_gamma, srgb_profile, to_srgb

RGB = np.dstack([RAMP, RAMP // 2, 255 - RAMP])


def test_srgb_stays_as_it_is_and_its_profile_is_always_the_same():
    assert (to_srgb(RGB, "rgb", srgb_profile_bytes()) == RGB).all()
    assert srgb_profile() == srgb_profile()
    assert srgb_profile()[24:36] == bytes((7, 208, 0, 1, 0, 1)) + bytes(6)


@pytest.mark.parametrize("profile", [linear_grey_profile(), profile_of_gamma(1.0)])
def test_shadows_of_linear_grey_are_where_they_belong(profile):
    """Little CMS itself is 9 levels too dark at 32."""
    made = to_srgb(as_linear(RAMP)[..., None], "grey", profile)
    assert made is not None
    assert made.shape == (*RAMP.shape, 1)
    assert np.abs(made[..., 0] / 257 - RAMP).max() < 0.5


def test_display_p3_keeps_greys_and_makes_colours_stronger():
    grey = np.repeat(RAMP[..., None], 3, 2)
    assert np.abs(to_srgb(grey, "rgb", display_p3_profile()).astype(int) - grey).max() <= 1
    made = to_srgb(np.full((1, 1, 3), (200, 120, 80), np.uint8), "rgb", display_p3_profile())[0, 0]
    assert np.abs(made.astype(int) - (213, 115, 70)).max() <= 1  # by the matrices of CSS Color 4


def test_a_profile_of_other_colours_or_a_broken_one_says_nothing():
    assert to_srgb(RGB, "rgb", linear_grey_profile()) is None
    assert to_srgb(RGB, "rgb", b"broken") is None
    assert to_srgb(RAMP[..., None], "grey", b"") is None
