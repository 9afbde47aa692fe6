"""What the report's figures show, read back from matplotlib or the SVG."""

import numpy as np
import pytest

from pincel.evaluation.figures import distribution, gains
from pincel.pages.canvas import DARK, LIGHT, svg

GREY, PAINTED = np.array([4.0, 10.0, 10.0, 16.0]), np.array([2.0, 5.0, 12.0, 15.0])


def test_gains_counts_who_came_closer_and_puts_every_picture_in_its_place():
    (axes,) = gains(GREY, PAINTED, LIGHT).axes
    closer, further = axes.collections
    assert closer.get_offsets().tolist() == [[4, 2], [10, 5], [16, 15]]
    assert further.get_offsets().tolist() == [[10, 12]]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "closer than grey: 3",
        "further than grey: 1",
    ]
    assert axes.get_xlim() == axes.get_ylim()


def test_the_distribution_counts_every_picture_and_marks_the_means():
    (axes,) = distribution(GREY, PAINTED, LIGHT).axes
    bars = axes.containers[0]
    assert sum(bar.get_height() for bar in bars) == 4
    assert sorted(line.get_xdata()[0] for line in axes.lines) == [PAINTED.mean(), GREY.mean()]
    assert axes.get_xlim()[1] >= 16


@pytest.mark.parametrize("draw", [distribution, gains])
@pytest.mark.parametrize("values", [np.array([3.0]), np.full(5, 7.0)])
def test_one_picture_and_equal_pictures_can_be_drawn(draw, values):
    assert b"</svg>" in svg(draw(values, values, DARK))
