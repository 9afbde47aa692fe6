import io

import numpy as np
from PIL import Image

from pincel.pages.canvas import LIGHT, PAPER, legend, new_axes, png, svg


def test_the_legend_stands_above_the_plot_with_the_marks_last():
    figure, axes = new_axes(LIGHT)
    axes.plot([0, 1], [0, 1], label="mark")
    axes.plot([0, 1], [0, 1], label="curve")
    legend(axes, LIGHT, last=["mark"])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["curve", "mark"]
    figure.canvas.draw()
    assert axes.get_legend().get_window_extent().y0 >= axes.get_window_extent().y1


def test_the_same_figure_is_the_same_bytes():
    def draw():
        figure, axes = new_axes(LIGHT)
        axes.plot([0, 1], [0, 1])
        return figure

    assert svg(draw()) == svg(draw())
    assert png(draw()) == png(draw())


def test_a_png_is_opaque_on_the_pages_paper():
    figure, _ = new_axes(LIGHT, 2, 1)
    pixels = np.asarray(Image.open(io.BytesIO(png(figure))).convert("RGBA"))
    assert pixels.shape[:2] == (200, 400)
    assert pixels[..., 3].min() == 255
    assert "#" + bytes(pixels[0, 0, :3]).hex() == PAPER
