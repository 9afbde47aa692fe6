import numpy as np
import pytest

from pincel.explain.labels import paint_with_each_label

TOLD = {"apple": 0.0, "boat": 0.2, "cloud": 0.5, "unknown": 0.0}  # b of the toy, in units of 110


def test_every_label_is_painted_once_and_unknown_last(toy, source):
    paintings = paint_with_each_label(toy(), source[0].numpy(), "apple")
    assert [one.label for one in paintings] == list(TOLD)
    assert all(one.rgb.shape == (32, 40, 3) and one.rgb.dtype == np.uint8 for one in paintings)


def test_the_shift_is_what_the_label_changed_and_the_own_label_changes_nothing(toy, source):
    paintings = {one.label: one for one in paint_with_each_label(toy(), source[0].numpy(), "boat")}
    for label, one in paintings.items():
        assert one.shift == pytest.approx((0, 110 * (TOLD[label] - TOLD["boat"])), abs=1e-3)
    assert paintings["boat"].ciede2000 == 0
    assert all(paintings[label].ciede2000 > 5 for label in ("apple", "cloud", "unknown"))
    assert paintings["cloud"].chroma > paintings["boat"].chroma > paintings["apple"].chroma
