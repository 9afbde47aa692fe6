import numpy as np
import pytest

from pincel.tasks import Sketch


def drawing(size: int = 40) -> np.ndarray:
    page = np.full((size, size), 255, np.uint8)
    page[size // 4, 4:-4] = 0
    page[6:-6, size // 2] = 0
    return page


def test_paper_is_one_and_ink_is_minus_one():
    page = drawing()
    source = Sketch.encode(page)[0]
    assert (source[page == 255] == 1).all()
    assert (source[page == 0] == -1).all()


def test_light_on_dark_is_the_same_drawing():
    page = drawing()
    np.testing.assert_allclose(Sketch.fit(255 - page, 40, 40), Sketch.fit(page, 40, 40), atol=2)
    np.testing.assert_allclose(Sketch.fit(page, 40, 40), page, atol=2)


@pytest.mark.parametrize("size", [20, 10])
def test_thin_lines_survive_shrinking(size):
    small = Sketch.fit(drawing(), size, size)
    assert small[size // 4].min() < 100
    assert small.max() > 250


def test_the_output_is_the_whole_picture():
    output = np.stack([np.full((2, 2), value, np.float32) for value in (-1.0, 0.0, 1.0)])
    np.testing.assert_allclose(Sketch.decode(np.zeros((1, 2, 2), np.float32), output)[0, 0], [0, 0.5, 1])
    assert Sketch.decode(np.zeros((1, 2, 2), np.float32), output * 3).max() == 1  # clipped, not wrapped
