import numpy as np
import pytest

from pincel.errors import PincelError
from pincel.runtime.paint_options import PaintOptions


@pytest.mark.parametrize("size", [0, -5, 64.0, "64"])
def test_what_is_no_size_is_refused(size):
    with pytest.raises(PincelError, match=f"the working size is a number of pixels, 16 or more, not {size}"):
        PaintOptions(working_size=size)


@pytest.mark.parametrize("strength", [-0.1, float("nan"), float("inf"), "1", None])
def test_what_is_no_strength_is_refused(strength):
    with pytest.raises(PincelError, match="the strength of colour .saturation. is a number of 0 or more, not"):
        PaintOptions(saturation=strength)


def test_numbers_of_numpy_are_numbers():
    options = PaintOptions(working_size=np.int64(64), saturation=np.float32(0.5))
    assert (options.working_size, options.saturation) == (64, 0.5)
