import base64

from pincel.pages.canvas import DARK, LIGHT, new_axes
from pincel.pages.figures import themed


def test_a_figure_is_drawn_once_in_each_theme():
    def draw(theme):
        figure, axes = new_axes(theme)
        axes.plot([0, 1], [0, 1], color=theme.candidate)
        return figure

    found = themed(draw, "a line")
    assert found.pop("caption") == "a line"
    for name, theme in (("light", LIGHT), ("dark", DARK)):
        head, text = found.pop(name).split(",")
        assert head == "data:image/svg+xml;base64"
        assert theme.candidate in base64.b64decode(text).decode()
    assert not found
